"""Rehearsals: the engine works as ever, and nothing of it remains.

The tree is taken care of by the transaction, which is aborted.  What lies outside of it is
replaced for the time of a rehearsal, in the thread that rehearses and in no other: texts are
written to memory, no runner is woken, no subscriber is told, and the log says what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.queue import IContentStore
from mmcore.queue.mailroom import Mailroom


@implementer(IContentStore)
class Scratch:
    """A content store on top of the real one, which is only read; see `IContentStore`."""

    def __init__(self, base: Any) -> None:
        self.base = base
        self.writer = base.writer
        self._texts: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """See `IContentStore`."""
        ref = f"r:{len(self._texts)}"
        self._texts[ref] = bytes(data)
        return ref

    def put_kept(self, data: bytes) -> str:
        """Store bytes as if for long."""
        return self.put(data)

    def sync(self) -> None:
        """See `IContentStore`; nothing has to last."""

    def get(self, ref: str) -> bytes:
        """See `IContentStore`."""
        text = self._texts.get(ref)
        return self.base.get(ref) if text is None else text

    def keep(self, ref: str) -> str:
        """See `IContentStore`; whoever rehearses is done before a segment goes."""
        return ref

    def sweep(self, live: set[str]) -> int:
        """See `IContentStore`."""
        return 0

    def references(self) -> Iterator[str]:
        """See `IContentStore`."""
        yield from self.base.references()
        yield from self._texts


class SilentWaker:
    """Wakes nobody: what is enqueued will not be there."""

    def after_commit(self, transaction: Any, queue: str) -> None:
        """See `mmcore.queue.wakeup.Waker`."""

    def wake(self, queue: str) -> None:
        """See `mmcore.queue.wakeup.Waker`."""


@dataclass
class Rehearsal:
    """What happens in one rehearsal outside of the tree, and what was enqueued in it."""

    content: Scratch
    waker: SilentWaker = field(default_factory=SilentWaker)
    #: Queue and name of each entry, in order.
    entries: list[tuple[str, str]] = field(default_factory=list)
    #: What subscribers would have been told.
    events: list[object] = field(default_factory=list)

    def mailroom(self, site: Any, sender_headers: tuple[str, ...]) -> Mailroom:
        """The way into the queues for the time of the rehearsal."""
        return RehearsalMailroom(self, site, sender_headers)


class RehearsalMailroom(Mailroom):
    """A mailroom that remembers what went through it."""

    def __init__(self, rehearsal: Rehearsal, site: Any, sender_headers: tuple[str, ...]) -> None:
        super().__init__(site, rehearsal.content, rehearsal.waker, sender_headers)
        self.entries = rehearsal.entries

    def enqueue(self, queue: str, msg: Any, msgdata: dict | None = None, **keywords: Any) -> str:
        """See `IMailroom`."""
        name = super().enqueue(queue, msg, msgdata, **keywords)
        self.entries.append((queue, name))
        return name


_current: ContextVar[Rehearsal | None] = ContextVar("rehearsal", default=None)


def current() -> Rehearsal | None:
    """The rehearsal that this thread is in, or None if it is in earnest."""
    return _current.get()


@contextmanager
def rehearsing(content: Any) -> Iterator[Rehearsal]:
    """Rehearse until the end of the block; `content` is the store to read from.

    The caller sees to it that the transaction is aborted.
    """
    rehearsal = Rehearsal(Scratch(content))
    token = _current.set(rehearsal)
    try:
        yield rehearsal
    finally:
        _current.reset(token)
