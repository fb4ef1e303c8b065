"""What both forms of a digest are made of: its posts, their table of contents, its texts.

One post that cannot be read or shown never keeps a digest from its readers: a few words stand in
for it.
"""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cached_property
from typing import Any, TypeVar

from ZODB.POSException import POSKeyError

from i18n import _, language, ngettext
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.message.addresses import parse_addresses
from mmcore.message.compose import text_part
from mmcore.message.headers import encode, make_message_id, one_line
from mmcore.message.message import Message
from mmcore.services.templates import render, values_of_list, wrap
from mmcore.services.tolerance import CANNOT_COPE, is_tolerable

log = logging.getLogger("mmcore.lists")

_MASTHEAD = "list:member:digest:masthead"
_HEADER = "list:member:digest:header"
_FOOTER = "list:member:digest:footer"

#: Columns of the table of contents: of a subject, and of the line that its author stands on.
_SUBJECT_WIDTH, _LINE_WIDTH = 65, 70
#: Nobody reads more of a subject, and of a name.
_LONGEST_SUBJECT, _LONGEST_NAME = 300, 100

T = TypeVar("T")

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_NUMBER = re.compile(r"%0?\d{0,2}d")


@dataclass
class Post:
    """One post of a digest, counted from 1."""

    number: int
    msg: Message
    subject: str
    author: str


@dataclass
class Edition:
    """One digest of a list; texts are in the language that is current when they are asked for."""

    engine: Any
    mlist: Any
    volume: int
    number: int
    posts: list[Post] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the digest is called: the same in all languages, for programs look for it."""
        name = one_line(self.mlist.display_name)
        return f"{name} Digest, Vol {self.volume}, Issue {self.number}"

    @property
    def end(self) -> str:
        """The last line of text (RFC 1153), likewise."""
        return f"End of {self.title}"

    @property
    def charset(self) -> str:
        """The charset of the list's language."""
        found = language(self.mlist.preferred_language)
        return "utf-8" if found is None else found.charset

    @cached_property
    def masthead(self) -> str:
        """The text that every digest begins with."""
        mlist = self.mlist
        text = self._render(
            _MASTHEAD,
            got_list_email=mlist.posting_address,
            got_request_email=mlist.request_address,
            got_owner_email=mlist.owner_address,
        )
        return wrap(text, _LINE_WIDTH)

    @cached_property
    def header(self) -> str:
        """The list's own text in front of the posts, '' if it has none."""
        return self._decoration(_HEADER)

    @cached_property
    def footer(self) -> str:
        """The text after the posts, '' if there is none."""
        return self._decoration(_FOOTER)

    def _decoration(self, name: str) -> str:
        values = values_of_list(self.mlist)
        text = self._render(name, **values)
        return text if text.strip() else ""

    def _render(self, name: str, **values: str) -> str:
        text = render(self.engine, name, self.mlist, self.mlist.preferred_language, **values)
        return text.replace("\r\n", "\n")

    @property
    def contents_title(self) -> str:
        """What the table of contents is called."""
        return ngettext(
            "Today's topics ($number message)", "Today's topics ($number messages)",
            len(self.posts),
        )  # fmt: skip

    @cached_property
    def contents(self) -> str:
        """The table of contents, with its title."""
        lines = [_("Today's topics:"), ""]
        for post in self.posts:
            lines += contents_lines(post)
        return "\n".join([*lines, ""])

    def blank(self) -> Message:
        """A message with the fields that both forms begin with."""
        msg = Message()
        msg["Subject"] = encode(self.title, self.charset)
        msg["From"] = self.mlist.request_address
        msg["To"] = self.mlist.posting_address
        msg["Reply-To"] = self.mlist.posting_address
        msg["Date"] = formatdate(localtime=True)
        msg["Message-ID"] = make_message_id(self.mlist.mail_host)
        return msg


def edition(engine: Any, mlist: Any, issue: Any, volume: int, number: int) -> Edition:
    """Read the posts of an `IIssue`."""
    mailroom, clean = engine.mailroom(mlist), subject_cleaner(mlist.subject_prefix)
    made = Edition(engine, mlist, volume, number)
    for count, collected in enumerate(issue.posts(), 1):
        try:
            msg = mailroom.read(collected.content, collected.header)
        except (UnreadableEntryError, POSKeyError) as error:
            log.error("%s, post %d is lost: %s", made.title, count, error)
            msg = stand_in(mlist, _("The text of this message is lost."))
        made.posts.append(_post(count, msg, clean))
    return made


def _post(number: int, msg: Message, clean: Callable[[str], str]) -> Post:
    subject = clean(_shown(msg.subject_text)) or _("(no subject)")
    return Post(number, msg, _shortened(subject, _LONGEST_SUBJECT), _author(msg))


def _author(msg: Message) -> str:
    """Name of the first author, or else the address; '' if there is none."""
    for name, address in parse_addresses(msg.get_all("from", [])):
        return _shortened(_shown(name or address), _LONGEST_NAME)
    return ""


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3].rstrip() + "..."


def _shown(text: str) -> str:
    return _CONTROLS.sub(" ", one_line(text)).strip()


def subject_cleaner(prefix: str) -> Callable[[str], str]:
    """A function that takes the list's prefix, and what stands for `Re:` before it, off subjects.

    `%d` and the like in the prefix stand for any number.
    """
    words = one_line(prefix).split()
    if not words:
        return str.strip
    pattern = r"\s+".join(
        r"\d+".join(re.escape(piece) for piece in _NUMBER.split(word)) for word in words
    )
    found = re.compile(rf"(?:\bre:\s*)?{pattern}\s*", re.IGNORECASE)
    return lambda subject: found.sub("", subject, count=1).strip()


def contents_lines(post: Post) -> list[str]:
    """A post's lines in the table of contents: ` n. subject (author)`."""
    start = f"{post.number:>3}. "
    lines = textwrap.wrap(
        post.subject,
        _SUBJECT_WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
    ) or [start.rstrip()]
    if not post.author:
        return lines
    author = f"({post.author})"
    if len(lines[-1]) + 1 + len(author) > _LINE_WIDTH:
        return [*lines, " " * len(start) + author]
    return [*lines[:-1], f"{lines[-1]} {author}"]


def stand_in(mlist: Any, text: str) -> Message:
    """A message in place of one that cannot be shown."""
    msg = text_part(f"{text}\n")
    msg["From"] = mlist.owner_address
    msg["To"] = mlist.posting_address
    msg["Subject"] = encode(text)
    return msg


def each_shown(made: Edition, show: Callable[[Post], T]) -> Iterator[T]:
    """What `show` makes of each post; where it cannot cope with one, of a stand-in."""
    for post in made.posts:
        try:
            yield show(post)
        except CANNOT_COPE as error:
            if not is_tolerable(made, error):
                raise
            log.exception("%s, post %d cannot be shown", made.title, post.number)
            post.msg = stand_in(made.mlist, _("This message cannot be shown."))
            yield show(post)
