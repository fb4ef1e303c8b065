"""Complaint reports of mailbox providers (RFC 5965): somebody called a message spam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmcore.message.message import Message
from mmcore.message.originals import original_of
from mmcore.message.parts import parts_of
from mmcore.message.structure import read_header

#: Kinds of reports that are a person's complaint; others are of filters (`virus`, `auth-failure`
#: of RFC 6591) or say the opposite (`not-spam` of RFC 6430).
COMPLAINTS = ("abuse", "fraud", "other", "opt-out", "opt-out-list")
NOT_SPAM = "not-spam"

_LONGEST = 100_000


@dataclass(frozen=True)
class Feedback:
    """A feedback report: its kind, its fields, and the header of the message that it is about."""

    kind: str
    fields: list[tuple[str, str]]
    enclosed: Message | None

    @property
    def is_complaint(self) -> bool:
        """Whether somebody complains."""
        return self.kind in COMPLAINTS

    def get_all(self, name: str) -> list[str]:
        """The values of a field of the report."""
        return [value for key, value in self.fields if key == name]


def read_feedback(msg: Any) -> Feedback | None:
    """The feedback report that a message is, or None.  Never raises."""
    if msg.get_content_type() != "multipart/report":
        return None
    for part in parts_of(msg):
        if part.get_content_type() == "message/feedback-report":
            fields = _fields(part)
            kind = next((value for name, value in fields if name == "feedback-type"), "")
            return Feedback(kind.lower(), fields, original_of(msg))
    return None


def _fields(part: Any) -> list[tuple[str, str]]:
    data = bytes(part.body_bytes()[:_LONGEST])
    return [
        (name.lower(), str(value).strip())
        for name, value in read_header(data, 0, len(data)).fields
    ]
