"""What a held message looks like to a client."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from i18n import _, using
from mmcore.message.showing import shown
from mmcore.services.held_decisions import read_held, subject_text
from mmcore.services.moderation import translate_reasons
from resources.held.model import HeldMessage
from resources.lists.model import MailingList
from resources.versions import ApiVersion

#: Metadata that mean something else, or nothing, to a client.
HIDDEN = frozenset(("type", "id", "key"))


def held_link(api: ApiVersion, held: HeldMessage) -> str:
    """The canonical URL of a held message."""
    return api.url(f"lists/{held.list_id}/held/{held.request_id}")


def show_held(
    api: ApiVersion, engine: Any, mlist: MailingList, held: HeldMessage
) -> dict[str, Any]:
    """The held-message object; the metadata of the message are among its members."""
    with using(mlist.preferred_language):
        reasons = translate_reasons(held.reasons) or [_("n/a")]
        no_subject = _("(no subject)")
        subject = subject_text(held)
    return {
        **metadata(held.msgdata()),
        "request_id": held.request_id,
        "sender": held.sender,
        "subject": subject,
        "original_subject": no_subject if held.subject is None else held.subject,
        "message_id": held.message_id,
        "reason": "; ".join(reasons),
        "hold_date": held.hold_date,
        "msg": shown(read_held(engine, mlist, held)),
        "self_link": held_link(api, held),
    }


def metadata(msgdata: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a message as JSON can express them; what is internal is left out."""
    return {
        key: plain(value)
        for key, value in msgdata.items()
        if key not in HIDDEN and not key.startswith("_")
    }


def plain(value: Any) -> Any:
    """A value of the metadata, which can be any, as JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(
        value, (str, bool, int, float, Enum, datetime, date, timedelta)
    ):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    return str(value)
