"""Adds the list's header and footer texts to a post, when it is delivered."""

from __future__ import annotations

import time
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.splicing import splice_into
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import one_line
from mmcore.services.archivers import with_permalinks
from mmcore.services.templates import render, values_of_list

HEADER = "list:member:regular:header"
FOOTER = "list:member:regular:footer"

#: Looking for templates costs more than all else here, so texts are kept for so many seconds.
_KEPT_SECONDS = 2.0
_MOST_KEPT = 1000


@handler
@implementer(IHandler)
class Decorate:
    """Splices the two texts into the message; in no pipeline, delivery calls it."""

    name = "decorate"
    description = mark("Put the list's header and footer around the text.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        # The key holds all that goes into the texts, but for the templates themselves.
        self._kept: dict[tuple[Any, ...], tuple[float, str, str]] = {}

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if msgdata.get("isdigest") or msgdata.get("nodecorate"):
            return
        header, footer = (
            with_permalinks(self.engine, mlist, msg, text) for text in self.texts(mlist, msgdata)
        )
        if not header and not footer:
            return
        splice_into(msg, header, footer)
        msgdata["nodecorate"] = True

    def texts(self, mlist: Any, msgdata: dict) -> tuple[str, str]:
        """Header and footer of a post in the list's language, '' for one that is blank.

        The metadata may have the `member` to whom this copy goes, and further values in
        `decoration-data`.
        """
        values = values_of_list(mlist)
        member = msgdata.get("member")
        if member is not None:
            values.update(_personal(member, msgdata.get("recipient") or member.email))
        for name, value in msgdata.get("decoration-data", {}).items():
            values[name] = one_line(str(value))
        if member is not None:
            return self._render(mlist, values)
        key = (mlist.list_id, mlist.preferred_language, *values.items())
        now = time.monotonic()
        born, header, footer = self._kept.get(key, (-_KEPT_SECONDS, "", ""))
        if now - born >= _KEPT_SECONDS:
            header, footer = self._render(mlist, values)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (now, header, footer)
        return header, footer

    def _render(self, mlist: Any, values: dict[str, str]) -> tuple[str, str]:
        language = mlist.preferred_language
        header, footer = (
            render(self.engine, name, mlist, language, **values).replace("\r\n", "\n")
            for name in (HEADER, FOOTER)
        )
        return header if header.strip() else "", footer if footer.strip() else ""


def _personal(member: Any, recipient: str) -> dict[str, str]:
    """What a personal copy may say about the member it goes to."""
    name = one_line(member.display_name)
    address = member.address
    email = recipient if address is None else address.original_email
    return {
        "member": f"{name} <{email}>" if name else email,
        "user_email": recipient,
        "user_address": recipient,
        "user_delivered_to": email,
        "user_language": member.preferred_language,
        "user_name": name,
        "user_name_or_email": name or email,
        "user_name_or_address": name or email,
    }
