"""Fills in what an author wants each member to read about themselves.

A post with the field `X-Mail-Merge: yes` may have the placeholders of footers in its Subject and
in its texts.  What stands for them is the recipient's own, and nobody else reads it.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator, Mapping
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.charsets import extends_ascii
from mmcore.message.headers import decode
from mmcore.services.personal import PLACEHOLDER, fill_in

FIELD = "X-Mail-Merge"

#: Texts of more bytes stay as they are.
_LONGEST = 2**20
#: What is no text in HTML.  A value in there could do more than being read.
_TAG = re.compile(
    r"(<!--.*?(?:-->|\Z)|<(?:script|style)\b.*?(?:</(?:script|style)|\Z)|<[^>]*(?:>|\Z))",
    re.DOTALL | re.IGNORECASE,
)
#: What is inside of these is signed, or cannot be read.
_CLOSED = ("signed", "encrypted")


@handler
@implementer(IHandler)
class MailMerge:
    """Replaces placeholders in a post that wants it; in no pipeline, delivery calls it.

    Only lists that make a copy for each member do it.
    """

    name = "mail-merge"
    description = mark("Fill in the placeholders of the post for each member.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        personal = msgdata.get("_personal")
        if personal is None or mlist.personalize is Personalization.none:
            return
        if str(msg.get(FIELD, "")).strip().lower() != "yes":
            return
        del msg[FIELD]
        if not personal.texts:
            # Nobody of whom the list knows anything.
            return
        subject = decode(msg.get("subject", ""))
        if PLACEHOLDER.search(subject):
            msg.replace_header("Subject", personal.subject(subject))
        for part in _texts(msg):
            _fill(part, personal.texts, personal.in_html)
        if msg.body_changed and "mime-version" not in msg:
            msg["MIME-Version"] = "1.0"


def _texts(part: Any) -> Iterator[Any]:
    """The texts of a message that people read."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        if part.get_content_subtype() not in _CLOSED:
            for inner in part.get_payload():
                yield from _texts(inner)
    elif (
        part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
        and part.body_span().size <= _LONGEST
    ):
        yield part


def _fill(part: Any, texts: Mapping[str, str], in_html: Mapping[str, str]) -> None:
    """Replace the placeholders in a text; one without any, or that cannot be read, stays."""
    data = part.get_payload(decode=True) or b""
    if b"$" not in data:
        return
    declared = (part.get_content_charset() or "us-ascii").lower()
    if declared == "us-ascii" and not data.isascii():
        # 8-bit text without a charset is utf-8 or a riddle.
        declared = "utf-8"
    try:
        text = data.decode(declared)
    except (LookupError, ValueError):
        return
    values = texts
    if part.get_content_type() == "text/html":
        # Every other piece is a tag.
        pieces, values = _TAG.split(text), in_html
    else:
        pieces = [text]
    wanted = {
        found["braced"] or found["bare"] for found in PLACEHOLDER.finditer("".join(pieces[::2]))
    }
    if wanted:
        pieces[::2] = [fill_in(piece, values) for piece in pieces[::2]]
        ascii_only = all(values[name].isascii() for name in wanted)
        keeps = ascii_only and extends_ascii(declared)
        _write(part, "".join(pieces), declared if keeps else "utf-8")


def _write(part: Any, text: str, charset: str) -> None:
    """Make a text the body: quoted-printable, in which lines may be of any length."""
    try:
        data = text.encode(charset)
    except ValueError:
        charset, data = "utf-8", text.encode("utf-8", "replace")
    if (part.get_content_charset() or "us-ascii").lower() != charset:
        if "content-type" not in part:
            part["Content-Type"] = "text/plain"
        part.set_param("charset", charset, replace=True)
    del part["content-transfer-encoding"]
    part["Content-Transfer-Encoding"] = "quoted-printable"
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    part.replace_body(quopri.encodestring(lines).replace(b"\n", b"\r\n"))
