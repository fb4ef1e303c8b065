"""The raw messages in tests/data, and nasty ones that are made by code."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parents[2] / "data"


def nested(depth: int) -> bytes:
    """A text inside that many multiparts."""
    body = b"deep\r\n"
    for level in range(depth):
        edge = b"b%d" % level
        body = (
            b'Content-Type: multipart/mixed; boundary="' + edge + b'"\r\n\r\n'
            b"--" + edge + b"\r\n" + body + b"\r\n--" + edge + b"--\r\n"
        )
    return body


def forwarded(depth: int) -> bytes:
    """A text forwarded that many times."""
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: at last\r\n\r\ntext\r\n"


def recipients(count: int) -> bytes:
    """A text to so many: half of them in lines of their own, half in a single one."""
    names = [b"Person %d <p%d@example.net>" % (n, n) for n in range(count)]
    half = count // 2
    return (
        b"From: aperson@example.com\r\nMessage-ID: <many@example.com>\r\nSubject: to all\r\n"
        b"To: test@example.com,\r\n " + b",\r\n ".join(names[:half]) + b"\r\n"
        b"Cc: " + b", ".join(names[half:]) + b"\r\n\r\nHello, all.\r\n"
    )


def travelled(hops: int) -> bytes:
    """A text that went through so many servers, in a thread as long."""
    return (
        b"Received: from a.example by b.example; Mon, 20 Nov 2023 10:00:00 +0100\r\n" * hops
        + b"From: aperson@example.com\r\nTo: test@example.com\r\nMessage-ID: <far@example.com>\r\n"
        b"Subject: " + b"Re: " * hops + b"[Test] " * hops + b"far\r\n"
        b"References:" + b"".join(b"\r\n <%d@example.com>" % n for n in range(hops))
        + b"\r\n\r\n" + b"> " * hops + b"far\r\n"
    )  # fmt: skip


def large(size: int) -> bytes:
    """A text with an attachment of so many bytes, as it is encoded."""
    lines = (b"QUFB" * 240 + b"\r\n") * (size // 962)
    return (
        b"From: aperson@example.com\r\nTo: test@example.com\r\nMessage-ID: <large@example.com>\r\n"
        b"Subject: large\r\nContent-Type: multipart/mixed; boundary=large\r\n\r\n"
        b"--large\r\n\r\nHello.\r\n--large\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + lines + b"--large--\r\n"
    )  # fmt: skip


def markup(depth: int) -> bytes:
    """HTML with so many elements inside each other."""
    return (
        b"From: aperson@example.com\r\nTo: test@example.com\r\nMessage-ID: <deep@example.com>\r\n"
        b"Subject: markup\r\nContent-Type: text/html\r\n\r\n"
        + b"<div><b>\r\n" * depth + b"deep" + b"</div>" * depth
    )  # fmt: skip


SAMPLES = {path.stem: path.read_bytes() for path in sorted(DATA.glob("*.eml"))} | {
    "nested_200": nested(200),
    "nested_400": nested(400),
    "forwarded_300": forwarded(300),
    "many_fields": b"a:\n" * 20_000 + b"\nbody",
    "many_stray_lines": b"a: b\n" + b":\n" * 50_000 + b"\nbody",
    "three_thousand_recipients": recipients(3000),
    "five_hundred_hops": travelled(500),
    "markup_2000": markup(2000),
    "many_parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n.\n" * 20_000,
}
