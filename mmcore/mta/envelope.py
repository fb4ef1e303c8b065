"""The commands of a transaction before its content, for what the server at hand offers.

RFC 5321 (MAIL, RCPT, DATA), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531
(SMTPUTF8).  What cannot be put into a command, or would be refused for
certain, gets an answer of our own here and is never sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mmcore.mta.content import Content
from mmcore.mta.deliver import Transaction
from mmcore.mta.journal import Reply
from mmcore.mta.link import Link

# RFC 2920, 3.1: a client must not fill its window with commands while the
# server's replies fill the other one.  The replies to this many fit anywhere.
_GROUP = 100

# What may stand between angle brackets as it is; the rest needs a closer look.
_PLAIN = re.compile(r'[^\x00-\x20"<>\x7f\ud800-\udfff]*')
_QUOTED = re.compile(
    r'"(?:[^"\\\x00-\x1f\x7f\ud800-\udfff]|\\[\x20-\x7e])*"@[^\x00-\x20"<>@\x7f\ud800-\udfff]+'
)

_BAD_SENDER = Reply(553, "5.1.7", "The sender's address cannot be put into a command")
_BAD_RECIPIENT = Reply(553, "5.1.3", "The address cannot be put into a command")
_NEEDS_UTF8 = Reply(553, "5.6.7", "The address needs SMTPUTF8, which the server does not offer")


@dataclass(slots=True)
class Envelope:
    """The commands of a transaction before its content, in groups to be written at once."""

    content: Content
    #: Positions of the recipients that the server is asked about ...
    asked: Sequence[int]
    #: ... and our own answer for the others.
    refused: dict[int, Reply]
    #: Bytes and the number of replies to them.
    groups: list[tuple[bytes, int]]
    #: Whether the first command is RSET.
    reset: bool = False
    #: Whether the last command is DATA.
    data: bool = True
    #: How many groups are on their way.
    written: int = 0


def _refusal(address: str, link: Link, bad: Reply) -> Reply | None:
    """Why the server need not be asked about an address, or None."""
    if not address or not (_PLAIN.fullmatch(address) or _QUOTED.fullmatch(address)):
        return bad
    return None if link.offers.smtputf8 or address.isascii() else _NEEDS_UTF8


def _whole_refusal(transaction: Transaction, content: Content, link: Link) -> Reply | None:
    """Why the server need not be asked about a transaction, or None."""
    if 0 < link.offers.max_size < content.size:
        return Reply(
            552,
            "5.3.4",
            f"Message of {content.size} bytes exceeds the server's limit of "
            f"{link.offers.max_size}",
        )
    # The empty reverse-path is that of notices (RFC 5321, 4.5.5).
    return _refusal(transaction.sender, link, _BAD_SENDER) if transaction.sender else None


def address_envelope(transaction: Transaction, content: Content, link: Link) -> Envelope:
    """The envelope of a transaction for what this server offers."""
    sender, recipients = transaction.sender, transaction.recipients
    asked: Sequence[int] = range(len(recipients))
    if refusal := _whole_refusal(transaction, content, link):
        return Envelope(content, (), dict.fromkeys(asked, refusal), [])
    refused: dict[int, Reply] = {}
    together = "".join(recipients)
    utf8 = not (together.isascii() and sender.isascii())
    offers = link.offers
    if not _PLAIN.fullmatch(together) or (utf8 and not offers.smtputf8) or "" in recipients:
        for position, recipient in enumerate(recipients):
            if why := _refusal(recipient, link, _BAD_RECIPIENT):
                refused[position] = why
        asked = [position for position in asked if position not in refused]
        recipients = [recipients[position] for position in asked]
        if not recipients:
            return Envelope(content, (), refused, [])
    mail = f"MAIL FROM:<{sender}>"
    if offers.size:
        mail += f" SIZE={content.size}"
    if content.eight_bit and offers.eight_bit_mime:
        mail += " BODY=8BITMIME"
    if utf8 and offers.smtputf8:
        mail += " SMTPUTF8"
    commands = [mail, *[f"RCPT TO:<{recipient}>" for recipient in recipients]]
    data, reset = not link.chunking, link.open_transaction
    if data:
        commands.append("DATA")
    if reset:
        commands.insert(0, "RSET")
    return Envelope(content, asked, refused, _grouped(commands, link), reset, data)


def _grouped(commands: list[str], link: Link) -> list[tuple[bytes, int]]:
    """Commands as bytes, with the number of replies due."""
    count = len(commands)
    size = _GROUP if link.offers.pipelining else 1
    if count <= size:
        return [(("\r\n".join(commands) + "\r\n").encode(), count)]
    groups = [commands[start : start + size] for start in range(0, count, size)]
    return [("\r\n".join([*group, ""]).encode(), len(group)) for group in groups]
