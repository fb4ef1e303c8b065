"""Posts that were given up: never silently.

Each recipient who is given up is a bounce event.  Where many are, and it is not the fault of their
mailboxes, the events alone would tell nobody that a post has not arrived: so those in charge of
the list are told, once for each message.  When it is those in charge who cannot be reached, the
owner of the site is told.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from i18n import _, using
from mmcore.interfaces.bounce import BounceCause
from mmcore.message.headers import one_line
from mmcore.services import clock
from mmcore.services.bounce_causes import classify
from mmcore.services.bounce_events import Failure
from mmcore.services.bounce_providers import provider_of_address
from mmcore.services.bounce_words import indented, some_replies, summary
from mmcore.services.notifications import OwnerNotification
from mmcore.services.roles import administrators
from mmcore.services.templates import render, wrap

log = logging.getLogger("mmcore.bounce")

#: So many providers are named.
_PROVIDERS = 5


def report(
    engine: Any,
    site: Any,
    mlist: Any,
    message_id: str,
    subject: str,
    failures: Sequence[Failure],
) -> bool:
    """Recipients of a message were given up: tell who has to know, if anybody has to.

    `mlist` is None for mail of no list.  Returns whether somebody was told.  Nobody is told of a
    notice to the owner of the site, so that there are no notices about notices.
    """
    owner = engine.settings.mmcore.site_owner.lower()
    failures = [failure for failure in failures if failure.email.lower() != owner]
    if mlist is None or not failures:
        return False
    in_charge = administrators(mlist)
    if {failure.email.lower() for failure in failures} <= set(in_charge):
        # Once for each list, however many messages there are: they all fail alike.
        if not site.undelivered.tell(mlist.list_id, "", clock.now()):
            return False
        _tell_site_owner(engine, mlist, subject, failures)
        return True
    causes = [_cause(failure) for failure in failures]
    innocent = [
        (failure, cause)
        for failure, cause in zip(failures, causes, strict=True)
        if not cause.at_fault
    ]
    if len(innocent) < engine.settings.bounces.storm_members or not in_charge:
        return False
    if not site.undelivered.tell(mlist.list_id, message_id, clock.now()):
        return False
    _tell_owners(engine, mlist, subject, innocent, in_charge)
    log.warning("%s: %s did not reach %d", mlist.list_id, message_id, len(innocent))
    return True


def _cause(failure: Failure) -> BounceCause:
    return classify(failure.code, failure.enhanced, failure.text)


def _tell_owners(
    engine: Any,
    mlist: Any,
    title: str,
    innocent: Sequence[tuple[Failure, BounceCause]],
    roster: list[str],
) -> None:
    """Tell those in charge of a list that a message did not reach many of its readers."""
    language = mlist.preferred_language
    found = Counter(provider_of_address(failure.email.lower()) for failure, _cause in innocent)
    providers = indented(f"{times} × {name}" for name, times in found.most_common(_PROVIDERS))
    with using(language):
        subject = _("$name: a message did not reach everybody", name=mlist.display_name)
        text = render(
            engine,
            "list:admin:notice:undelivered",
            mlist,
            language,
            subject=_title(title),
            count=len(innocent),
            reasons=summary(cause for _failure, cause in innocent),
            providers=providers,
            replies=some_replies(failure for failure, _cause in innocent),
        )
    OwnerNotification(engine, mlist, subject, wrap(text), roster).send(engine, mlist)


def _tell_site_owner(engine: Any, mlist: Any, title: str, failures: Sequence[Failure]) -> None:
    """Tell the owner of the site that those in charge of a list do not get their mail."""
    language = engine.settings.mmcore.default_language
    emails = dict.fromkeys(failure.email for failure in failures)
    with using(language):
        subject = _("$name: those in charge cannot be reached", name=mlist.display_name)
        text = render(
            engine,
            "list:admin:notice:unreachable",
            mlist,
            language,
            subject=_title(title),
            members=indented(emails),
            replies=some_replies(failures),
        )
    OwnerNotification(engine, mlist, subject, wrap(text)).send(engine, mlist)
    log.warning("%s: those in charge cannot be reached", mlist.list_id)


def _title(subject: str) -> str:
    return one_line(subject) or _("(no subject)")
