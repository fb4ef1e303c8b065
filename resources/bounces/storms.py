"""What is remembered of failures that are nobody's fault in particular: a little, for some days.

Storms at providers, and messages about which somebody was told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.bounce_storm import IBounceStorm, IBounceStorms, IUndelivered
from resources.container import Container, IndexSet, Node

#: For how long it is remembered that somebody was told about a message.
REMEMBERED = timedelta(days=30)
#: So many that are older are forgotten with each that is added.
_AT_ONCE = 10


@implementer(IBounceStorm)
class BounceStorm(Node):
    """See `IBounceStorm`."""

    told: tuple[str, ...] = ()

    def __init__(self, provider: str, moment: datetime) -> None:
        self.provider = provider
        self.since = self.latest = moment


@implementer(IBounceStorms)
class BounceStorms(Container):
    """See `IBounceStorms`.  Written only by those who weigh bounces."""

    def add(self, provider: str, moment: datetime) -> BounceStorm:
        """See `IBounceStorms`."""
        storm = BounceStorm(provider, moment)
        self._insert(provider, storm)
        return storm

    def forget(self, storm: BounceStorm) -> None:
        """See `IBounceStorms`."""
        self._delete(storm.provider)


@implementer(IUndelivered)
class Undelivered(Node):
    """See `IUndelivered`."""

    def __init__(self) -> None:
        #: When it was, by (list-id, Message-ID).
        self._data = OOBTree()
        #: (when, list-id, Message-ID)
        self._by_time = IndexSet()

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def tell(self, list_id: str, message_id: str, moment: datetime) -> bool:
        """See `IUndelivered`.  Two who tell of the same message at the same time conflict."""
        key = (list_id, message_id)
        if key in self._data:
            return False
        self._data[key] = moment
        self._by_time.add((moment, *key))
        self._forget(moment - REMEMBERED)
        return True

    def _forget(self, end: datetime) -> None:
        for old in list(self._by_time.keys(max=(end,)))[:_AT_ONCE]:
            self._by_time.remove(old)
            del self._data[old[1:]]
