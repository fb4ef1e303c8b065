"""The nntp runner: the gateway between lists and newsgroups.

Takes from: `nntp`; and from the news server, every `[nntp] gatenews_every`.
Calls: `mmcore/services/news_article.py` and `mmcore/services/news_server.py`, outside of any
transaction; `mmcore/services/gatenews.py`.
Leaves in: nothing, or `nntp` again; `in`.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.queue.mailroom import entry_name
from mmcore.services.gatenews import GatewayBusyError, fetch_news
from mmcore.services.news_article import make_article, new_id, newsgroup_of
from mmcore.services.news_server import (
    InterruptedPostError,
    NewsServer,
    NewsServerError,
    RejectedArticleError,
)
from mmcore.services.tolerance import CANNOT_COPE
from runners.base import QueueRunner

log = logging.getLogger("mmcore.runner")

#: Articles that are read from the queue at once.
BATCH_ARTICLES = 20
#: Seconds that a server is left alone that does not work; twice as long each time, up to the last.
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 1800.0

#: Metadata: the Message-ID before we gave it another, and whether nobody saw how a posting ended.
ORIGINAL_ID, IN_DOUBT = "original_message-id", "nntp_in_doubt"


class Outcome(Enum):
    """What has become of an article, or is to become of it."""

    posted = 1
    there_already = 2
    #: Once more, under a Message-ID that the server has not heard of.
    other_id = 3
    refused = 4
    #: The connection ended before the reply.
    in_doubt = 5


@dataclass
class Article:
    """An entry on its way: plain values, since it outlives the transaction."""

    name: str
    list_id: str
    newsgroup: str
    message_id: str
    text: bytes
    has_new_id: bool
    in_doubt: bool


@runner
class NNTPRunner(QueueRunner):
    """See `IRunner`."""

    name = "nntp"
    queue = "nntp"

    def open(self) -> None:
        """See `Runner`."""
        super().open()
        self._fetch_at = 0.0
        self._not_before_server = 0.0
        self._pause = FIRST_PAUSE

    def iterate(self) -> bool:
        """Post a batch of articles; fetch news when it is time to."""
        worked = time.monotonic() >= self._not_before_server and self.post()
        every = self.settings.nntp.gatenews_every.total_seconds()
        if self.slice == 0 and every and time.monotonic() >= self._fetch_at and not self.stopping:
            self.fetch()
            self._fetch_at = time.monotonic() + every
        return worked

    def fetch(self) -> None:
        """Have the lists get what is new."""
        try:
            fetch_news(self.engine, self.session, lambda: self.stopping)
        except (GatewayBusyError, NewsServerError) as error:
            log.warning("%s: no news for now: %s", self.label, error)

    def post(self) -> bool:
        """Post a batch; returns whether something was done."""
        articles = self.prepare()
        if not articles:
            return False
        try:
            server = NewsServer(self.settings)
            try:
                for article in articles:
                    self.settle(article, send(server, article))
                    if self.stopping:
                        break
            finally:
                server.close()
        except NewsServerError as error:
            self._not_before_server = time.monotonic() + self._pause
            log.error("%s: %s; trying again in %.0f seconds", self.label, error, self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return False
        self._pause = FIRST_PAUSE
        return True

    def prepare(self) -> list[Article]:
        """Make articles of a batch of entries; what cannot become one leaves the queue."""
        site = self.session.begin()
        articles: list[Article] = []
        failures: list[tuple[str, Exception]] = []
        pointless: list[str] = []
        try:
            board = site.queues[self.queue]
            for name, entry in board.take(self.slice, self.range, BATCH_ARTICLES):
                try:
                    article = self.article(site, entry)
                except POSKeyError as error:
                    failures.append((name, UnreadableEntryError(f"entry: {error}")))
                except (UnreadableEntryError, *CANNOT_COPE) as error:
                    failures.append((name, error))
                else:
                    if article is None:
                        pointless.append(name)
                    else:
                        articles.append(article)
        finally:
            self.session.abort()
        for name, failure in failures:
            self.set_aside(name, failure)
        for name in pointless:
            log.info("%s: %s has no newsgroup any more", self.label, name)
            self.session.run(partial(self._remove, name=name))
        return articles

    def article(self, site: Any, entry: Any) -> Article | None:
        """The article of an entry; None if its list has no newsgroup any more."""
        msg, msgdata = self.engine.mailroom(site).load(entry)
        mlist = site.lists.get(msgdata.get("listid") or "")
        if mlist is None or not newsgroup_of(mlist):
            return None
        make_article(mlist, msg, msgdata, self.settings.nntp)
        return Article(
            entry.name,
            mlist.list_id,
            newsgroup_of(mlist),
            str(msg["message-id"]),
            msg.as_bytes(),
            ORIGINAL_ID in msgdata,
            bool(msgdata.get(IN_DOUBT)),
        )

    def settle(self, article: Article, outcome: Outcome) -> None:
        """Write down what has become of an article.

        Raises NewsServerError when that is unknown.
        """
        log.info(
            "%s: %s of %s for %s: %s",
            self.label, article.message_id, article.list_id, article.newsgroup, outcome.name,
        )  # fmt: skip
        if outcome is Outcome.other_id:
            self.session.run(partial(self._rename, name=article.name))
        elif outcome is Outcome.in_doubt:
            self.session.run(partial(self._doubt, name=article.name))
            raise NewsServerError(f"nobody knows whether {article.message_id} was posted")
        else:
            self.session.run(partial(self._remove, name=article.name))

    def _remove(self, site: Any, name: str) -> None:
        board = site.queues[self.queue]
        # Gone already, if an earlier commit failed only seemingly.
        if board.get(name) is not None:
            board.remove(name)

    def _rename(self, site: Any, name: str) -> None:
        """Put the message in again, under another Message-ID."""
        entry = site.queues[self.queue].get(name)
        if entry is None:
            return
        mailroom = self.engine.mailroom(site)
        msg, msgdata = mailroom.load(entry)
        mlist = site.lists.get(msgdata["listid"])
        if mlist is not None:
            msgdata[ORIGINAL_ID] = str(msg.get("message-id", ""))
            new_id(mlist, msg)
            mailroom.enqueue(self.queue, msg, {**msgdata, IN_DOUBT: False})
        site.queues[self.queue].remove(name)

    def _doubt(self, site: Any, name: str) -> None:
        """Remember that a posting was interrupted."""
        board = site.queues[self.queue]
        entry = board.get(name)
        if entry is None:
            return
        moment = float(name.partition("+")[0])
        doubted = entry_name(entry.content, name, moment)
        board.create(doubted, entry.content, entry.header, {**entry.msgdata(), IN_DOUBT: True})
        board.remove(name)


def send(server: NewsServer, article: Article) -> Outcome:
    """Post an article; raises NewsServerError if the server does not work."""
    try:
        server.post(article.text)
    except InterruptedPostError as error:
        log.warning("%s: %s", article.message_id, error)
        return Outcome.in_doubt
    except RejectedArticleError as error:
        return judge(server, article, error)
    return Outcome.posted


def judge(server: NewsServer, article: Article, error: RejectedArticleError) -> Outcome:
    """What a refusal means: that depends on what the server has under the Message-ID.

    A post may have been posted before a crash, or by its author; then all is well.  The same post
    of another list has the same id, but is in another newsgroup.
    """
    groups = server.groups_of(article.message_id)
    if groups is not None and article.newsgroup in groups:
        return Outcome.there_already
    if article.in_doubt and error.says_duplicate:
        # The server remembers the id, but has no article to show for it.
        return Outcome.there_already
    if article.has_new_id:
        log.error("%s is not posted to %s: %s", article.message_id, article.newsgroup, error)
        return Outcome.refused
    return Outcome.other_id
