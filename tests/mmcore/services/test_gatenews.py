"""News come to lists: every article once, whatever ends the run."""

from __future__ import annotations

import fcntl
from datetime import timedelta

import pytest

from mmcore.database import Session
from mmcore.services import gatenews
from mmcore.services.gatenews import GatewayBusyError, fetch_news
from mmcore.services.news_server import NewsServerError
from tests.support import nntpd

GROUP, OTHER = "misc.test", "misc.other"


@pytest.fixture
def news(settings):
    with nntpd.NewsServer(GROUP, OTHER) as news:
        settings.nntp.host, settings.nntp.port = "127.0.0.1", news.port
        settings.nntp.timeout = timedelta(seconds=5)
        yield news


@pytest.fixture
def fed(mlist, session):
    """The list, fed by the group from article 0 on."""
    mlist.linked_newsgroup = GROUP
    mlist.gateway_to_mail = True
    mlist.usenet_watermark = 0
    session.commit()
    session.begin()
    return mlist


@pytest.fixture
def fetch(engine, database, session):
    """Fetch news, and look at what there is then."""

    def fetch(**arguments):
        own = database.session()
        try:
            return fetch_news(engine, own, **arguments)
        finally:
            own.close()
            session.abort()
            session.begin()

    return fetch


@pytest.fixture
def entered(engine, session):
    """Subjects of what is in `in`."""

    def entered():
        session.abort()
        board = session.begin().queues["in"]
        mailroom = engine.mailroom(session.site)
        return [mailroom.load(board.get(name))[0]["subject"] for name in board.names()]

    return entered


def add(news, *subjects, group=GROUP, fields=""):
    for subject in subjects:
        news.add(group, f"From: u@example.net\nSubject: {subject}\n{fields}\nHello.\n")


class TestFetchNews:
    def test_a_new_gateway_begins_with_what_comes_next(self, news, fed, fetch, entered):
        fed.usenet_watermark = None
        fed._p_jar.transaction_manager.commit()
        add(news, "a", "b")
        assert fetch() == {"test.example.com": 0}
        assert fed.usenet_watermark == 2
        add(news, "c")
        assert fetch() == {"test.example.com": 1}
        assert entered() == ["c"]

    def test_each_article_comes_once_and_in_order(self, news, fed, fetch, entered):
        add(news, *"abc")
        assert fetch() == {"test.example.com": 3}
        assert fed.usenet_watermark == 3
        assert fetch() == {"test.example.com": 0}
        assert entered() == ["a", "b", "c"]

    def test_an_entry_says_that_it_came_from_there(self, news, fed, fetch, session):
        add(news, "a")
        fetch()
        board = session.site.queues["in"]
        [name] = board.names()
        msgdata = board.get(name).msgdata()
        assert msgdata["fromusenet"] is True
        assert msgdata["listid"] == "test.example.com"
        assert msgdata["original_size"] > 40
        assert msgdata["received_time"].tzinfo is None

    def test_posts_of_the_list_that_come_back_do_not_count(self, news, fed, fetch, entered):
        add(news, "ours", fields="List-Id: Test <test.example.com>\n")
        add(news, "theirs", fields="List-Id: <other.example.com>\n")
        assert fetch() == {"test.example.com": 1}
        assert entered() == ["theirs"]
        assert fed.usenet_watermark == 2

    def test_gaps_are_no_trouble(self, news, fed, fetch, entered, monkeypatch):
        monkeypatch.setattr(gatenews, "_WINDOW", 3)
        for number in (2, 11, 12, 40):
            news.add(GROUP, f"Subject: {number}\n\n", number)
        news.cancel(GROUP, 12)
        assert fetch() == {"test.example.com": 3}
        assert entered() == ["2", "11", "40"]

    def test_many_come_in_several_transactions(self, news, fed, fetch, entered):
        add(news, *(str(number) for number in range(50)))
        assert fetch() == {"test.example.com": 50}
        assert entered() == [str(number) for number in range(50)]

    def test_a_run_that_is_told_to_stop_goes_on_later(self, news, fed, fetch, entered):
        add(news, *(str(number) for number in range(50)))
        answers = iter([False, True])
        assert fetch(should_stop=lambda: next(answers)) == {"test.example.com": 20}
        assert fetch() == {"test.example.com": 30}
        assert len(entered()) == 50

    @pytest.mark.parametrize("skip", [0, 1, 25, 49])
    def test_a_connection_that_ends_costs_nothing(self, news, fed, fetch, entered, skip, caplog):
        add(news, *(str(number) for number in range(50)))
        news.script("ARTICLE", nntpd.DROP, skip=skip, times=1)
        assert fetch() == {}
        assert "test.example.com: misc.test: ARTICLE" in caplog.text
        assert len(entered()) == skip
        fetch()
        assert entered() == [str(number) for number in range(50)]

    def test_a_commit_that_failed_only_seemingly_enters_nothing_twice(
        self, news, fed, fetch, entered, monkeypatch
    ):
        add(news, *"abc")
        run = Session.run

        def twice(self, work, **arguments):
            run(self, work, **arguments)
            return run(self, work, **arguments)

        monkeypatch.setattr("mmcore.database.Session.run", twice)
        fetch()
        monkeypatch.undo()
        assert entered() == ["a", "b", "c"]

    def test_a_crash_before_the_commit_leaves_everything_for_the_next_run(
        self, news, fed, fetch, entered, monkeypatch
    ):
        add(news, *"abc")

        def die(self):
            raise KeyboardInterrupt

        monkeypatch.setattr("mmcore.database.Session.commit", die)
        with pytest.raises(KeyboardInterrupt):
            fetch()
        monkeypatch.undo()
        assert entered() == []
        fetch()
        assert entered() == ["a", "b", "c"]

    def test_an_article_that_is_too_long_is_left_out(self, settings, news, fed, fetch, entered):
        settings.mmcore.max_message_bytes = 1000
        add(news, "a")
        news.add(GROUP, "Subject: b\n\n" + "x" * 2000)
        add(news, "c")
        fetch()
        assert entered() == ["a", "c"]

    def test_a_server_that_counts_anew_is_followed(self, news, fed, fetch, entered):
        fed.usenet_watermark = 500
        fed._p_jar.transaction_manager.commit()
        add(news, "a")
        assert fetch() == {"test.example.com": 0}
        assert fed.usenet_watermark == 1
        add(news, "b")
        fetch()
        assert entered() == ["b"]

    def test_an_empty_group_is_not_counted_anew(self, news, fed, fetch):
        fed.usenet_watermark = 500
        fed._p_jar.transaction_manager.commit()
        fetch()
        assert fed.usenet_watermark == 500

    def test_another_group_is_not_read_from_the_middle(self, news, fed, fetch, entered):
        add(news, "a", group=OTHER)
        fed.usenet_watermark = 7
        fed.linked_newsgroup = OTHER
        assert fed.usenet_watermark is None
        fed._p_jar.transaction_manager.commit()
        fetch()
        assert (fed.usenet_watermark, entered()) == (1, [])


class TestSeveralLists:
    @pytest.fixture
    def second(self, fed, site, session):
        second = site.lists.add("a@example.com")
        second.gateway_to_mail, second.linked_newsgroup = True, OTHER
        second.usenet_watermark = 0
        session.commit()
        session.begin()
        return second

    def test_all_share_a_connection(self, news, second, fetch):
        add(news, "a")
        add(news, "b", "c", group=OTHER)
        assert fetch() == {"a.example.com": 2, "test.example.com": 1}
        assert news.connections == 1

    def test_a_group_that_is_not_there_keeps_nobody_waiting(self, news, second, fetch, caplog):
        second.linked_newsgroup = "no.such.group"
        second._p_jar.transaction_manager.commit()
        add(news, "a")
        assert fetch() == {"a.example.com": 0, "test.example.com": 1}
        assert "no newsgroup no.such.group" in caplog.text

    def test_neither_does_one_that_ends_the_connection(self, news, second, fetch):
        news.script("GROUP", nntpd.DROP, match=OTHER)
        add(news, "a")
        assert fetch() == {"test.example.com": 1}

    def test_lists_without_a_gateway_are_not_asked_for(self, news, second, fetch):
        second.gateway_to_mail = False
        second._p_jar.transaction_manager.commit()
        assert fetch() == {"test.example.com": 0}

    def test_a_gateway_without_a_newsgroup_is_reported(self, fed, fetch, caplog):
        fed.linked_newsgroup = "not a group"
        fed._p_jar.transaction_manager.commit()
        assert fetch() == {}
        assert "linked_newsgroup 'not a group' is no name of a newsgroup" in caplog.text

    def test_lists_that_are_removed_are_forgotten(self, second, site):
        site.lists.remove(second)
        assert [mlist.list_id for mlist in site.lists.fed_by_news()] == ["test.example.com"]

    def test_without_any_nobody_is_called(self, settings, mlist, fetch):
        settings.nntp.port = 1
        assert fetch() == {}


class TestAlone:
    def test_two_do_not_fetch_at_the_same_time(self, settings, news, fed, fetch):
        with (settings.paths.lock_dir / "gatenews.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(GatewayBusyError):
                fetch()
        assert fetch() == {"test.example.com": 0}

    def test_even_two_hosts_that_do_enter_everything_once(
        self, engine, news, fed, database, entered, monkeypatch
    ):
        """The lock is there to save work; the mark is what counts."""
        add(news, *"abc")
        first, second = database.session(), database.session()
        run = type(first).run

        def other_first(self, work, **arguments):
            monkeypatch.setattr("mmcore.database.Session.run", run)
            fetch_news(engine, second)
            return run(self, work, **arguments)

        monkeypatch.setattr(gatenews.fcntl, "flock", lambda *arguments: None)
        monkeypatch.setattr("mmcore.database.Session.run", other_first)
        assert fetch_news(engine, first) == {"test.example.com": 0}
        first.close()
        second.close()
        assert entered() == ["a", "b", "c"]

    def test_a_server_that_is_away_is_an_error(self, settings, fed, fetch):
        settings.nntp.host, settings.nntp.port = "127.0.0.1", 1
        with pytest.raises(NewsServerError):
            fetch()
