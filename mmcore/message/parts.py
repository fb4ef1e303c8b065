"""The parts of a message (RFC 2045 to 2047, 2183, 2231): what they are and how they move.

Nothing here reads a body that cannot hold parts, and nothing raises.
"""

from __future__ import annotations

import email.utils
from collections.abc import Iterator
from typing import Any

from mmcore.message.headers import decode
from mmcore.message.structure import has_delimiter

#: Multiparts over whose exact bytes somebody has signed, or which are no use in pieces (RFC 1847).
SEALED = ("multipart/signed", "multipart/encrypted")
#: Fields that describe a body and go where it goes.
_DESCRIBING = (
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-description",
    "content-id",
    "content-location",
    "content-md5",
)


def parts_of(msg: Any) -> list[Any]:
    """The parts right below a message or part; none if it has no parts."""
    return list(msg.get_payload()) if msg.is_multipart() else []


def is_sealed(part: Any) -> bool:
    """Whether a change below this part would break a signature or a cipher.

    One part alone is neither signed nor encrypted, whatever it is called.
    """
    return part.get_content_type() in SEALED and len(parts_of(part)) != 1


def open_parts(msg: Any) -> Iterator[Any]:
    """This message and all its parts that may be changed, in order; any depth."""
    waiting = [msg]
    while waiting:
        part = waiting.pop()
        yield part
        if not is_sealed(part):
            waiting.extend(reversed(parts_of(part)))


def is_opaque(part: Any) -> bool:
    """Whether a part says that it has parts, and others may find them where we find none.

    That is so for what is nested too deep or has too many parts, and for nothing else that
    is common.
    """
    declared = str(part.get("content-type", "")).strip().lower()
    if not declared.startswith(("multipart/", "message/")) or part.is_multipart():
        return False
    if part.get_content_maintype() != declared.partition("/")[0]:
        return part.body_span().size > 0
    boundary = str(part.get_boundary() or "").encode("utf-8", "surrogateescape")
    return bool(boundary) and has_delimiter(part.body_bytes(), boundary)


def file_names(part: Any) -> list[str]:
    """The names that a part gives its file, decoded: one, none, or two that differ.

    Programs do not agree which of Content-Disposition (RFC 2183) and Content-Type counts, nor
    whether encoded words (RFC 2047) are allowed there.
    """
    names: dict[str, None] = {}
    for parameter, field in (("filename", "content-disposition"), ("name", "content-type")):
        value = part.get_param(parameter, None, field)
        if value is not None:
            names[decode(_collapsed(value))] = None
    return [name for name in names if name]


def _collapsed(value: Any) -> str:
    """A parameter as text; one of RFC 2231 comes in three pieces."""
    try:
        return str(email.utils.collapse_rfc2231_value(value))
    except (LookupError, TypeError, ValueError):
        return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def extension(name: str) -> str:
    """The last suffix of a file name, in lower case and without its dot; '' if there is none.

    Blanks and dots at the end do not count: there are systems that drop them.
    """
    return name.rstrip(" .").rpartition(".")[2].lower() if "." in name.rstrip(" .") else ""


def is_blank(part: Any) -> bool:
    """Whether a part is a text of nothing but white space."""
    if part.get_content_maintype() != "text" or part.is_multipart():
        return False
    # Longer texts that say nothing are not worth the search.
    if part.body_span().size > 10_000:
        return False
    return not (part.get_payload(decode=True) or b"").replace(b"\xc2\xa0", b"").strip()


def take_over(msg: Any, part: Any) -> None:
    """Give `msg` the body of one of its parts, byte for byte, and the fields that describe it.

    All other fields of `msg` stay.
    """
    body = part.body_span()  # first: a body that is written anew may need another boundary
    fields = [(name, value) for name, value in part.items() if name.lower() in _DESCRIBING]
    if "content-type" not in part and part.get_default_type() != "text/plain":
        fields.append(("Content-Type", part.get_default_type()))
    for name in _DESCRIBING:
        del msg[name]
    for name, value in fields:
        msg[name] = value
    msg.set_default_type("text/plain")
    msg.replace_body(body.view)
