"""What owners are told when many members at one provider fail at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from i18n import _, using
from mmcore.services.bounce_words import some_replies, summary
from mmcore.services.notifications import OwnerNotification
from mmcore.services.roles import administrators
from mmcore.services.templates import render, wrap


@dataclass(frozen=True)
class Toll:
    """What a storm has done so far."""

    provider: str
    failed: int
    members: int
    #: Bounce events of it.
    events: Sequence[Any]


def tell_owners(engine: Any, mlist: Any, toll: Toll) -> None:
    """Tell those in charge of a list of a storm among its members."""
    if roster := administrators(mlist):
        _tell(engine, mlist, toll, roster, mlist.preferred_language)


def tell_site_owner(engine: Any, mlist: Any, toll: Toll) -> None:
    """Tell the owner of the site; `mlist` is one of the lists that it concerns."""
    _tell(engine, mlist, toll, None, engine.settings.mmcore.default_language)


def _tell(engine: Any, mlist: Any, toll: Toll, roster: list[str] | None, language: str) -> None:
    with using(language):
        subject = _(
            "$name: mail to $provider comes back",
            name=mlist.display_name,
            provider=toll.provider,
        )
        text = render(
            engine,
            "list:admin:notice:storm",
            mlist,
            language,
            provider=toll.provider,
            failed=toll.failed,
            members=toll.members,
            reasons=summary(event.cause for event in toll.events),
            replies=some_replies(toll.events),
        )
    OwnerNotification(engine, mlist, subject, wrap(text), roster).send(engine, mlist)
