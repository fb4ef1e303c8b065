"""What every message gets when it comes in over LMTP, before anybody judges it."""

from __future__ import annotations

import functools
import socket

from mmcore.message.headers import (
    add_message_hash,
    derived_message_id,
    make_message_id,
    repair_message_id,
)
from mmcore.message.message import Message
from mmcore.message.structure import MAX_FIELDS
from mmcore.message.writing import as_sent

#: Room for the fields that we add: a header is read again at each hop, and must not end earlier
#: than it did at first.
OUR_FIELDS = 1000


@functools.cache
def host_name() -> str:
    """The name of this host, which new Message-IDs have; asked for once, for it can take time."""
    return socket.getfqdn()


def read_arriving(content: bytes) -> Message:
    """Read what came in as it is going to be judged; never raises.

    A carriage return alone ends no line here (RFC 5322, section 2.2), but would leave as CRLF
    and end one for the members: such line ends become CRLF now, so that what is judged, cleansed
    and filtered is what they get.  CR CRLF is one line end: programs that make CRLF of the LF
    of a CRLF are common.
    """
    if content.count(b"\r") != content.count(b"\r\n"):
        content = as_sent(content.replace(b"\r\r\n", b"\r\n"))
    return Message.parse(content, most_fields=MAX_FIELDS - OUR_FIELDS)


def arrive(content: bytes, sender: str, domain: str | None) -> Message | None:
    """Read a message as it arrives; never raises.

    `sender` is the reverse-path, empty for the null one (RFC 5321, section 4.5.5).  The message
    gets a Message-ID in `domain` if it has none, the hash of it, and the field X-MailFrom.
    Without a domain None is returned for a message that has none.

    A message that went through a server before, which nearly all did, has a field Received with
    the time and that server's number for it: it can be told from any other, so its Message-ID is
    made from its bytes.  Sent again, because the first reply was lost, it gets the same one.
    """
    msg = read_arriving(content)
    msg.set_unixfrom(sender or "<>")
    if not msg["message-id"]:
        if domain is None:
            return None
        del msg["message-id"]
        if "received" in msg:
            msg["Message-ID"] = derived_message_id(
                domain, sender.encode("utf-8", "surrogateescape"), content
            )
        else:
            msg["Message-ID"] = make_message_id(domain)
    repair_message_id(msg)
    add_message_hash(msg)
    msg["X-MailFrom"] = sender or "<>"
    return msg
