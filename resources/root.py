"""The site: the root object of the database and of every URL."""

from __future__ import annotations

import secrets
from typing import Any

import transaction
from zope.interface import implementer

from mmcore.interfaces.site import ISite
from resources.addresses.model import Addresses
from resources.auto_responses.model import AutoResponses
from resources.bans.model import Bans, banned
from resources.bounces.model import BounceEvents
from resources.bounces.storms import BounceStorms, Undelivered
from resources.container import Node, below
from resources.deliveries.model import Deliveries
from resources.digests.model import Digests
from resources.domains.model import Domains
from resources.evolve import evolve
from resources.held.model import HeldMessages
from resources.lists.model import MailingLists
from resources.members.model import Members
from resources.pendings.model import Pendings
from resources.queues.model import Intake, Queues
from resources.uris.model import Templated
from resources.users.model import Users

#: The key of the site in ZODB's own root mapping.
ROOT_KEY = "mmcore"

#: Containers by the URL segment they answer to; `get` for all others fails.
CONTAINERS = {
    "domains": Domains,
    "lists": MailingLists,
    "users": Users,
    "addresses": Addresses,
    "members": Members,
    "queues": Queues,
    "held": HeldMessages,
    "pendings": Pendings,
    "bounce_events": BounceEvents,
    "deliveries": Deliveries,
    "intake": Intake,
    "auto_responses": AutoResponses,
    "digests": Digests,
    "bounce_storms": BounceStorms,
    "undelivered": Undelivered,
}


@implementer(ISite)
class Site(Templated, Node):
    """See `ISite`."""

    __name__ = ""
    schema_version = 0
    #: Local part of the address nobody reads; written from the settings at start-up.
    no_reply = "noreply"
    #: Random bytes: what is made with them tells nobody outside what it was made from.
    secret = b""
    _bans: Bans | None = None

    domains: Domains
    lists: MailingLists
    users: Users
    addresses: Addresses
    members: Members
    queues: Queues
    held: HeldMessages
    pendings: Pendings
    bounce_events: BounceEvents
    deliveries: Deliveries
    intake: Intake
    auto_responses: AutoResponses
    digests: Digests
    bounce_storms: BounceStorms
    undelivered: Undelivered

    def __init__(self) -> None:
        self.complete()

    def complete(self) -> None:
        """Make the containers (and the secret) that are missing.

        These are all of them, or what an older release did not have.
        """
        # Looking at `__dict__` does not load a ghost.
        self._p_activate()
        if not self.secret:
            self.secret = secrets.token_bytes(32)
        for name, factory in CONTAINERS.items():
            if name not in self.__dict__:
                container = factory()
                container.__name__ = name
                container.__parent__ = self
                setattr(self, name, container)

    def __getitem__(self, name: str) -> Any:
        """Traversal into a collection."""
        if name in CONTAINERS:
            return getattr(self, name)
        raise KeyError(name)

    def _level_above(self) -> None:
        return None

    @property
    def bans(self) -> Bans:
        """The bans of the whole site; stored with their first entry."""
        return self._bans if self._bans is not None else below(Bans(), self)

    @property
    def own_bans(self) -> Bans | None:
        """The bans of the whole site, or None if there never were any."""
        return self._bans

    def keep_bans(self, bans: Bans) -> None:
        """Called by bans that have got an entry."""
        if self._bans is None:
            self._bans = bans

    def is_banned(self, email: str) -> bool:
        """Whether an address may not join or post anywhere."""
        return banned((self._bans,), email)


def appmaker(root: Any, manager: transaction.TransactionManager) -> Site:
    """Find the site in ZODB's root mapping, or create it; run evolution steps.

    Commits what it changes.  Safe to be called by several processes at once:
    the loser of a race gets a ConflictError and calls again.
    """
    site = root.get(ROOT_KEY)
    if site is None:
        from resources.evolve import CURRENT_VERSION

        site = root[ROOT_KEY] = Site()
        site.schema_version = CURRENT_VERSION
        manager.commit()
    else:
        evolve(site, manager)
    return site
