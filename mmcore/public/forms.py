"""Which fields a POST has, whoever has written it; nothing that can arrive makes this raise.

Mail programs send `multipart/form-data` (RFC 7578) or `application/x-www-form-urlencoded`, and
some forget to say which.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from mmcore.message.message import Message

#: Bytes of a body that are read; what is asked for here has twenty-six.
LARGEST_BODY = 10_000
#: Fields that are looked at.
MOST_FIELDS = 20

#: What a mail program posts (RFC 8058, section 3.2).
ONE_CLICK = ("list-unsubscribe", "one-click")


def fields(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form, by name; names and values in lower case."""
    if content_type.lstrip()[:10].lower() == "multipart/":
        found = _multipart(content_type, body)
    else:
        text = body.decode("utf-8", "replace")
        # `max_num_fields` would raise.
        text = "&".join(text.split("&", MOST_FIELDS)[:MOST_FIELDS])
        found = parse_qsl(text, keep_blank_values=True)
    return {name.strip().lower(): value.strip().lower() for name, value in found[:MOST_FIELDS]}


def is_one_click(form: dict[str, str]) -> bool:
    """Whether a mail program asks to unsubscribe."""
    name, value = ONE_CLICK
    return form.get(name) == value


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    # The syntax is that of mail (RFC 7578, section 4): so are the mistakes.
    header = " ".join(content_type.split()).encode("latin-1", "replace")
    msg = Message.parse(b"Content-Type: " + header + b"\r\n\r\n" + body)
    found = []
    for part in msg.get_payload() if msg.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            data = part.get_payload(decode=True) or b""
            found.append((name, data.decode("utf-8", "replace")))
    return found
