"""Texts of header fields: RFC 2047 words, message identifiers and their hash."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from email.errors import HeaderParseError
from email.header import Header
from email.message import Message
from itertools import groupby
from typing import NamedTuple

from mmcore.message.charsets import is_other_codec
from mmcore.message.fields import (
    LONGEST_LINE,
    ReceivedField,
    clean_value,
    unfolded,
    without_surrogates,
)

#: An encoded word of RFC 2047: charset, encoding, and the encoded text.
ENCODED_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\r\n]*)\?=")
_BRACKETED_ID = re.compile(r"<?\[([^\[\]<>]*)\]>?")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2,3}=*)?")
# Begins where blanks begin, so that many blanks are read once.
_LINE_BREAKS = re.compile("(?<![ \t])[ \t]*+[\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]+[ \t]*")

# The longest field name whose first line an encoded word should still fit on.
_ROOM_FOR_NAME = "X" * 20


class _Word(NamedTuple):
    """An encoded word of RFC 2047."""

    charset: str
    encoding: str  # B or Q
    body: str
    written: str


def message_id_hash(value: str) -> str:
    """The hash by which archives know a message.

    SHA-1 in base 32 over the Message-ID without its angle brackets; without
    both of them it is only stripped of white space.
    """
    if value.startswith("<") and value.endswith(">"):
        value = value[1:-1]
    else:
        value = value.strip()
    digest = hashlib.sha1(value.encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()
    return base64.b32encode(digest).decode("ascii")


def add_message_hash(msg: Message) -> str | None:
    """Set `Message-ID-Hash` and `X-Message-ID-Hash`, whatever they were before.

    Returns the hash; None, and nothing is set, if there is no Message-ID.
    """
    message_id = msg.get("message-id")
    if message_id is None:
        return None
    value = message_id_hash(str(message_id))
    for name in ("Message-ID-Hash", "X-Message-ID-Hash"):
        del msg[name]
        msg[name] = value
    return value


def repair_message_id(msg: Message) -> None:
    """Rewrite a Message-ID in square brackets, `[id]` or `<[id]>`, to `<id>`.

    Some programs send these, and others refuse to thread or archive them.
    """
    found = _BRACKETED_ID.fullmatch(str(msg.get("message-id", "")).strip())
    if found is not None:
        msg.replace_header("Message-ID", f"<{found[1]}>")


def make_message_id(domain: str) -> str:
    """A new Message-ID, with its angle brackets (RFC 5322, section 3.6.4)."""
    return f"<{time.time_ns() // 1000:x}.{secrets.token_hex(8)}@{domain}>"


def prepend_field(msg: Message, raw: bytes) -> None:
    """Put a field in front of all others, as exactly these bytes, which end with a line end.

    For what signs, or is read from the top.
    """
    name, _colon, value = raw.partition(b":")
    field = ReceivedField(unfolded(value.strip()), raw)
    msg._headers.insert(0, (name.decode("ascii"), field))  # type: ignore[attr-defined]


def derived_message_id(domain: str, *sources: bytes, key: bytes = b"") -> str:
    """A Message-ID that is always the same for the same sources.

    With `key` (at most 64 bytes) nobody can tell the sources who does not know it.
    """
    digest = hashlib.blake2b(digest_size=16, key=key)
    for source in sources:
        digest.update(b"%d:" % len(source))
        digest.update(source)
    return f"<{digest.hexdigest()}@{domain}>"


def in_one_line(name: str, value: str) -> str:
    """A value for the field called `name` that is written without folds.

    For fields that some programs do not unfold.  What RFC 5322 wants folded, because it is
    longer than 998 characters, is.
    """
    text = clean_value(value)
    if not text.isascii() or "\n" in text or len(name) + 2 + len(text) > LONGEST_LINE:
        return text
    return ReceivedField(text, f"{name}: {text}\r\n".encode("ascii"))


def one_line(text: str) -> str:
    """The text with each line break, and the blanks around it, made one blank."""
    return _LINE_BREAKS.sub(" ", text).strip()


def decode(value: object) -> str:
    """Decode the RFC 2047 words of a field to one line of text.

    Never raises: words of an unknown charset stay as they are, bytes that the
    charset does not have are replaced.
    """
    text = without_surrogates(str(value))
    return one_line(_decoded(text, _readable) if "=?" in text else text)


def decode_exactly(value: object) -> tuple[str, str] | None:
    """(text, charset of its last encoded word) of a field, like `decode`.

    Without encoded words the charset is 'us-ascii'.  None if one of them cannot be read, or
    not without loss.
    """
    text = without_surrogates(str(value))
    words = ENCODED_WORD.findall(text)
    try:
        text = _decoded(text, _exact)
    except (LookupError, ValueError):
        return None
    return one_line(text), words[-1][0].lower() if words else "us-ascii"


def decode_certain(value: object) -> str:
    """Like `decode`, but words that cannot be read without loss stay as they are.

    So do those that hold what looks like another word, which would be read for it.
    """
    return one_line(_decoded(without_surrogates(str(value)), _certain))


def _decoded(text: str, read: Callable[[str, list[_Word]], str]) -> str:
    """The text with its words decoded; `read` decodes adjacent words of one charset."""
    pieces: list[str] = []
    pending: list[_Word] = []
    position = 0
    for word in ENCODED_WORD.finditer(text):
        between = text[position : word.start()]
        # White space between two encoded words is not part of the text.
        if between.strip() or not pending:
            pieces += _joined(pending, read)
            pending = []
            pieces.append(between)
        pending.append(_Word(word[1].lower(), word[2].upper(), word[3], word[0]))
        position = word.end()
    pieces += _joined(pending, read)
    pieces.append(text[position:])
    return "".join(pieces)


def _joined(words: list[_Word], read: Callable[[str, list[_Word]], str]) -> list[str]:
    """Texts of adjacent words.

    Those of one charset are read together, because many programs cut a character in two.
    """
    return [read(charset, list(run)) for charset, run in groupby(words, lambda word: word.charset)]


def _certain(charset: str, words: list[_Word]) -> str:
    """The text of words, with those as they are of which it is not certain."""
    try:
        text = _exact(charset, words)
    except (LookupError, ValueError):
        text = "=?"
    if "=?" not in text:
        return text
    if len(words) == 1:
        return words[0].written
    return "".join(_certain(charset, [word]) for word in words)


def _readable(charset: str, words: list[_Word]) -> str:
    """The text of words as far as it can be made out."""
    try:
        if is_other_codec(charset):
            raise LookupError(charset)
        text = b"".join(map(_word_bytes, words)).decode(charset, "replace")
        # Some codecs of Python's make what no text may hold.
        return text.encode("utf-8", "replace").decode("utf-8")
    except (LookupError, UnicodeError, ValueError):
        return " ".join(word.written for word in words)


def _exact(charset: str, words: list[_Word]) -> str:
    """The text of words; raises LookupError or ValueError if anything is wrong with them."""
    if is_other_codec(charset) or any(
        word.encoding == "B" and (word.body.strip("=") and not _BASE64.fullmatch(word.body))
        for word in words
    ):
        raise LookupError(charset)
    text = b"".join(map(_word_bytes, words)).decode(charset)
    return text.encode("utf-8").decode("utf-8")


def _word_bytes(word: _Word) -> bytes:
    """The bytes inside an encoded word, as far as they can be made out."""
    body = word.body
    if word.encoding == "Q":
        return binascii.a2b_qp(body.encode("utf-8"), header=True)
    body = _NOT_BASE64.sub("", body)
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return binascii.a2b_base64(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return b""


def encode(text: str, charset: str = "utf-8") -> str:
    """Encode text for a header field, if it needs to be (RFC 2047).

    One line; the field is folded when it is written.  A charset that cannot
    express the text, or that nobody knows, gives way to UTF-8.
    """
    text = one_line(without_surrogates(text))
    if text.isascii() and text.isprintable() and not ENCODED_WORD.search(text):
        return text
    for candidate in (charset, "utf-8"):
        if text.isascii() and candidate.lower() in ("us-ascii", "ascii"):
            continue  # the standard library would leave the text as it is
        try:
            header = Header(text, candidate, header_name=_ROOM_FOR_NAME)
            return header.encode(linesep="\n").replace("\n", "")
        except (UnicodeError, LookupError, HeaderParseError, ValueError):
            continue
    return text.encode("ascii", "replace").decode("ascii")
