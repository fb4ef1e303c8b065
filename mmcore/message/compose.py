"""Building blocks of messages that the engine writes itself (RFC 2045, 2046).

Texts get the first charset that can express them and the lightest transfer
encoding that is safe on the wire.
"""

from __future__ import annotations

import base64
import copy
import email.message
import quopri
import re

from mmcore.message.fields import LONGEST_LINE, without_surrogates
from mmcore.message.message import Message

_LINE_END = re.compile(r"\r\n|\r|\n")


def set_text(msg: Message, text: str, *charsets: str, subtype: str = "plain") -> None:
    """Make `text` the payload of a text part or new message.

    The charset is the first of `charsets` that can express the text, and UTF-8
    otherwise.  Other parameters of a Content-Type of the same subtype, like
    `format`, are kept.
    """
    text = without_surrogates(text)
    charset, data = _encoded(text, charsets)
    if msg.get_content_maintype() != "text" or msg.get_content_subtype() != subtype:
        del msg["content-type"]
    if "mime-version" not in msg:
        msg["MIME-Version"] = "1.0"
    if "content-type" in msg:
        msg.set_param("charset", charset)
    else:
        msg["Content-Type"] = f'text/{subtype}; charset="{charset}"'
    encoding, payload = _transfer_encoded(text, charset, data)
    del msg["content-transfer-encoding"]
    msg["Content-Transfer-Encoding"] = encoding
    msg.set_payload(payload)


def text_part(text: str, *charsets: str, subtype: str = "plain") -> Message:
    """A new text part; see `set_text`."""
    part = Message()
    part["Content-Type"] = f'text/{subtype}; charset="us-ascii"'
    set_text(part, text, *charsets, subtype=subtype)
    return part


def message_part(msg: Message) -> Message:
    """A new message/rfc822 part that holds a copy of `msg`; see `enclose`."""
    part = Message()
    part["Content-Type"] = "message/rfc822"
    enclose(part, msg)
    return part


def enclose(envelope: Message, msg: Message) -> None:
    """Make `envelope` a message/rfc822 (RFC 2046, section 5.2.1) that holds a copy of `msg`.

    What is enclosed is written byte for byte as it is.
    """
    del envelope["content-transfer-encoding"]
    if envelope.get_content_type() != "message/rfc822":
        del envelope["content-type"]
        envelope["Content-Type"] = "message/rfc822"
    if "mime-version" not in envelope:
        envelope["MIME-Version"] = "1.0"
    if not msg.as_bytes().isascii():
        envelope["Content-Transfer-Encoding"] = "8bit"
    envelope.set_payload([copy.deepcopy(msg)])


def set_parts(msg: Message, *parts: email.message.Message, subtype: str = "mixed") -> None:
    """Make `msg` a multipart of the parts."""
    for name in ("content-type", "content-transfer-encoding"):
        del msg[name]
    if "mime-version" not in msg:
        msg["MIME-Version"] = "1.0"
    msg["Content-Type"] = f"multipart/{subtype}"
    if any(str(part.get("content-transfer-encoding", "")).lower() == "8bit" for part in parts):
        msg["Content-Transfer-Encoding"] = "8bit"
    msg.preamble = None
    msg.epilogue = None
    msg.set_payload(list(parts))


def _encoded(text: str, charsets: tuple[str, ...]) -> tuple[str, bytes]:
    """(charset, bytes) of the text."""
    if text.isascii():
        return "us-ascii", text.encode("ascii")
    for charset in charsets:
        try:
            return charset.lower(), text.encode(charset)
        except (LookupError, UnicodeError, ValueError):
            continue
    return "utf-8", text.encode("utf-8", "replace")


def _transfer_encoded(text: str, charset: str, data: bytes) -> tuple[str, str]:
    """(Content-Transfer-Encoding, payload) of a text, which is `data` in the charset."""
    long_lines = any(len(line) > LONGEST_LINE for line in data.splitlines())
    if data.isascii() and not long_lines and b"\x00" not in data:
        return "7bit", data.decode("ascii")
    readable = quopri.encodestring(data)
    # Nobody can change line ends later: they are those of the wire (RFC 2045, section 6.8).
    packed = base64.encodebytes(_LINE_END.sub("\r\n", text).encode(charset, "replace"))
    if len(readable) <= len(packed):
        return "quoted-printable", readable.decode("ascii")
    return "base64", packed.decode("ascii")
