"""Digests as plain text, in the form of RFC 1153 that programs can take apart again."""

from __future__ import annotations

import textwrap

from i18n import _
from mmcore.message.compose import set_text
from mmcore.message.headers import decode
from mmcore.message.message import Message
from mmcore.message.scrubbing import scrubbed
from mmcore.services.digest_issue import Edition, Post, each_shown

#: The line after the preamble, and the one between posts.
_AFTER_PREAMBLE = "-" * 70
_BETWEEN = "-" * 30
#: In a post such a line begins with a blank instead.
_NOT_BETWEEN = " " + "-" * 29

_WIDTH = 78


def plain_digest(edition: Edition) -> Message:
    """The digest for those who want it as text."""
    names = edition.engine.settings.digests.plain_digest_keep_headers
    preamble = [edition.masthead, edition.header, edition.contents]
    blocks = list(each_shown(edition, lambda post: _block(post, names)))
    if edition.footer:
        blocks.append("Subject: " + _("Digest Footer") + f"\n\n{_body(edition.footer)}")
    text = "\n\n".join(part.strip("\n") for part in preamble if part)
    text = f"{text}\n\n{_AFTER_PREAMBLE}\n\n"
    text += "".join(f"{block}\n\n{_BETWEEN}\n\n" for block in blocks)
    text += f"{edition.end}\n{'*' * len(edition.end)}\n"
    msg = edition.blank()
    set_text(msg, text, edition.charset)
    return msg


def _block(post: Post, names: tuple[str, ...]) -> str:
    """One post: its number, the fields that are kept in the order of their names, its text."""
    lines = [f"Message: {post.number}"]
    for name in names:
        if name.lower() == "message":
            continue
        for value in post.msg.get_all(name, []):
            # Whatever it was, it is plain text now.
            is_type = name.lower() == "content-type"
            lines += _field(name, "text/plain" if is_type else decode(value))
            if is_type:
                break
    return "\n".join([*lines, "", _body(scrubbed(post.msg))])


def _field(name: str, value: str) -> list[str]:
    """A header field, in lines of decent length."""
    return textwrap.wrap(
        f"{name}: {value}",
        _WIDTH,
        subsequent_indent="\t",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _body(text: str) -> str:
    """A text between two separators: no blank lines around it, no separator in it."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return "\n".join(_NOT_BETWEEN if line == _BETWEEN else line for line in lines)
