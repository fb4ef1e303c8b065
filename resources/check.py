"""The checker of the tree: do the indexes say what the objects say?

Every index repeats something that an object knows, so that nobody has to look
at all objects; the model methods keep the two in step.  `problems()` looks at
all objects, and is for tests and for a site whose tree is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from resources.addresses import check as addresses
from resources.auto_responses import check as auto_responses
from resources.bounces import check as bounces
from resources.deliveries import check as deliveries
from resources.digests import check as digests
from resources.domains import check as domains
from resources.held import check as held
from resources.lists import check as lists
from resources.members import check as members
from resources.pendings import check as pendings
from resources.queues import check as queues
from resources.uris import check as uris
from resources.users import check as users


def problems(site: Any) -> list[str]:
    """Everything in which an index disagrees with the objects, in words; empty if sound."""
    found: list[str] = []
    for check in CHECKS:
        try:
            # One by one, so that nothing is forgotten of a check that cannot go on.
            for problem in check(site):
                found.append(problem)
        except (LookupError, AttributeError, TypeError) as error:
            found.append(f"{check.__module__}: cannot go on: {error!r}")
    return found


#: The checks of all collections, in the order in which they report.
CHECKS: tuple[Callable[[Any], Iterator[str]], ...] = (
    domains.check,
    lists.check,
    users.check,
    addresses.check,
    members.check,
    held.check,
    pendings.check,
    deliveries.check,
    bounces.check,
    queues.check,
    uris.check,
    auto_responses.check,
    digests.check,
)
