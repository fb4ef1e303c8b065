"""The nntp runner: articles are posted once, whatever the server and the line do."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from runners import nntp
from runners.nntp import NNTPRunner
from tests.support import nntpd

GROUP, OTHER = "misc.test", "misc.other"
ID = "<first@example.com>"
POST = f"""\
From: aperson@example.com
To: test@example.com
Subject: [Test] Hello
Message-ID: {ID}

Hello.
"""


@pytest.fixture
def news():
    with nntpd.NewsServer(GROUP, OTHER) as news:
        yield news


@pytest.fixture
def runner(opened, settings, news, mlist, session):
    settings.nntp.host, settings.nntp.port = "127.0.0.1", news.port
    settings.nntp.timeout = timedelta(seconds=5)
    settings.nntp.gatenews_every = timedelta(0)
    mlist.linked_newsgroup = GROUP
    mlist.gateway_to_news = True
    session.commit()
    session.begin()
    return opened(NNTPRunner)


def ids(news):
    return [article.message_id for article in news.posted]


def again(runner):
    """The next try, without the pause before it."""
    runner._not_before_server = 0.0
    return runner.iterate()


class TestPosting:
    def test_an_article_is_posted_and_leaves_the_queue(self, runner, news, enqueue, now_in):
        enqueue("nntp", POST)
        assert runner.iterate() is True
        assert runner.iterate() is False
        [article] = news.posted
        assert article.header("newsgroups") == GROUP
        assert article.body == b"Hello.\r\n"
        assert now_in("nntp") == []

    def test_several_share_a_connection_and_keep_their_order(self, runner, news, enqueue):
        for number in range(3):
            enqueue("nntp", POST.replace("first", f"n{number}"))
        runner.iterate()
        assert ids(news) == [f"<n{number}@example.com>" for number in range(3)]
        assert news.connections == 1

    def test_with_nothing_to_do_nobody_is_called(self, runner, news):
        assert runner.iterate() is False
        assert news.connections == 0

    def test_it_stops_between_two_articles(self, runner, news, enqueue, now_in):
        enqueue("nntp", POST)
        enqueue("nntp", POST.replace("first", "second"))
        runner.stopping = True
        runner.iterate()
        assert (len(news.posted), len(now_in("nntp"))) == (1, 1)

    def test_a_list_that_has_left_the_group_posts_nothing(
        self, runner, news, enqueue, mlist, session, now_in
    ):
        enqueue("nntp", POST)
        mlist.linked_newsgroup = ""
        session.commit()
        session.begin()
        assert runner.iterate() is False
        assert (news.posted, now_in("nntp")) == ([], [])

    @pytest.mark.unsound
    def test_an_entry_that_is_lost_keeps_nobody_waiting(
        self, runner, news, enqueue, vanish, session, now_in
    ):
        vanish("nntp", enqueue("nntp", POST))
        enqueue("nntp", POST)
        runner.iterate()
        assert len(news.posted) == 1
        assert now_in("shunt") == []
        assert len(session.site.queues["bad"]) == 1


class TestTrouble:
    @pytest.mark.parametrize("reply", ["440 Not you", "400 Later", "502 No", "503 Broken"])
    def test_a_server_in_trouble_is_left_alone_for_a_while(
        self, runner, news, enqueue, now_in, reply
    ):
        news.script("POST", reply, times=2)
        enqueue("nntp", POST)
        enqueue("nntp", POST.replace("first", "second"))
        assert runner.iterate() is False
        assert runner.iterate() is False
        assert news.connections == 1
        assert 20 < runner._not_before_server - time.monotonic() <= nntp.FIRST_PAUSE
        again(runner)
        assert 40 < runner._not_before_server - time.monotonic() <= 2 * nntp.FIRST_PAUSE
        assert len(now_in("nntp")) == 2
        assert again(runner) is True
        assert ids(news) == [ID, "<second@example.com>"]
        assert runner._pause == nntp.FIRST_PAUSE

    def test_pauses_do_not_grow_for_ever(self, runner, news, enqueue):
        news.script("POST", "400 Later")
        enqueue("nntp", POST)
        for _ in range(12):
            again(runner)
        assert runner._pause == nntp.LONGEST_PAUSE

    def test_a_server_that_is_away_costs_nothing(self, runner, settings, news, enqueue, now_in):
        settings.nntp.port = 1
        enqueue("nntp", POST)
        assert runner.iterate() is False
        settings.nntp.port = news.port
        again(runner)
        assert ids(news) == [ID]

    def test_an_article_that_was_not_taken_is_posted_again(self, runner, news, enqueue, now_in):
        news.script("DOT", nntpd.DROP, times=1)
        enqueue("nntp", POST)
        runner.iterate()
        assert news.posted == []
        assert [msgdata["nntp_in_doubt"] for msgdata in now_in("nntp")] == [True]
        again(runner)
        assert (ids(news), now_in("nntp")) == ([ID], [])

    def test_one_whose_reply_was_lost_is_posted_once(self, runner, news, enqueue, now_in):
        news.script("DOT", nntpd.SWALLOW_REPLY, times=1)
        enqueue("nntp", POST)
        enqueue("nntp", POST.replace("first", "second"))
        runner.iterate()
        assert len(now_in("nntp")) == 2
        again(runner)
        assert ids(news) == [ID, "<second@example.com>"]
        assert now_in("nntp") == []

    def test_even_if_the_server_shows_nothing_under_its_id(self, runner, news, enqueue, now_in):
        news.script("DOT", nntpd.SWALLOW_REPLY, times=1)
        enqueue("nntp", POST)
        runner.iterate()
        news.cancel(GROUP, 1)
        again(runner)
        assert (len(news.posted), now_in("nntp")) == (1, [])

    def test_a_crash_after_the_reply_posts_nothing_twice(
        self, runner, news, enqueue, now_in, monkeypatch
    ):
        def die(self, article, outcome):
            raise KeyboardInterrupt

        enqueue("nntp", POST)
        monkeypatch.setattr(NNTPRunner, "settle", die)
        with pytest.raises(KeyboardInterrupt):
            runner.iterate()
        monkeypatch.undo()
        assert len(now_in("nntp")) == 1
        runner.iterate()
        assert (ids(news), now_in("nntp")) == ([ID], [])

    def test_an_entry_that_is_settled_twice_is_gone_once(self, runner, enqueue, session, now_in):
        name = enqueue("nntp", POST)
        for work in (runner._remove, runner._doubt, runner._rename):
            runner.session.run(lambda site, work=work: work(site, name))
        assert now_in("nntp") == []


class TestRefusals:
    def test_the_same_post_in_another_group_gets_an_id_of_its_own(
        self, runner, news, enqueue, now_in
    ):
        news.add(OTHER, f"Message-ID: {ID}\nNewsgroups: {OTHER}\n\n")
        enqueue("nntp", POST)
        runner.iterate()
        [msgdata] = now_in("nntp")
        assert msgdata["original_message-id"] == ID
        runner.iterate()
        [article] = news.posted
        assert article.message_id.endswith("@example.com>")
        assert article.message_id != ID
        assert article.header("newsgroups") == GROUP
        assert now_in("nntp") == []

    def test_what_its_author_has_posted_there_is_there(self, runner, news, enqueue, now_in):
        news.add(GROUP, f"Message-ID: {ID}\nNewsgroups: {OTHER}, {GROUP}\n\n")
        enqueue("nntp", POST)
        runner.iterate()
        assert (news.posted, now_in("nntp")) == ([], [])

    def test_what_is_refused_under_both_ids_is_given_up(
        self, runner, news, enqueue, now_in, caplog
    ):
        news.script("DOT", "441 No such newsgroup here")
        enqueue("nntp", POST)
        runner.iterate()
        runner.iterate()
        assert now_in("nntp") == []
        assert "is not posted to misc.test: 441 No such newsgroup here" in caplog.text

    def test_others_are_posted_meanwhile(self, runner, news, enqueue):
        news.script("DOT", "441 Not this one", match="first")
        enqueue("nntp", POST)
        enqueue("nntp", POST.replace("first", "second"))
        runner.iterate()
        assert ids(news) == ["<second@example.com>"]


class TestFetching:
    @pytest.fixture
    def fed(self, runner, settings, news, mlist, session):
        settings.nntp.gatenews_every = timedelta(hours=1)
        mlist.gateway_to_mail, mlist.usenet_watermark = True, 0
        session.commit()
        session.begin()
        news.add(GROUP, "From: u@example.net\nSubject: a\n\n")
        return runner

    def test_news_are_fetched_when_it_is_time_to(self, fed, news, now_in):
        fed.iterate()
        assert len(now_in("in")) == 1
        news.add(GROUP, "Subject: b\n\n")
        fed.iterate()
        assert len(now_in("in")) == 1
        fed._fetch_at = 0.0
        fed.iterate()
        assert len(now_in("in")) == 2

    def test_only_one_of_several_instances_does_it(self, fed, opened, now_in):
        opened(NNTPRunner, 1, 2).iterate()
        assert now_in("in") == []

    def test_a_site_can_do_without(self, fed, settings, now_in):
        settings.nntp.gatenews_every = timedelta(0)
        fed.iterate()
        assert now_in("in") == []

    def test_a_server_that_is_away_is_asked_again_next_time(self, fed, news, now_in, caplog):
        news.script("CONNECT", "400 Later", times=1)
        fed.iterate()
        assert "no news for now" in caplog.text
        fed._fetch_at = 0.0
        fed.iterate()
        assert len(now_in("in")) == 1
