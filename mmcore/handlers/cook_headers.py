"""Makes a post look like mail from a list: Precedence, Reply-To and Cc."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore import __version__
from mmcore.directives import handler
from mmcore.handlers.base import first_line, replace_field
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.mailing_list import Personalization, ReplyToMunging
from mmcore.message.addresses import format_address, parse_addresses

Mailboxes = list[tuple[str, str]]


def _unique(mailboxes: Mailboxes) -> Mailboxes:
    """The mailboxes without those whose address was there before, in any letter case."""
    found: dict[str, tuple[str, str]] = {}
    for name, address in mailboxes:
        found.setdefault(address.lower(), (name, address))
    return list(found.values())


def _write(mailboxes: Mailboxes) -> str:
    return ", ".join(format_address(name, address) for name, address in mailboxes)


@handler
@implementer(IHandler)
class CookHeaders:
    """Adds what every list message carries and decides where replies go."""

    name = "cook-headers"
    description = mark("Set the fields that every post of a list has, and Reply-To.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if msgdata.get("noack"):
            replace_field(msg, "X-Ack", "no")
        # Before any munging: who wrote is wanted for acknowledgements.
        msgdata["original_sender"] = msg.sender
        if "x-mailman-version" not in msg:
            msg["X-Mailman-Version"] = __version__
        if "precedence" not in msg:
            msg["Precedence"] = "list"
        if msgdata.get("_fasttrack"):
            return
        self._cook_reply_to(mlist, msg)
        if (
            mlist.personalize is Personalization.full
            and mlist.reply_goes_to_list is not ReplyToMunging.point_to_list
            and not mlist.anonymous_list
        ):
            self._cook_cc(mlist, msg)

    def _cook_reply_to(self, mlist: Any, msg: Any) -> None:
        fields = msg.get_all("reply-to", [])
        munging = mlist.reply_goes_to_list
        strip = mlist.first_strip_reply_to
        if munging is ReplyToMunging.no_munging and not fields:
            # Nothing to do for almost every message there is.
            return
        originals = [] if strip else parse_addresses(fields)
        if munging is ReplyToMunging.point_to_list:
            replies = [*originals, (first_line(mlist.description), mlist.posting_address)]
        elif munging is ReplyToMunging.no_munging:
            replies = originals
        else:
            replies = [*parse_addresses([mlist.reply_to_address or ""]), *originals]
        replies = _unique(replies)
        if len(fields) == 1 and replies and replies == originals:
            # It says this already; how it does is the author's business.
            return
        replace_field(msg, "Reply-To", _write(replies))

    def _cook_cc(self, mlist: Any, msg: Any) -> None:
        """Name the list in Cc, because To will name each recipient."""
        copies = parse_addresses(msg.get_all("cc", []))
        if mlist.reply_goes_to_list is not ReplyToMunging.explicit_header_only:
            copies.append((first_line(mlist.description), mlist.posting_address))
        replace_field(msg, "Cc", _write(_unique(copies)))
