"""The mailroom: how code that is not storage puts messages into queues.

An entry holds a reference to the message's bytes as they came in and, once a
header field was changed, the new header section.  The body is not written
again on its way through the house unless somebody changed it.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.queue import IMailroom, NoSuchQueueError, UnreadableEntryError
from mmcore.message.message import Message

#: Version of the metadata; the number is the field's, see `msgdata['version']`.
SCHEMA = 3


def entry_name(content: str, list_id: str, moment: float | None = None) -> str:
    """`<timestamp>+<sha1>`: unique, in order of time, evenly spread by hash."""
    stamp = repr(time.time() if moment is None else moment)
    digest = hashlib.sha1(f"{content}\n{list_id}\n{stamp}".encode(), usedforsecurity=False)
    return f"{stamp}+{digest.hexdigest()}"


def clean(msgdata: dict) -> dict:
    """Metadata as it is stored: volatile keys dropped, version set."""
    stored = {key: value for key, value in msgdata.items() if not key.startswith("_")}
    stored["version"] = SCHEMA
    stored["_parsemsg"] = False
    return stored


@implementer(IMailroom)
class Mailroom:
    """See `IMailroom`.  Cheap to make: one for each use."""

    def __init__(self, site: Any, content: Any, waker: Any, sender_headers: tuple[str, ...]):
        self.site = site
        self.content = content
        self.waker = waker
        self.sender_headers = sender_headers

    def enqueue(
        self, queue: str, msg: Message, msgdata: dict | None = None, **keywords: Any
    ) -> str:
        """See `IMailroom`."""
        data = clean({**(msgdata or {}), **keywords})
        switchboard = self.site.queues.get(queue)
        if switchboard is None:
            raise NoSuchQueueError(queue)
        content, header = self.store(msg)
        # Two copies of one message for one list may be put in at the same instant.
        moment = time.time()
        name = entry_name(content, data.get("listid", "--nolist--"), moment)
        while switchboard.get(name) is not None:
            moment += 0.000001
            name = entry_name(content, data.get("listid", "--nolist--"), moment)
        switchboard.create(name, content, header, data)
        self.announce(queue)
        return name

    def announce(self, queue: str) -> None:
        """Have the runners of a queue woken after the commit."""
        self.waker.after_commit(self._transaction(), queue)

    def _transaction(self) -> Any:
        return self.site._p_jar.transaction_manager.get()

    def store(self, msg: Message) -> tuple[str, bytes | None]:
        """(reference, header section that replaces the stored one or None).

        Whatever is put is made durable before the transaction commits.
        """
        if msg.content_ref is None or msg.body_changed:
            ref = self.content.put(msg.as_bytes())
            self._transaction().addBeforeCommitHook(self.content.sync)
            return ref, None
        # Unchanged since it was loaded is not unchanged since it came in.
        return msg.content_ref, msg.header_bytes() if msg.header_changed else msg.stored_header

    def keep(self, msg: Message) -> str:
        """See `IMailroom`."""
        as_stored = msg.stored_header is None and not msg.header_changed and not msg.body_changed
        if msg.content_ref is not None and as_stored:
            return self.content.keep(msg.content_ref)
        return self.content.put_kept(msg.as_bytes())

    def load(self, entry: Any) -> tuple[Message, dict]:
        """See `IMailroom`."""
        msgdata = entry.msgdata()
        msg = self.read(entry.content, entry.header)
        msg.original_size = msgdata.get("original_size", 0)
        return msg, msgdata

    def read(self, content: str, header: bytes | None = None) -> Message:
        """The message behind a reference; raises UnreadableEntryError."""
        data = self.content.get(content)
        try:
            msg = Message.parse(data, header=header)
        except ValueError as error:
            raise UnreadableEntryError(f"content {content}: {error}") from error
        msg.content_ref = content
        msg.stored_header = header
        msg.sender_headers = self.sender_headers
        if not msg.original_size:
            msg.original_size = len(data)
        return msg
