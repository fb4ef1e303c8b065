"""Queues, their entries, and the way into them."""

from __future__ import annotations

from collections.abc import Iterator

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError

#: Every queue of a stock engine.
QUEUE_NAMES = (
    "archive", "bad", "bounces", "command", "digest", "in", "nntp", "out", "pipeline", "retry",
    "shunt", "virgin",
)  # fmt: skip


class NoSuchQueueError(MMCoreError):
    """There is no queue of that name."""


class NoSuchEntryError(MMCoreError):
    """The queue holds no entry of that name."""


class UnreadableEntryError(MMCoreError):
    """The message or metadata of an entry cannot be read back."""


class IEntry(Interface):
    """One message in a queue: small, the text itself is in the content store."""

    name = Attribute("<timestamp>+<sha1>, the key.")
    content = Attribute("Reference into the content store (text).")
    header = Attribute("Header section that replaces the stored one (bytes), or None.")

    has_many_recipients = Attribute("Whether there are so many that they are stored apart.")

    def msgdata() -> dict:
        """A fresh copy of the metadata."""

    def metadata() -> dict:
        """The same without the recipients, who may be many."""

    def value(key: str) -> object:
        """One value of the metadata but for the recipients, or None; not to be changed."""


class ISwitchboard(Interface):
    """One queue."""

    __name__ = Attribute("Name of the queue.")

    def add(entry: object) -> None:
        """Put an entry into the queue."""

    def get(name: str) -> IEntry | None:
        """Find an entry."""

    def remove(name: str) -> None:
        """Take an entry out; raises NoSuchEntryError."""

    def take(slice_: int, range_: int, limit: int) -> list[tuple[str, IEntry]]:
        """(name, entry) of the oldest entries of a slice; they stay in the queue."""

    def load(names: list[str]) -> list[tuple[str, IEntry]]:
        """(name, entry) of these, which have to be there, read in one go."""

    def names(slice_: int = 0, range_: int = 1, limit: int | None = None) -> list[str]:
        """Names in the slice, oldest first."""

    def __len__() -> int:
        """How many entries there are."""


class IMailroom(Interface):
    """The only way into queues and content store for code that is not storage."""

    def enqueue(queue: str, msg: object, msgdata: dict | None = None, **keywords: object) -> str:
        """Put a message into a queue, as part of the current transaction.

        Keywords win over `msgdata`; keys that begin with `_` are dropped.
        Runners of the queue are woken when the transaction has committed.
        Returns the entry's name; raises NoSuchQueueError.
        """

    def keep(msg: object) -> str:
        """Store a message for long, durable at once; returns the reference."""

    def load(entry: IEntry) -> tuple[object, dict]:
        """(message, metadata) of an entry; raises UnreadableEntryError."""


class IContentStore(Interface):
    """Immutable message texts outside the database."""

    def put(data: bytes) -> str:
        """Store bytes; returns the reference.  Durable after `sync`."""

    def sync() -> None:
        """Make everything put so far by this process durable (fdatasync)."""

    def get(ref: str) -> bytes:
        """The bytes; raises UnreadableEntryError."""

    def keep(ref: str) -> str:
        """Reference to a copy that may live for long (held, shunted mail)."""

    def sweep(live: set[str]) -> int:
        """Remove what no reference in `live` needs; returns bytes freed."""

    def references() -> Iterator[str]:
        """What is stored, for checkers."""
