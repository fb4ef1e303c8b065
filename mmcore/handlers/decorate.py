"""Adds the list's header and footer texts to a post, when it is delivered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.splicing import splice_into
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import one_line
from mmcore.services.archivers import with_permalinks
from mmcore.services.personal import PLACEHOLDER, Personal, person_of
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
        *texts, personal = self.texts(mlist, msgdata)
        header, footer = (with_permalinks(self.engine, mlist, msg, text) for text in texts)
        if not header and not footer:
            return
        splice_into(msg, header, footer, personal)
        msgdata["nodecorate"] = True

    def texts(self, mlist: Any, msgdata: dict) -> tuple[str, str, bool]:
        """Header and footer of a post in the list's language, '' for one that is blank.

        The third value says whether they tell something of the member to whom this copy goes,
        if the metadata say who that is.  They may have further values in `decoration-data`.
        """
        values = values_of_list(mlist)
        for name, value in msgdata.get("decoration-data", {}).items():
            values[name] = one_line(str(value))
        header, footer = self._texts_for_all(mlist, values)
        if not PLACEHOLDER.search(header + footer):
            return header, footer, False
        personal = {**_personal(msgdata), **values}
        return *self._render(mlist, personal), len(personal) > len(values)

    def _texts_for_all(self, mlist: Any, values: dict[str, str]) -> tuple[str, str]:
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


def _personal(msgdata: dict) -> Mapping[str, str]:
    """What the copy may say about the member it goes to; nothing in a copy for many."""
    if (personal := msgdata.get("_personal")) is not None:
        texts: Mapping[str, str] = personal.texts
        return texts
    if (member := msgdata.get("member")) is not None:
        return Personal(person_of(member, msgdata.get("recipient") or member.email)).texts
    return {}
