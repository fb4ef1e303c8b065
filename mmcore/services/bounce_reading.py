"""Reading a failure report, in whatever form: who failed, for good or for now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmcore.message.addresses import is_valid
from mmcore.message.delivery_status import Action, RecipientStatus, read_statuses
from mmcore.message.html_text import text_of_html
from mmcore.message.parts import parts_of
from mmcore.message.replies import codes_of, quoted_reply
from mmcore.message.writing import text_lines
from mmcore.services.bounce_events import Failure
from mmcore.services.bounce_heuristics import guess

#: Lines of the text for people that are looked at for a reason.
_LINES = 200
#: What is looked at of a page that shows such a text.
_PAGE_LINES, _LONGEST_PAGE = 1000, 50_000
#: How much of it is taken for the reason where no reply is quoted.
_EXCERPT_LINES = 5
_EXCERPT = 300


@dataclass(frozen=True)
class Reading:
    """What a report says."""

    #: Those who failed for good; `addresses` are the ways to read whom it was sent to.
    permanent: tuple[RecipientStatus, ...] = ()
    #: Whether it speaks of somebody who may get the message later.
    temporary: bool = False
    #: Whether it says, by the standards, that the message has arrived or is on its way.
    passed: bool = False


def read_report(msg: Any) -> Reading:
    """Read a message as a failure report; never raises."""
    statuses = read_statuses(msg)
    if statuses:
        failed = [status for status in statuses if status.action is Action.failed]
        return Reading(
            tuple(_with_reasons(msg, failed)),
            any(status.action is Action.delayed for status in statuses),
            any(status.action is Action.passed for status in statuses),
        )
    # Some send reports whose standard part says nothing, and the rest in words.
    found = guess(msg)
    unexplained = [
        RecipientStatus((address,), Action.failed, 0, "", "")
        for address in sorted(found.permanent)
    ]
    return Reading(tuple(_with_reasons(msg, unexplained)), bool(found.temporary))


def _with_reasons(msg: Any, statuses: list[RecipientStatus]) -> list[RecipientStatus]:
    """Statuses of which those without a reason have got the one in the text for people."""
    if all(status.text for status in statuses):
        return statuses
    lines = _lines_for_people(msg)
    return [status if status.text else _explained(status, lines) for status in statuses]


def _lines_for_people(msg: Any) -> list[str]:
    """What a report says in words: its first text, or else its first page.

    What is enclosed in it says nothing about the failure.
    """
    found: dict[str, Any] = {}
    waiting = [msg]
    while waiting:
        part = waiting.pop()
        found.setdefault(part.get_content_type(), part)
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(parts_of(part)))
    if "text/plain" in found:
        return text_lines(found["text/plain"], _LINES)
    if "text/html" in found:
        page = "\n".join(text_lines(found["text/html"], _PAGE_LINES))[:_LONGEST_PAGE]
        return text_of_html(page).split("\n")[:_LINES]
    return []


def _explained(status: RecipientStatus, lines: list[str]) -> RecipientStatus:
    address = status.addresses[0].lower()
    text = quoted_reply(lines, address)
    codes = codes_of(text)
    if not text:
        text = _excerpt(lines, address)
    return RecipientStatus(
        status.addresses,
        status.action,
        status.code or codes.code,
        # The generic ones of the status say less than any other.
        codes.enhanced if status.enhanced[1:] in ("", ".0.0") else status.enhanced,
        text,
    )


def _excerpt(lines: list[str], address: str) -> str:
    """What stands beside an address in a text, in one line."""
    start = next((at for at, line in enumerate(lines) if address in line.lower()), None)
    if start is None:
        return ""
    found = [lines[start]]
    for line in lines[start + 1 : start + 3 * _EXCERPT_LINES]:
        if line.lstrip().startswith(("--", "==", "**", "__", "|-")):
            # Here the message begins that did not arrive.
            break
        found.append(line)
    text = [line for line in found if line.strip()][:_EXCERPT_LINES]
    return " ".join(" ".join(text).split())[:_EXCERPT]


def failure_of(mlist: Any, status: RecipientStatus) -> Failure | None:
    """The failure of a recipient, as the member it belongs to; None for what is no address.

    Of the ways to read the address the one that is a member's counts, or else the first.
    """
    valid = [address for address in status.addresses if is_valid(address)]
    if not valid:
        return None
    known = (address for address in valid if mlist.members.get(address) is not None)
    return Failure(next(known, valid[0]), status.code, status.enhanced, status.text)
