"""Taking digests apart again, and having lists collect."""

from __future__ import annotations

import email
import re
from typing import Any, NamedTuple

from tests.support.messages import message

_AFTER_PREAMBLE = "-" * 70
_BETWEEN = "-" * 30


class Undigested(NamedTuple):
    """A plain text digest in its parts."""

    preamble: str
    #: Header fields in order, and the text.
    posts: list[tuple[list[tuple[str, str]], str]]
    trailer: list[str]


def undigest(text: str) -> Undigested:
    """Take a plain text digest apart by the rules of RFC 1153.

    The preamble ends with a line of 70 hyphens and a blank line; each post with a blank line, one
    of 30 hyphens and a blank line; the trailer is a line and its underlining.
    """
    text = text.replace("\r\n", "\n")
    preamble, rest = text.split(f"\n\n{_AFTER_PREAMBLE}\n\n")
    *posts, trailer = rest.split(f"\n\n{_BETWEEN}\n\n")
    lines = trailer.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("End of ")
    assert lines[1] == "*" * len(lines[0])
    return Undigested(preamble, [_post(post) for post in posts], lines)


def _post(text: str) -> tuple[list[tuple[str, str]], str]:
    header, _, body = text.partition("\n\n")
    lines = re.sub(r"\n[ \t]+", " ", header).splitlines()
    fields = [tuple(line.split(": ", 1)) for line in lines]
    return fields, body


def text_of(msg: Any) -> str:
    """The text of a message that is one text."""
    again = email.message_from_bytes(msg.as_bytes())
    assert again.get_content_type() == "text/plain"
    return again.get_payload(decode=True).decode(again.get_content_charset())


def parts_of(msg: Any) -> tuple[list[Any], list[Any]]:
    """(texts around the posts, posts) of a MIME digest, read by the standard library."""
    again = email.message_from_bytes(msg.as_bytes())
    assert again.get_content_type() == "multipart/mixed"
    assert not any(part.defects for part in again.walk())
    [posts] = [part for part in again.get_payload() if part.get_content_maintype() == "multipart"]
    assert posts.get_content_type() == "multipart/digest"
    assert {part.get_content_type() for part in posts.get_payload()} <= {"message/rfc822"}
    texts = [part for part in again.get_payload() if part is not posts]
    return texts, [part.get_payload(0) for part in posts.get_payload()]


def post(number: int, subject: str = "Hello", size: int = 0) -> Any:
    """A post to test@example.com."""
    return message(f"""\
        From: Anne Person <aperson@example.com>
        To: test@example.com
        Subject: [Test] {subject} {number}
        Message-ID: <m{number}@example.com>
        Date: Mon, 02 Mar 2026 10:00:00 +0000
        Received: from somewhere

        This is text number {number}.
        {"x" * size}
        """)
