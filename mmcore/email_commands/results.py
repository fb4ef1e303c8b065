"""What the commands of a mail have done, as a mail to whoever sent them."""

from __future__ import annotations

import re
import textwrap
from email.utils import formatdate, mktime_tz, parsedate_tz
from typing import Any

from zope.interface import implementer

from i18n import _, ngettext
from mmcore.interfaces.email_command import IResults
from mmcore.message.compose import set_text
from mmcore.services.auto_responses import answer_to, repeatable_id
from mmcore.services.notifications import UserNotification

#: Fewer lines than anybody reads; a mail with commands can hold thousands.
_MOST_LINES = 20
_LONGEST_LINE = 200
_INDENT = "    "
_NOT_SHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@implementer(IResults)
class Results:
    """See `IResults`.

    From fields are forged easily.  What the mail said is repeated only to an address whose
    owner the site knows (`may_quote`): strangers could otherwise have any text of theirs sent
    to anybody.
    """

    def __init__(self, may_quote: bool) -> None:
        self.may_quote = may_quote
        self.send_response = True
        self.confirms: set[str] = set()
        self.joins: set[str] = set()
        self.unprocessed: list[str] = []
        self.ignored: list[str] = []
        self._lines: list[str] = []

    def print(self, text: str) -> None:
        """See `IResults`."""
        self._lines.extend(text.splitlines() or [""])

    def __str__(self) -> str:
        return "\n".join(self._lines)

    def send(self, engine: Any, mlist: Any, msg: Any, language: str) -> None:
        """Mail the results to the author of the commands; `language` is the current one."""
        subject = _("The results of your e-mail commands")
        notice = UserNotification(msg.sender, mlist.bounces_address, subject, language=language)
        set_text(notice, self._text(msg), *_charsets(msg))
        answer_to(notice, msg)
        notice.send(engine, mlist)

    def _text(self, msg: Any) -> str:
        sections = [
            _("The results of your e-mail commands are provided below."),
            _("- Original message details:") + "\n" + self._details(msg),
            _("- Results:") + "\n" + _indented(self._lines or [_("(none)")]),
        ]
        if self.unprocessed:
            sections.append(_("- Unprocessed:") + "\n" + self._shown(self.unprocessed))
        if self.ignored:
            sections.append(_("- Ignored:") + "\n" + self._shown(self.ignored))
        sections.append(_("- Done."))
        return "\n\n".join(sections) + "\n"

    def _details(self, msg: Any) -> str:
        nothing = _("n/a")
        shown = {"From": msg.sender, "Subject": nothing}
        if self.may_quote:
            shown = {name: _line(msg.decoded(name)) or nothing for name in shown}
        when = parsedate_tz(str(msg.get("date", "")))
        shown["Date"] = nothing if when is None else _date(when) or nothing
        shown["Message-ID"] = repeatable_id(msg) or nothing
        return _indented(f"{name}: {value}" for name, value in shown.items())

    def _shown(self, lines: list[str]) -> str:
        if not self.may_quote:
            return _indented([ngettext("$number line", "$number lines", len(lines))])
        shown = [_line(line) for line in lines[:_MOST_LINES]]
        return _indented(shown + ["..."] * (len(lines) > _MOST_LINES))


def _line(text: str) -> str:
    """One line of a mail as it can be shown in another."""
    return textwrap.shorten(_NOT_SHOWN.sub(" ", text), _LONGEST_LINE, placeholder=" ...")


def _indented(lines: Any) -> str:
    return "\n".join(f"{_INDENT}{line}".rstrip() for line in lines)


def _date(when: Any) -> str:
    """A date as we write it, or '' if it is none: the field may say anything."""
    try:
        return formatdate(mktime_tz(when))
    except (ValueError, OverflowError, OSError, TypeError):
        return ""


def _charsets(msg: Any) -> tuple[str, ...]:
    """Charsets in which the author can surely read, the own one first."""
    own = str(msg.get_content_charset() or "us-ascii")
    try:
        if "Az 09".encode(own) == b"Az 09" and own != "utf-7":
            return own, "iso-8859-1"
    except (LookupError, UnicodeError, ValueError, TypeError):
        pass
    return ("iso-8859-1",)
