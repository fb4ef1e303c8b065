"""Delivery status notifications: what became of whom (RFC 3464, 3461, 6522, 6533).

What is enclosed in a report, such as the message that did not arrive, is not looked into: it may
be a report itself, about somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from mmcore.message.addresses import parse_addresses
from mmcore.message.headers import decode, one_line
from mmcore.message.message import Message
from mmcore.message.parts import parts_of
from mmcore.message.replies import Codes, codes_of, enhanced_code
from mmcore.message.structure import read_header, split_blocks

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")

#: More of a status is not read: no transaction has so many recipients.
_LONGEST_STATUS = 500_000
_MOST_RECIPIENTS = 5000
_LONGEST_TEXT = 1000
_LONGEST_ADDRESS = 500

_XTEXT = re.compile(r"\+([0-9A-Fa-f]{2})")
#: An embedded character of a UTF-8 address in ASCII (RFC 6533, section 3).
_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_DIAGNOSTIC_TYPE = re.compile(r"[ \t]*([-A-Za-z0-9_.]+)[ \t]*;")


class Action(Enum):
    """What a server says it did (RFC 3464, section 2.3.3)."""

    failed = "failed"
    delayed = "delayed"
    #: Delivered, relayed or expanded: nothing to worry about.
    passed = "passed"


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What became of one recipient.

    `addresses` are the ways to read whom it was sent to, the most likely one first: the original
    recipient before the final one, to which it may have been forwarded.
    """

    addresses: tuple[str, ...]
    action: Action
    code: int
    enhanced: str
    text: str


def read_statuses(msg: Any) -> list[RecipientStatus] | None:
    """The recipients that a report is about; None if the message is no report.

    Never raises; what cannot be read is left out.
    """
    found: list[RecipientStatus] = []
    is_report = False
    for part in _status_parts(msg):
        is_report = True
        for fields in _recipients(_content(part)):
            if len(found) < _MOST_RECIPIENTS and (status := _status(fields)) is not None:
                found.append(status)
    return found if is_report else None


def _status_parts(msg: Any) -> Iterator[Any]:
    """The parts with a status, at any depth of multiparts."""
    waiting = [msg]
    while waiting:
        part = waiting.pop()
        if part.get_content_type() in STATUS_TYPES:
            yield part
        elif part.get_content_maintype() == "multipart":
            waiting.extend(reversed(parts_of(part)))


def _content(part: Any) -> bytes:
    """The status, without its transfer encoding (which only RFC 6533 allows)."""
    body = part.body_bytes()[:_LONGEST_STATUS]
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return bytes(body)
    head = f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii")
    decoded = Message.parse(head + body).get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _recipients(data: bytes) -> Iterator[dict[str, str]]:
    """The fields of each recipient, by lower-cased name; the first of a name counts.

    Some servers forget the empty line between two recipients.
    """
    for start, end in split_blocks(data, 0, len(data)):
        fields: dict[str, str] = {}
        for name, value in read_header(data, start, end).fields:
            key = name.lower()
            if key == "final-recipient" and key in fields:
                yield fields
                fields = {}
            fields.setdefault(key, str(value).strip())
        if "final-recipient" in fields or "original-recipient" in fields:
            yield fields


def _status(fields: dict[str, str]) -> RecipientStatus | None:
    """What became of a recipient; None if nobody can tell who, or what."""
    addresses = dict.fromkeys(
        address
        for name in ("original-recipient", "final-recipient")
        for address in read_recipient(fields.get(name, ""))
    )
    status = enhanced_code(fields.get("status", ""))
    action = _action(fields.get("action", ""), status)
    if not addresses or action is None:
        return None
    text = _diagnostic(fields)
    codes = codes_of(text)
    return RecipientStatus(
        tuple(addresses), action, _code(codes, action), codes.enhanced or status, text
    )


def _code(codes: Codes, action: Action) -> int:
    """The reply code, unless it is the one of a success, which then belongs to something else."""
    return codes.code if codes.code >= 400 or action is Action.passed else 0


def _action(value: str, status: str) -> Action | None:
    """What was done; where that is not said, what the status means."""
    word = value.lower()
    # Some put comments behind it; OpenSMTPD says `error`.
    if word.startswith(("fail", "error")):
        return Action.failed
    if word.startswith("delay"):
        return Action.delayed
    if word.startswith(("deliver", "relay", "expand")):
        return Action.passed
    by_class = {"5": Action.failed, "4": Action.delayed, "2": Action.passed}
    return by_class.get(status[:1])


def _diagnostic(fields: dict[str, str]) -> str:
    """What the other server said, or else the comment on the status."""
    value = fields.get("diagnostic-code", "")
    match = _DIAGNOSTIC_TYPE.match(value)
    text = value[match.end() :] if match else value
    if not text.strip():
        text = fields.get("status", "").partition("(")[2].rpartition(")")[0]
    return " ".join(decode(text).split())[:_LONGEST_TEXT]


def read_recipient(value: str) -> list[str]:
    """The ways to read a recipient field (RFC 3464, section 2.3.1), the most likely one first.

    Of addresses that are no mail addresses (X.400) there is none.
    """
    kind, semicolon, address = value[:_LONGEST_ADDRESS].partition(";")
    if not semicolon:
        # Without a type it is only taken for an address if it looks like one.
        if not (value.startswith("<") and value.endswith(">")):
            return []
        kind, address = "rfc822", value
    if kind.strip().lower() not in ("rfc822", "utf-8"):
        return []
    plain = _bare(_EMBEDDED.sub(lambda found: _character(found[1]), address))
    # In this field xtext (RFC 3461) should be decoded already, and is not by all.
    forms = (plain, _XTEXT.sub(lambda found: chr(int(found[1], 16)), plain), _in_ascii(plain))
    return [form for form in dict.fromkeys(forms) if "@" in form]


def _bare(address: str) -> str:
    """The address alone, without name, angle brackets and comments."""
    text = one_line(address)
    found = [spec for _name, spec in parse_addresses([text]) if "@" in spec]
    return found[0] if found else text.strip("<>' ")


def _character(digits: str) -> str:
    number = int(digits, 16)
    is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if is_character else "\ufffd"


def _in_ascii(address: str) -> str:
    """The address with its domain as DNS knows it, if that is an internationalised one."""
    local_part, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local_part}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
