"""News come to lists: every article once.

A list remembers the number of the newest article that it has got (`usenet_watermark`), and moves
it in the transaction that enters the article into `in`.  So nothing is lost or comes twice,
whenever the process dies, and even if two of them work at the same time.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from mmcore.database import Session
from mmcore.errors import MMCoreError
from mmcore.services.news_article import is_of_list, make_post, newsgroup_of
from mmcore.services.news_server import NewsServer, NewsServerError

log = logging.getLogger("mmcore.fromusenet")

#: Numbers that the server is asked for at once.
_WINDOW = 200
#: What is entered in one transaction: so many articles at most, or little more than these bytes.
_MOST_ARTICLES, _MOST_BYTES = 20, 2**20

#: (number, text) of an article.
Article = tuple[int, bytes]
Stop = Callable[[], bool]


class GatewayBusyError(MMCoreError):
    """Another process of this site fetches news right now."""


class Feed(NamedTuple):
    """A list that gets news."""

    list_id: str
    newsgroup: str
    watermark: int | None


@contextmanager
def _alone(settings: Any) -> Iterator[None]:
    """Hold the lock of the gateway, which ends with the process; raises GatewayBusyError."""
    with (settings.paths.lock_dir / "gatenews.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GatewayBusyError("another process fetches news right now") from error
        yield


def fetch_news(engine: Any, session: Session, should_stop: Stop = lambda: False) -> dict[str, int]:
    """Enter what is new in the newsgroups of all lists into `in`.

    Returns how many articles each list has got.  Raises GatewayBusyError, NewsServerError when
    the server is away (what came before is entered), StorageUnavailableError.
    """
    with _alone(engine.settings):
        site = session.begin()
        try:
            feeds = list(_feeds(site))
        finally:
            session.abort()
        return _fetch_all(engine, session, feeds, should_stop)


def _feeds(site: Any) -> Iterator[Feed]:
    for mlist in site.lists.fed_by_news():
        if newsgroup := newsgroup_of(mlist):
            yield Feed(mlist.list_id, newsgroup, mlist.usenet_watermark)
        else:
            log.error(
                "%s: gateway_to_mail is on, and linked_newsgroup %r is no name of a newsgroup",
                mlist.list_id,
                mlist.linked_newsgroup,
            )


def _fetch_all(
    engine: Any, session: Session, feeds: list[Feed], should_stop: Stop
) -> dict[str, int]:
    """Fetch for some lists; a group that the server stumbles over does not keep others waiting."""
    entered: dict[str, int] = {}
    server = None
    try:
        for feed in feeds:
            if should_stop():
                break
            if server is None:
                server = NewsServer(engine.settings)
            try:
                entered[feed.list_id] = _Gateway(engine, session, server, feed).fetch(should_stop)
            except NewsServerError as error:
                log.error("%s: %s: %s", feed.list_id, feed.newsgroup, error)
                server.close()
                server = None
    finally:
        if server is not None:
            server.close()
    return entered


class _Gateway:
    """The way from one newsgroup to one list."""

    def __init__(self, engine: Any, session: Session, server: NewsServer, feed: Feed) -> None:
        self.engine = engine
        self.session = session
        self.server = server
        self.feed = feed

    def fetch(self, should_stop: Stop) -> int:
        """Enter what is new; returns how many articles."""
        feed = self.feed
        found = self.server.group(feed.newsgroup)
        if found is None:
            log.error("%s: the server has no newsgroup %s", feed.list_id, feed.newsgroup)
            return 0
        count, first, last = found
        if feed.watermark is None:
            # A new gateway: what was said before is not repeated.
            self._begin_at(last)
            return 0
        if count and last < feed.watermark:
            log.error("%s: %s is numbered anew, going on from %d", *feed[:2], last)
            self._begin_at(last)
            return 0
        entered = 0
        for batch in self._batches(max(feed.watermark + 1, first), last):
            entered += self.session.run(partial(self._enter, batch=batch))
            if should_stop():
                break
        log.info("%s: %d articles from %s", feed.list_id, entered, feed.newsgroup)
        return entered

    def _begin_at(self, last: int) -> None:
        def begin(site: Any) -> None:
            mlist = self._list(site)
            if mlist is not None and mlist.usenet_watermark == self.feed.watermark:
                mlist.usenet_watermark = last

        self.session.run(begin)
        log.info("%s: %s begins after %d", self.feed.list_id, self.feed.newsgroup, last)

    def _list(self, site: Any) -> Any:
        """The list, if it still is fed by this group."""
        mlist = site.lists.get(self.feed.list_id)
        if mlist is None or not mlist.gateway_to_mail:
            return None
        return mlist if newsgroup_of(mlist) == self.feed.newsgroup else None

    def _batches(self, first: int, last: int) -> Iterator[list[Article]]:
        """The articles between two numbers, some at a time."""
        batch: list[Article] = []
        size = 0
        for start in range(first, last + 1, _WINDOW):
            for number in self.server.numbers(start, min(start + _WINDOW - 1, last)):
                try:
                    text = self.server.article(number)
                except NewsServerError:
                    if batch:
                        yield batch
                    raise
                if text is None:
                    continue
                batch.append((number, text))
                size += len(text)
                if len(batch) >= _MOST_ARTICLES or size >= _MOST_BYTES:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch

    def _enter(self, site: Any, batch: list[Article]) -> int:
        """Enter articles and move the mark; those that are behind it have been entered before."""
        mlist = self._list(site)
        if mlist is None or mlist.usenet_watermark is None:
            return 0
        entered = 0
        mark = mlist.usenet_watermark
        for number, text in batch:
            if number > mark:
                mark = number
                entered += self._take(mlist, number, text)
        mlist.usenet_watermark = mark
        return entered

    def _take(self, mlist: Any, number: int, text: bytes) -> bool:
        if not text:
            group = self.feed.newsgroup
            log.error("%s: article %d of %s is too long", mlist.list_id, number, group)
            return False
        msg = make_post(mlist, text)
        if is_of_list(msg, mlist.list_id):
            # One of our own comes back.
            return False
        self.engine.mailroom(mlist).enqueue(
            "in",
            msg,
            listid=mlist.list_id,
            original_size=len(text),
            received_time=datetime.now(UTC).replace(tzinfo=None),
            fromusenet=True,
        )
        return True
