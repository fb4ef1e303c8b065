"""`mmcore gatenews`."""

from __future__ import annotations

import fcntl

import pytest

from mmcore.app import database_of, ensure_site
from mmcore.config import load
from tests.support.nntpd import NewsServer


@pytest.fixture
def news(ini):
    with NewsServer("misc.test") as news:
        with ini.open("a") as file:
            file.write(f"[nntp]\nhost = 127.0.0.1\nport = {news.port}\ntimeout = 5s\n")
        yield news


@pytest.fixture
def served(ini, news):
    """A database that is served all the time, with a list that is fed."""
    settings = load(ini)
    with database_of(settings) as database:
        session = database.session()
        ensure_site(session, settings)
        session.begin().domains.add("example.com")
        mlist = session.site.lists.add("ant@example.com")
        mlist.gateway_to_mail, mlist.linked_newsgroup = True, "misc.test"
        mlist.usenet_watermark = 0
        session.commit()
        yield session
        session.close()


class TestGatenews:
    def test_it_says_how_many_articles_each_list_has_got(self, mmcore, served, news):
        news.add("misc.test", "From: u@example.net\nSubject: a\n\n")
        result = mmcore("gatenews")
        assert (result.output, result.exit_code) == ("ant.example.com: 1\n", 0)
        assert mmcore("gatenews").output == "ant.example.com: 0\n"
        assert len(served.begin().queues["in"]) == 1

    def test_without_lists_it_says_nothing(self, mmcore, news):
        result = mmcore("gatenews")
        assert (result.output, result.exit_code) == ("", 0)

    def test_a_server_that_is_away_is_an_error(self, mmcore, served, news):
        news.script("CONNECT", "400 Later")
        result = mmcore("gatenews")
        assert result.exit_code == 1
        assert "400 Later" in result.output

    def test_so_is_another_process_that_does_it(self, ini, mmcore, served):
        with (load(ini).paths.lock_dir / "gatenews.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = mmcore("gatenews")
        assert result.exit_code == 1
        assert "another process fetches news" in result.output
