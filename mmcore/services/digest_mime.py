"""Digests as MIME messages (RFC 2046, section 5.1.5): each post is a message of its own in it.

A post keeps its body byte for byte.  Of its header it keeps, byte for byte as well, what
`[digests] mime_digest_keep_headers` names and what describes the body; how a post came to the
list is nobody's business.
"""

from __future__ import annotations

from i18n import _
from mmcore.message.compose import message_part, set_parts, text_part
from mmcore.message.fields import POLICY
from mmcore.message.headers import encode
from mmcore.message.message import Message
from mmcore.services.digest_issue import Edition, Post, each_shown


def mime_digest(edition: Edition) -> Message:
    """The digest for those who want it as MIME."""
    settings = edition.engine.settings.digests
    kept = frozenset(name.lower() for name in settings.mime_digest_keep_headers)
    parts = [_text(edition, edition.masthead, edition.title)]
    if edition.header:
        parts.append(_text(edition, edition.header, _("Digest Header")))
    parts.append(_text(edition, edition.contents, edition.contents_title))
    posts = Message()
    shown = each_shown(edition, lambda post: message_part(trimmed(post, kept)))
    set_parts(posts, *shown, subtype="digest")
    parts.append(posts)
    if edition.footer:
        parts.append(_text(edition, edition.footer, _("Digest Footer")))
    msg = edition.blank()
    set_parts(msg, *parts)
    # For programs that read it as plain text; nothing says what charset it could be in.
    msg.epilogue = edition.end.encode("ascii", "replace").decode("ascii") + "\r\n"
    return msg


def _text(edition: Edition, text: str, description: str) -> Message:
    part = text_part(text, edition.charset)
    part["Content-Description"] = encode(description, edition.charset)
    return part


def trimmed(post: Post, kept: frozenset[str]) -> Message:
    """A post with the fields that are kept (names in lower case; none: all), and its number."""
    fields = [
        POLICY.fold_binary(name, value)
        for name, value in post.msg.items()
        if name.lower() != "message" and (not kept or _keeps(name.lower(), kept))
    ]
    number = f"Message: {post.number}\r\n\r\n".encode()
    return Message.parse(b"".join([*fields, number, post.msg.body_bytes()]))


def _keeps(name: str, kept: frozenset[str]) -> bool:
    # Without the fields that describe it nobody could read the body.
    return name in kept or name == "mime-version" or name.startswith("content-")
