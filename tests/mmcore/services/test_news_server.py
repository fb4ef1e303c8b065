"""A news server, as the gateway sees it; at the other end is a strict one."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from mmcore.services.news_server import (
    InterruptedPostError,
    NewsServer,
    NewsServerError,
    RejectedArticleError,
)
from tests.support import nntpd

GROUP = "misc.test"
POST = (
    b"From: a@example.com\r\nNewsgroups: misc.test\r\nSubject: Hello\r\n"
    b"Message-ID: <1@example.com>\r\n\r\nHello.\r\n"
)


@pytest.fixture
def news():
    with nntpd.NewsServer(GROUP, "misc.empty") as news:
        yield news


@pytest.fixture
def connect(settings, news):
    """Connect to it as the settings say."""
    settings.nntp.host, settings.nntp.port = "127.0.0.1", news.port
    settings.nntp.timeout = timedelta(seconds=5)
    servers = []

    def connect() -> NewsServer:
        servers.append(NewsServer(settings))
        return servers[-1]

    yield connect
    for server in servers:
        server.close()


def add(news, *numbers, text="Hello.\n"):
    for number in numbers:
        news.add(GROUP, f"Message-ID: <n{number}@news.test>\nSubject: {number}\n\n{text}", number)


class TestConnecting:
    def test_a_reader_is_served_at_once(self, news, connect):
        connect()
        assert [line.split()[0] for line in news.commands] == ["CAPABILITIES"]

    def test_a_transit_server_is_asked_for_its_reader(self, news, connect):
        news.mode_switching = True
        assert connect().group(GROUP) == (0, 1, 0)
        assert "mode reader" in [line.lower() for line in news.commands]

    def test_an_account_is_used_if_there_is_one(self, settings, news, connect):
        news.account = ("ann", "secret")
        settings.nntp.user, settings.nntp.password = "ann", "secret"
        assert connect().group(GROUP) == (0, 1, 0)

    def test_a_wrong_password_is_a_fault_of_the_server(self, settings, news, connect):
        news.account = ("ann", "secret")
        settings.nntp.user, settings.nntp.password = "ann", "wrong"
        with pytest.raises(NewsServerError, match="481"):
            connect()

    @pytest.mark.parametrize("action", ["400 Come back later", "502 Not you", nntpd.DROP])
    def test_a_server_that_does_not_want_us(self, news, connect, action):
        news.script("CONNECT", action)
        with pytest.raises(NewsServerError, match="news server 127"):
            connect()

    def test_nobody_is_there(self, settings, news, connect):
        settings.nntp.port = 1
        with pytest.raises(NewsServerError, match=r"news server 127\.0\.0\.1:1"):
            connect()

    def test_a_silent_one_is_not_waited_for(self, settings, news, connect):
        settings.nntp.timeout = timedelta(seconds=0.2)
        news.script("CONNECT", nntpd.STALL)
        start = time.monotonic()
        with pytest.raises(NewsServerError, match="timed out"):
            connect()
        assert time.monotonic() - start < 10

    def test_an_answer_that_takes_too_long_ends_it(self, news, connect):
        add(news, 1)
        server = connect()
        server.group(GROUP)
        server._seconds = -1
        with pytest.raises(NewsServerError, match="takes too long"):
            server.article(1)


class TestReading:
    def test_a_group_has_a_first_and_a_last_article(self, news, connect):
        add(news, 7, 9)
        assert connect().group(GROUP) == (2, 7, 9)

    def test_a_group_that_is_not_there(self, connect):
        assert connect().group("misc.nope") is None

    @pytest.mark.parametrize("has_over", [True, False])
    def test_articles_have_numbers(self, news, connect, has_over):
        news.has_over = has_over
        add(news, 7, 9)
        server = connect()
        server.group(GROUP)
        found = [number for number in server.numbers(5, 8) if server.article(number)]
        assert found == [7]
        assert [n for n in server.numbers(10, 12) if server.article(n)] == []

    def test_overviews_that_cannot_be_read_do_without(self, news, connect):
        add(news, 7)
        news.script("LIST", "215 Order\r\nNonsense:\r\n.")
        server = connect()
        server.group(GROUP)
        assert server.numbers(7, 8) == [7, 8]

    def test_an_article_comes_byte_by_byte(self, news, connect):
        text = "..two\n.one\n.\nFrom me\n" + "x" * 5000 + "\nGr\u00fc\u00dfe\n"
        add(news, 1, text=text)
        server = connect()
        server.group(GROUP)
        body = server.article(1).partition(b"\r\n\r\n")[2]
        assert body == text.replace("\n", "\r\n").encode()

    def test_one_that_is_gone_is_none(self, news, connect):
        add(news, 1, 2)
        news.cancel(GROUP, 1)
        server = connect()
        server.group(GROUP)
        assert server.article(1) is None
        assert server.article(2)

    def test_one_that_the_server_stumbles_over_is_none(self, news, connect):
        add(news, 1)
        news.script("ARTICLE", "503 Article database is damaged")
        server = connect()
        server.group(GROUP)
        assert server.article(1) is None

    @pytest.mark.parametrize("text", ["x" * 2000, "x\n" * 1000])
    def test_one_that_is_too_long_is_empty_and_the_next_is_not(
        self, settings, news, connect, text
    ):
        settings.mmcore.max_message_bytes = 1000
        add(news, 1, text=text)
        add(news, 2)
        server = connect()
        server.group(GROUP)
        assert server.article(1) == b""
        assert server.article(2).endswith(b"Hello.\r\n")

    def test_a_server_that_goes_away_is_an_error(self, news, connect):
        add(news, 1)
        news.script("ARTICLE", nntpd.DROP)
        server = connect()
        server.group(GROUP)
        with pytest.raises(NewsServerError, match="ARTICLE 1"):
            server.article(1)

    @pytest.mark.parametrize("verb", ["GROUP", "OVER", "ARTICLE", "HEAD"])
    def test_so_is_one_that_has_no_time(self, news, connect, verb):
        add(news, 1)
        news.script(verb, "400 Going down")
        server = connect()
        with pytest.raises(NewsServerError, match="400 Going down"):
            server.group(GROUP)
            server.numbers(1, 1)
            server.article(1)
            server.groups_of("<n1@news.test>")

    def test_whether_an_article_is_there_and_where(self, news, connect):
        server = connect()
        assert server.groups_of("<1@example.com>") is None
        server.post(POST.replace(b"misc.test", b"misc.test, misc.empty"))
        assert server.groups_of("<1@example.com>") == {"misc.test", "misc.empty"}


class TestPosting:
    def test_an_article_arrives_byte_by_byte(self, news, connect):
        body = b".\r\n..dots\r\n.dot\r\n\xe4\r\n" + b"y" * 3000 + b"\r\n"
        connect().post(POST.replace(b"Hello.\r\n", body))
        assert news.posted[0].body == body

    def test_a_duplicate_is_rejected(self, connect):
        server = connect()
        server.post(POST)
        with pytest.raises(RejectedArticleError, match="441 435") as caught:
            server.post(POST)
        assert caught.value.says_duplicate

    def test_one_that_is_none_is_rejected_and_not_for_being_known(self, connect):
        with pytest.raises(RejectedArticleError, match="441 2 From") as caught:
            connect().post(b"From: b@example.com\r\n" + POST)
        assert not caught.value.says_duplicate

    @pytest.mark.parametrize("reply", ["440 Not you", "480 Who?", "400 Later", "502 Never"])
    def test_a_server_that_takes_nothing(self, news, connect, reply):
        news.script("POST", reply)
        with pytest.raises(NewsServerError, match=reply) as caught:
            connect().post(POST)
        assert not isinstance(caught.value, InterruptedPostError)

    @pytest.mark.parametrize("action", [nntpd.DROP, nntpd.SWALLOW_REPLY])
    def test_when_the_connection_ends_nobody_knows(self, news, connect, action):
        news.script("DOT", action)
        with pytest.raises(InterruptedPostError):
            connect().post(POST)
        assert len(news.posted) == (action == nntpd.SWALLOW_REPLY)
