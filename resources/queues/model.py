"""Queues as persistent objects: switchboards, their shards and entries.

A switchboard is cut into four shards by the first bits of the hash in an
entry's name.  A runner with n instances owns a contiguous slice of the hash
space, so up to four instances never touch the same shard, and a shard resolves
concurrent additions and removals by itself.  More shards would cost every
batch more loads and stores than they save in conflicts, of which there are
none (docs/decisions/0003).
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from persistent import Persistent
from ZODB.POSException import ConflictError
from zope.interface import implementer

from mmcore.interfaces.queue import QUEUE_NAMES, IEntry, ISwitchboard, NoSuchEntryError
from mmcore.queue.address_lines import AddressLines
from resources.container import Container, Node

SHARDS = 4

#: Of zlib's levels of compression the one that takes least time.
_FAST = 1

#: Up to here a shard is one small object; what comes on top goes to a BTree,
#: so that a step costs the same however long the queue is.
SMALL = 48


class Recipients(Persistent):
    """A long list of addresses, stored apart from the entry: it never changes.

    Compressed it takes a third of the space, and of the time on the way from the storage.
    """

    #: As databases of the first releases have it, instead of `packed`.
    text: str | None = None
    packed = b""

    def __init__(self, emails: AddressLines) -> None:
        self.packed = zlib.compress(emails.text.encode("utf-8", "surrogatepass"), _FAST)

    def emails(self) -> AddressLines:
        """The addresses."""
        if self.text is not None:
            return AddressLines(self.text)
        return AddressLines(zlib.decompress(self.packed).decode("utf-8", "surrogatepass"))


@implementer(IEntry)
class Entry(Persistent):
    """See `IEntry`."""

    #: More recipients than this are stored as an object of their own.
    INLINE = 50

    def __init__(self, name: str, content: str, header: bytes | None, data: dict) -> None:
        self.name = name
        self.content = content
        self.header = header
        self.recipients: Recipients | list[str] | None = None
        data = dict(data)
        # Taken out first: a copy of 100,000 addresses would be for nothing.
        if "recipients" in data:
            emails = data.pop("recipients")
            if len(emails) > self.INLINE:
                lines = emails if isinstance(emails, AddressLines) else AddressLines.of(emails)
                self.recipients = Recipients(lines)
            else:
                self.recipients = list(emails)
        self._data = copy.deepcopy(data)

    def msgdata(self) -> dict:
        """See `IEntry`."""
        data = self.metadata()
        if self.recipients is not None:
            data["recipients"] = self.emails()
        return data

    def metadata(self) -> dict:
        """A copy of the metadata but for the recipients, who may be many."""
        return copy.deepcopy(self._data)

    def value(self, key: str) -> Any:
        """One value of the metadata but for the recipients, or None; not to be changed."""
        return self._data.get(key)

    @property
    def has_many_recipients(self) -> bool:
        """Whether there are so many that they are stored apart."""
        return isinstance(self.recipients, Recipients)

    def emails(self) -> Sequence[str]:
        """The recipients, if the metadata has any."""
        if isinstance(self.recipients, Recipients):
            return self.recipients.emails()
        return list(self.recipients or ())


class Shard(Persistent):
    """One part of a queue."""

    def __init__(self) -> None:
        self.small: dict[str, Entry] = {}
        self.large = OOBTree()
        self.large_count = Length()

    def _p_resolveConflict(self, old: dict, saved: dict, new: dict) -> dict:
        """Merge what two transactions added and removed.

        `saved` is committed, `new` wants to be; raises ConflictError when both
        removed the same entry, because then both have processed it.
        """
        merged, before, mine = dict(saved["small"]), old["small"], new["small"]
        for key in mine:
            if key not in before:
                merged[key] = mine[key]
        for key in before:
            if key not in mine:
                if key not in merged:
                    raise ConflictError(f"two processes took {key}")
                del merged[key]
        return {**saved, "small": merged}

    def add(self, entry: Entry) -> None:
        """Put an entry in."""
        if len(self.small) < SMALL and not self.large_count():
            self.small[entry.name] = entry
            self._p_changed = True
        else:
            self.large[entry.name] = entry
            self.large_count.change(1)

    def get(self, name: str) -> Entry | None:
        """The entry of that name, or None."""
        found = self.small.get(name)
        return found if found is not None else self.large.get(name)

    def __getitem__(self, name: str) -> Entry:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def remove(self, name: str) -> None:
        """Take an entry out; raises KeyError."""
        if name in self.small:
            del self.small[name]
            self._p_changed = True
        else:
            del self.large[name]
            self.large_count.change(-1)

    def names(self, limit: int | None) -> Iterator[str]:
        """Names, at most `limit` of those in the large part (they are in order)."""
        yield from self.small
        if self.large_count():
            for count, name in enumerate(self.large.keys()):
                if limit is not None and count >= limit:
                    break
                yield name

    def __len__(self) -> int:
        return len(self.small) + self.large_count()


@implementer(ISwitchboard)
class Switchboard(Node):
    """See `ISwitchboard`."""

    def __init__(self) -> None:
        self._shards = tuple(Shard() for _ in range(SHARDS))

    def _shard(self, name: str) -> Shard:
        return self._shards[int(name.rpartition("+")[2][:1] or "0", 16) * SHARDS >> 4]

    def create(self, name: str, content: str, header: bytes | None, data: dict) -> Entry:
        """Make an entry and put it in."""
        entry = Entry(name, content, header, data)
        self.add(entry)
        return entry

    def add(self, entry: Entry) -> None:
        """See `ISwitchboard`."""
        self._shard(entry.name).add(entry)

    def adopt(self, name: str, entry: Any) -> None:
        """Take in an entry that may be unreadable, without looking at it."""
        shard = self._shard(name)
        shard.small[name] = entry
        shard._p_changed = True

    def get(self, name: str) -> Entry | None:
        """See `ISwitchboard`."""
        try:
            return self._shard(name).get(name)
        except ValueError:
            return None

    def remove(self, name: str) -> None:
        """See `ISwitchboard`."""
        try:
            self._shard(name).remove(name)
        except (KeyError, ValueError):
            raise NoSuchEntryError(name) from None

    def prefetch(self) -> None:
        """Ask the storage for every shard that changed since, in one go.

        Over ZEO a shard that comes alone costs 0.2 ms, among others 0.06.
        """
        ghosts = [shard for shard in self._shards if shard._p_changed is None]
        if len(ghosts) > 1:
            self._p_jar.prefetch(ghosts)

    def take(self, slice_: int, range_: int, limit: int) -> list[tuple[str, Entry]]:
        """(name, entry) of the oldest entries of a slice; they stay in the queue."""
        self.prefetch()
        return self.load(self.names(slice_, range_, limit))

    def load(self, names: Iterable[str]) -> list[tuple[str, Entry]]:
        """(name, entry) of these, which have to be there, read in one go."""
        entries = [(name, self._shard(name)[name]) for name in names]
        ghosts = [entry for _, entry in entries if entry._p_changed is None]
        if len(ghosts) > 1:
            self._p_jar.prefetch(ghosts)
        return entries

    def names(self, slice_: int = 0, range_: int = 1, limit: int | None = None) -> list[str]:
        """See `ISwitchboard`."""
        found: list[str] = []
        if range_ <= SHARDS:
            width = SHARDS // range_
            for shard in self._shards[slice_ * width : (slice_ + 1) * width]:
                found.extend(shard.names(limit))
        else:
            # More instances than shards: look further into the hash.
            width = range_ // SHARDS
            found.extend(
                name
                for name in self._shards[slice_ // width].names(None)
                if int(name.rpartition("+")[2][:8], 16) * range_ >> 32 == slice_
            )
        found.sort(key=_time)
        return found if limit is None else found[:limit]

    def __len__(self) -> int:
        return sum(map(len, self._shards))

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())


def _time(name: str) -> tuple[float, str]:
    time, _, digest = name.partition("+")
    try:
        return float(time), digest
    except ValueError:
        # Not one of our names: the oldest, so that somebody looks at it.
        return 0.0, name


class Queues(Container):
    """All switchboards by name."""

    def __init__(self) -> None:
        super().__init__()
        for name in QUEUE_NAMES:
            self._insert(name, Switchboard())


class IntakeMark(Persistent):
    """How far one LMTP runner's intake log has been entered into the queues.

    Each segment has its own end.  One mark for all would need an order among
    segments, and names say nothing of it once the clock was set back: mail
    would be taken for entered that is not.
    """

    def __init__(self) -> None:
        self.ends: dict[str, int] = {}


class Intake(Node):
    """The marks of all LMTP runners by name; see `mmcore/queue/intake.py`."""

    def __init__(self) -> None:
        self._marks = OOBTree()

    def ends(self, writer: str) -> dict[str, int]:
        """Offset by segment up to which records are in the queues; a copy."""
        mark = self._marks.get(writer)
        return {} if mark is None else dict(mark.ends)

    def advance(self, writer: str, ends: dict[str, int]) -> None:
        """Records up to here are entered by the current transaction.

        The mark is written even if two transactions agree on it, so that of
        two that enter the same records one gets a conflict.
        """
        mark = self._marks.get(writer)
        if mark is None:
            mark = self._marks[writer] = IntakeMark()
        mark.ends = dict(ends)

    def items(self) -> list[tuple[str, dict[str, int]]]:
        """Every writer with its ends."""
        return [(name, dict(mark.ends)) for name, mark in self._marks.items()]
