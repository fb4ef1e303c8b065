"""Answers to a digest that kept its subject, or quote all of it, help nobody."""

from __future__ import annotations

import re
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.message.writing import text_lines
from mmcore.rules.base import add_reason
from mmcore.services.templates import NoSuchTemplateError, render, wrap

_SUBJECT = re.compile(r"\sDigest,\s+Vol\s+\d+,\s+Issue\s+\d+\s*\Z", re.IGNORECASE)
_MASTHEAD = "list:member:digest:masthead"
#: Shorter lines are in many texts.
_SHORTEST = 10
#: Lines of a text part that are looked at.
_MOST_LINES = 10_000


@rule
@implementer(IRule)
class Digests:
    """Hits a digest's subject, and quotations of what stands at the top of every digest."""

    name = "digests"
    description = mark("The post answers or quotes a whole digest.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.enabled = engine.settings.mmcore.hold_digest
        self.threshold = engine.settings.mmcore.masthead_threshold

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if not self.enabled:
            return False
        if _SUBJECT.search(msg.subject_text):
            reason = mark("The subject is that of a digest")
        elif self._quotes_masthead(mlist, msg):
            reason = mark("The message quotes the top of a digest")
        else:
            return False
        add_reason(msgdata, msg.sender, reason)
        return True

    def _quotes_masthead(self, mlist: Any, msg: Any) -> bool:
        text = "\n".join(
            line
            for part in msg.walk()
            if part.get_content_maintype() == "text" and not part.is_multipart()
            for line in text_lines(part, _MOST_LINES)
        )
        return sum(line in text for line in self._masthead(mlist)) >= self.threshold

    def _masthead(self, mlist: Any) -> set[str]:
        """The lines of the masthead: as this list has them, and without any addresses."""
        addresses = {
            "listname": mlist.posting_address,
            "request_email": mlist.request_address,
            "owner_email": mlist.owner_address,
            # The same under the names that older texts have for them.
            "got_list_email": mlist.posting_address,
            "got_request_email": mlist.request_address,
            "got_owner_email": mlist.owner_address,
        }
        lines: set[str] = set()
        # They differ from list to list, and where they are long the lines break elsewhere.
        for values in (addresses, dict.fromkeys(addresses, "")):
            try:
                language = mlist.preferred_language
                text = render(self.engine, _MASTHEAD, mlist, language, **values)
            except NoSuchTemplateError:
                return set()
            lines.update(line.strip() for line in wrap(text).splitlines())
        return {line for line in lines if len(line) >= _SHORTEST}
