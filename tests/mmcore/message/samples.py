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


SAMPLES = {path.stem: path.read_bytes() for path in sorted(DATA.glob("*.eml"))} | {
    "nested_200": nested(200),
    "nested_400": nested(400),
    "forwarded_300": forwarded(300),
    "many_fields": b"a:\n" * 20_000 + b"\nbody",
    "many_stray_lines": b"a: b\n" + b":\n" * 50_000 + b"\nbody",
    "many_parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n.\n" * 20_000,
}
