"""From a post to an article of Usenet, and back (RFC 5536, and RFC 5537 on gateways)."""

from __future__ import annotations

import logging
import operator
import re
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any

from i18n import _, using
from mmcore.interfaces.mailing_list import NewsgroupModeration
from mmcore.message.headers import add_message_hash, encode, make_message_id
from mmcore.message.message import Message

log = logging.getLogger("mmcore.fromusenet")

#: What would be an order to news servers, or is a server's own to say (RFC 5537, section 3.10).
_NOT_FROM_MAIL = (
    "also-control", "approved", "cancel-key", "cancel-lock", "control", "injection-date",
    "injection-info", "path", "supersedes", "xref",
)  # fmt: skip
#: What an article has once at most, or servers refuse it.
_ONCE = (
    "Date", "Followup-To", "From", "Lines", "Message-ID", "Organization", "References",
    "Reply-To", "Sender", "Subject",
)  # fmt: skip
#: RFC 5536, section 3.1.3: no white space, and not too long.
_MESSAGE_ID = re.compile(r"<[!-=?-~]+@[!-=?-~]+>")
_LONGEST_ID = 250
#: A name on one line, and of one group.
_NEWSGROUP = re.compile(r"[^\s,\x00-\x1f\x7f]+")


def newsgroup_of(mlist: Any) -> str:
    """The newsgroup that a list is linked to, or ''."""
    name = mlist.linked_newsgroup.strip()
    return name if _NEWSGROUP.fullmatch(name) else ""


def has_usable_id(msg: Any) -> bool:
    """Whether news servers take the message's Message-ID for one."""
    value = str(msg.get("message-id", "")).strip()
    return _MESSAGE_ID.fullmatch(value) is not None and len(value) <= _LONGEST_ID


def pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of a setting; a last name without a partner does not count."""
    if len(names) % 2:
        log.error("rewrite_duplicate_headers: %s has no partner", names[-1])
    return list(zip(names[::2], names[1::2], strict=False))


def make_article(mlist: Any, msg: Any, msgdata: dict, wanted: Any) -> None:
    """Make an article for the linked newsgroup of a post; `wanted` is the section `[nntp]`.

    Only fields are changed, and to do it again changes nothing.
    """
    _remove(msg, wanted.remove_headers)
    if mlist.newsgroup_moderation is not NewsgroupModeration.none:
        msg["Approved"] = mlist.posting_address
    subject = msgdata.get("stripped_subject", msgdata.get("original_subject"))
    if not mlist.nntp_prefix_subject_too and subject is not None:
        del msg["subject"]
        msg["Subject"] = encode(subject)
    _into_group(msg, newsgroup_of(mlist))
    _identify(mlist, msg)
    _once_each(msg, pairs(wanted.rewrite_duplicate_headers))
    _complete(mlist, msg)


def _remove(msg: Any, names: Sequence[str]) -> None:
    """Remove what articles must not have, and fields without a text, which servers refuse."""
    gone = {*(name.lower() for name in names), *_NOT_FROM_MAIL}
    for name in {name.lower() for name in msg}:
        values = msg.get_all(name)
        kept = [_writable(value) for value in values if str(value).strip() and name not in gone]
        if len(kept) < len(values) or any(map(operator.is_not, kept, values)):
            del msg[name]
            for value in kept:
                msg[name] = value


def _writable(value: str) -> str:
    """The value of a field, written anew if its bytes would look like something else."""
    raw = getattr(value, "raw", b"").replace(b"\r\n", b"\n")
    return str(value) if b"\r" in raw or b"\0" in raw else value


def _into_group(msg: Any, group: str) -> None:
    """Set `Newsgroups`, or add to it."""
    values = msg.get_all("newsgroups", [])
    groups = [name.strip() for value in values for name in str(value).split(",")]
    if len(values) != 1 or group not in groups:
        del msg["newsgroups"]
        every = dict.fromkeys(filter(None, [*groups, group]))
        msg["Newsgroups"] = ",".join(every)


def _identify(mlist: Any, msg: Any) -> None:
    """A Message-ID that servers know it by, and a List-Id that we do when it comes back."""
    if has_usable_id(msg):
        # On one line, as it never was folded.
        msg.replace_header("Message-ID", str(msg["message-id"]).strip())
    else:
        new_id(mlist, msg)
    if not is_of_list(msg, mlist.list_id):
        del msg["list-id"]
        msg["List-Id"] = f"<{mlist.list_id}>"


def new_id(mlist: Any, msg: Any) -> None:
    """Give a message another Message-ID."""
    del msg["message-id"]
    msg["Message-ID"] = make_message_id(mlist.mail_host)
    add_message_hash(msg)


def _once_each(msg: Any, rewritten: list[tuple[str, str]]) -> None:
    """Give further fields of a kind another name, or drop them."""
    names = [*rewritten, *((name, "") for name in _ONCE)]
    for name, instead in names:
        values = msg.get_all(name, [])
        if len(values) < 2:
            continue
        del msg[name]
        msg[name] = values[0]
        if instead:
            for value in values[1:]:
                msg[instead] = str(value)


def _complete(mlist: Any, msg: Any) -> None:
    """Add what every article has."""
    if "from" not in msg:
        msg["From"] = mlist.posting_address
    if "date" not in msg:
        msg["Date"] = formatdate(localtime=True)
    if "subject" not in msg:
        with using(mlist.preferred_language):
            msg["Subject"] = encode(_("(no subject)"))
    if "lines" not in msg:
        msg["Lines"] = str(msg.body_bytes().count(b"\n"))


def is_of_list(msg: Any, list_id: str) -> bool:
    """Whether a message has been through the list already."""
    values = msg.get_all("list-id", [])
    return any(str(value).strip().lower().endswith(f"<{list_id}>") for value in values)


def make_post(mlist: Any, article: bytes) -> Message:
    """The message that a list gets for an article."""
    msg = Message.parse(article)
    # Of whoever wrote it there is no envelope.
    del msg["x-mailfrom"]
    was_to = msg.get_all("to", [])
    del msg["to"]
    del msg["x-originally-to"]
    for value in was_to:
        msg["X-Originally-To"] = str(value)
    msg["To"] = mlist.posting_address
    if "message-id" not in msg:
        msg["Message-ID"] = make_message_id(mlist.mail_host)
    add_message_hash(msg)
    msg.original_size = len(article)
    return msg
