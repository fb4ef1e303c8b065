"""Which lists get news: an index, so that nobody has to look at all lists for them."""

from __future__ import annotations

from typing import Any

from BTrees.OOBTree import OOTreeSet

#: Settings that something else depends on.
GATEWAY_SETTINGS = frozenset({"gateway_to_mail", "linked_newsgroup"})


class NewsGateways:
    """Mixed into the container of lists."""

    _data: Any
    #: List-ids of those with `gateway_to_mail`; most sites have none.
    _fed_by_news: OOTreeSet | None = None

    def fed_by_news(self) -> list[Any]:
        """See `IMailingLists`."""
        return [self._data[list_id] for list_id in self._fed_by_news or ()]

    def note_gateway(self, list_id: str, fed: bool) -> None:
        """A list begins to get news, or gets none any more."""
        if fed:
            if self._fed_by_news is None:
                self._fed_by_news = OOTreeSet()
            self._fed_by_news.add(list_id)
        elif self._fed_by_news is not None and list_id in self._fed_by_news:
            self._fed_by_news.remove(list_id)

    def reindex_gateways(self) -> None:
        """Make the index anew, for databases from before it."""
        self._fed_by_news = None
        for list_id, mlist in self._data.items():
            if mlist.gateway_to_mail:
                self.note_gateway(list_id, True)


def follow_gateway(mlist: Any, name: str) -> None:
    """Keep true what depends on a setting that has just been stored.

    Articles are counted by group: what has been got of another one says nothing.
    """
    if name == "gateway_to_mail" and mlist.__parent__ is not None:
        mlist.__parent__.note_gateway(mlist.list_id, mlist.gateway_to_mail)
    elif name == "linked_newsgroup":
        mlist.usenet_watermark = None
