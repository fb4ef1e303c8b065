"""Telling people that a moderator has refused what they asked for."""

from __future__ import annotations

from typing import Any

from i18n import _, using
from mmcore.services.notifications import UserNotification
from mmcore.services.templates import render, wrap


def tell_refused(
    engine: Any,
    mlist: Any,
    recipient: str,
    request: str,
    reason: str | None = None,
    language: str | None = None,
) -> None:
    """Send the notice `list:user:notice:refuse`.

    `request` says in `language` (default: the list's) what is refused, `reason` why.
    """
    language = language or mlist.preferred_language
    with using(language):
        text = render(
            engine,
            "list:user:notice:refuse",
            mlist,
            language,
            request=request,
            reason=reason or _("[No reason given]"),
            adminaddr=mlist.owner_address,
        )
        subject = _("Your request to $name was refused", name=mlist.display_name)
    notice = UserNotification(recipient, mlist.bounces_address, subject, wrap(text), language)
    notice.send(engine, mlist)
