"""Complaints: a mailbox provider reports that somebody has called a message spam (RFC 5965).

Such a report names nobody whom we could believe: providers take the address out, and anybody can
write one.  Whom it is about is told by what is enclosed and was made here for one member: the
link by which one click unsubscribes, which nobody can forge, or a sender of their own, which can
be made up; so what follows from a complaint can be undone by the member.
"""

from __future__ import annotations

import re
from typing import Any

from mmcore.interfaces.member import MemberRole
from mmcore.message.feedback import Feedback
from mmcore.message.message import Message
from mmcore.services.unsubscribe_tokens import PATH, read_token
from mmcore.services.verp import verp_recipients

_TOKEN = re.compile(re.escape(PATH) + r"([-\w.]{20,1000})", re.ASCII)
#: Where the sender of the copy, or the one who got it, stands in what is enclosed.
_TRACES = ("return-path", "x-envelope-from", "to", "delivered-to", "x-failed-recipients")


def complainants(settings: Any, mlist: Any, msg: Any, feedback: Feedback) -> list[str]:
    """The addresses of those members of a list who are proven to complain."""
    found = [*_by_token(mlist, feedback), *_by_sender(settings, mlist, msg, feedback)]
    return list(dict.fromkeys(email.lower() for email in found))


def _by_token(mlist: Any, feedback: Feedback) -> list[str]:
    """Those whose link to unsubscribe is in the message that is complained of."""
    if feedback.enclosed is None:
        return []
    found = []
    for value in feedback.enclosed.get_all("list-unsubscribe", []):
        for token in _TOKEN.findall("".join(str(value).split())):
            meant = read_token(mlist.site, token)
            if meant is None or meant.list_id != mlist.list_id:
                continue
            member = mlist.site.members.get(meant.member_id)
            if member is not None and (member.list_id, member.role) == (
                mlist.list_id,
                MemberRole.member,
            ):
                found.append(member.email)
    return found


def _by_sender(settings: Any, mlist: Any, msg: Any, feedback: Feedback) -> list[str]:
    """Those members whose copies had the sender that the report, or what it encloses, names."""
    traces = Message()
    for value in feedback.get_all("original-mail-from"):
        traces["To"] = value
    for name in _TRACES if feedback.enclosed is not None else ():
        assert feedback.enclosed is not None
        for value in feedback.enclosed.get_all(name, []):
            traces["To"] = value
    emails = verp_recipients(settings, mlist, traces) | verp_recipients(settings, mlist, msg)
    return sorted(email for email in emails if mlist.members.get(email) is not None)
