"""Digests in the tree: posts that are collected, and issues that are being sent.

What is written for a post is small (a reference, the header it has got, three numbers) and lies
where pipeline runners do not meet: a BTree under keys of time and hash, and a `Length`.  The
list's own object says since when it collects.  Whoever adds a post relies on that object;
sending changes it, so that a post is in the one digest or in the next, and never in none.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

from BTrees.Length import Length
from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree
from persistent import Persistent
from zope.interface import implementer

from mmcore.interfaces.digest import (
    ICollectedPost,
    IDigests,
    IIssue,
    IListDigests,
    NoSuchIssueError,
)
from mmcore.interfaces.mailing_list import IMailingList
from mmcore.interfaces.member import DeliveryMode
from resources.addresses.model import now
from resources.container import Container, IndexSet, Node, page, touch
from resources.held.numbers import rely_on

#: The lower bits of a key are those of a hash; the others, the time, are exact to 4 µs.
_HASH_BITS = 12


@implementer(ICollectedPost)
class CollectedPost(Persistent):
    """See `ICollectedPost`."""

    def __init__(self, content: str, header: bytes | None, size: int) -> None:
        self.content = content
        self.header = header
        self.size = size
        self.received_at = now()

    def settle(self, content: str) -> None:
        """Refer to a copy that has the right header and may live for long."""
        self.content = content
        self.header = None


def _in_order(posts: LOBTree) -> list[CollectedPost]:
    """The posts, fetched in one go: one that comes alone costs three times as much."""
    found = list(posts.values())
    ghosts = [post for post in found if post._p_changed is None]
    if len(ghosts) > 1:
        ghosts[0]._p_jar.prefetch(ghosts)
    return found


@implementer(IIssue)
class Issue(Node):
    """See `IIssue`."""

    def __init__(self, list_id: str, posts: LOBTree, last_readers: OOBTree | None) -> None:
        self.list_id = list_id
        self._posts = posts
        self._last_readers = last_readers

    def posts(self) -> list[CollectedPost]:
        """See `IIssue`."""
        return _in_order(self._posts)

    def last_readers(self) -> Iterator[tuple[str, DeliveryMode]]:
        """See `IIssue`."""
        for original, mode in (self._last_readers or {}).values():
            yield original, DeliveryMode(mode)


@implementer(IListDigests)
class ListDigests(Node):
    """See `IListDigests`."""

    since: datetime | None = None
    #: By address in lower case: how it is written, and the number of the mode.
    _last_readers: OOBTree | None = None

    def __init__(self, list_id: str) -> None:
        self.list_id = list_id
        self._begin()

    def _begin(self) -> None:
        """Begin to collect."""
        self._posts = LOBTree()
        self._size = Length()
        self._last_readers = None
        self.since = None

    def __len__(self) -> int:
        return len(self._posts)

    def __bool__(self) -> bool:
        # Without a post it is still the place for them.
        return True

    @property
    def size(self) -> int:
        """See `IListDigests`."""
        size: int = self._size()
        return size

    def posts(self) -> list[CollectedPost]:
        """The posts that have been collected, in the order in which they came."""
        return _in_order(self._posts)

    @property
    def oldest(self) -> datetime | None:
        """When the first of the posts came."""
        if self.since is None:
            return None
        return datetime.fromtimestamp(self._posts.minKey() / 1e9, UTC).replace(tzinfo=None)

    def add(self, content: str, header: bytes | None, size: int) -> None:
        """See `IListDigests`."""
        rely_on(self)
        # Of two that begin at the same time one gets a conflict: `since` is written once.
        if self.since is None:
            self.since = now()
            self.__parent__._waiting.add((self.since, self.list_id))
        self._posts[self._key(content)] = CollectedPost(content, header, size)
        self._size.change(size)

    def _key(self, content: str) -> int:
        """A key behind all others; another one than a process takes that cannot see it yet."""
        moment = time.time_ns()
        if self._posts:
            # Clocks are set back, and two posts of one transaction may have the same time.
            moment = max(moment, self._posts.maxKey() + (1 << _HASH_BITS))
        return (moment >> _HASH_BITS << _HASH_BITS) + zlib.crc32(content.encode()) % (
            1 << _HASH_BITS
        )

    def last_digest_for(self, email: str, original: str, mode: DeliveryMode) -> None:
        """See `IListDigests`."""
        if self._last_readers is None:
            self._last_readers = OOBTree()
        else:
            rely_on(self)
        self._last_readers[email] = (original, mode.value)

    def forget_reader(self, email: str) -> None:
        """An address gets no last digest after all."""
        if self._last_readers is not None and email in self._last_readers:
            rely_on(self)
            del self._last_readers[email]

    def take(self) -> Issue:
        """What has been collected; from now on it is the next digest."""
        issue = Issue(self.list_id, self._posts, self._last_readers)
        self._begin()
        return issue


@implementer(IDigests)
class Digests(Container):
    """See `IDigests`.  Keys are list-ids of lists that have collected something some time."""

    def __init__(self) -> None:
        super().__init__()
        #: (since when, list-id): who waits longest stands first.
        self._waiting = IndexSet()
        self._full = IndexSet()
        self._issues = OOBTree()

    def __len__(self) -> int:
        return len(self._data)

    def _changed(self, by: int) -> None:
        """Counted when asked."""

    def of(self, mlist: IMailingList) -> ListDigests:
        """See `IDigests`."""
        found: ListDigests | None = self._data.get(mlist.list_id)
        if found is None:
            # Not for a list that somebody is just removing.
            rely_on(mlist)
            found = ListDigests(mlist.list_id)
            self._insert(mlist.list_id, found)
        return found

    def waiting(self, before: datetime | None = None, limit: int | None = None) -> list[str]:
        """See `IDigests`."""
        keys = self._waiting.keys() if before is None else self._waiting.keys(max=(before,))
        return [list_id for _, list_id in page(keys, 0, limit)]

    def postpone(self, list_id: str) -> None:
        """See `IDigests`."""
        found = self._data[list_id]
        if found.since is not None:
            self._waiting.remove((found.since, list_id))
            found.since = now()
            self._waiting.add((found.since, list_id))

    def mark_full(self, list_id: str) -> None:
        """See `IDigests`."""
        self._full.insert(list_id)

    def full(self) -> list[str]:
        """See `IDigests`."""
        return list(self._full)

    def take(self, list_id: str) -> str | None:
        """See `IDigests`."""
        found = self._data.get(list_id)
        if found is None or found.since is None:
            return None
        self._forget_indexes(found)
        issue = found.take()
        issue.__name__, issue.__parent__ = uuid4().hex, self
        self._issues[issue.__name__] = issue
        return issue.__name__

    def _forget_indexes(self, found: ListDigests) -> None:
        if found.since is not None:
            self._waiting.remove((found.since, found.list_id))
        if found.list_id in self._full:
            self._full.remove(found.list_id)

    def issue(self, issue_id: str) -> Issue:
        """See `IDigests`."""
        issue: Issue | None = self._issues.get(issue_id)
        if issue is None:
            raise NoSuchIssueError(f"there is no issue {issue_id!r} of a digest")
        return issue

    def issue_ids(self) -> list[str]:
        """See `IDigests`."""
        return list(self._issues)

    def posts_of(self, kind: str, name: str) -> list[CollectedPost]:
        """See `IDigests`."""
        source = self._data.get(name) if kind == "waiting" else self._issues.get(name)
        return [] if source is None else source.posts()

    def finish(self, issue_id: str) -> None:
        """See `IDigests`."""
        del self._issues[issue_id]

    def forget_reader(self, list_id: str, email: str) -> None:
        """See `IDigests`."""
        found = self._data.get(list_id)
        if found is not None:
            found.forget_reader(email)

    def remove_list(self, list_id: str) -> None:
        """See `IDigests`; whoever collects for the list meanwhile gets a conflict."""
        found = self._data.get(list_id)
        if found is None:
            return
        touch(found)
        self._forget_indexes(found)
        self._delete(list_id)
        for issue_id in [key for key, issue in self._issues.items() if issue.list_id == list_id]:
            del self._issues[issue_id]

    def references(self) -> Iterator[str]:
        """See `IDigests`."""
        for list_id in self.waiting():
            yield from (post.content for post in self._data[list_id].posts())
        for issue in self._issues.values():
            yield from (post.content for post in issue.posts())
