"""What every message gets when it comes in over LMTP, before anybody judges it."""

from __future__ import annotations

from mmcore.message.headers import add_message_hash, make_message_id, repair_message_id
from mmcore.message.message import Message


def arrive(content: bytes, sender: str, domain: str | None) -> Message | None:
    """Read a message as it arrives; never raises.

    `sender` is the reverse-path, empty for the null one (RFC 5321, section 4.5.5).  The message
    gets a Message-ID in `domain` if it has none, the hash of it, and the field X-MailFrom.
    Without a domain None is returned for a message that has none.
    """
    msg = Message.parse(content)
    msg.set_unixfrom(sender or "<>")
    if not msg["message-id"]:
        if domain is None:
            return None
        del msg["message-id"]
        msg["Message-ID"] = make_message_id(domain)
    repair_message_id(msg)
    add_message_hash(msg)
    msg["X-MailFrom"] = sender or "<>"
    return msg
