"""Texts of notices from elsewhere, over a real HTTP server."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mmcore.services import template_fetch, template_uris
from mmcore.services.templates import load, render
from tests.support.web import Web

HOLD = "list:user:notice:hold"
OURS = "Your mail to"


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    template_uris.forget()
    yield
    template_uris.forget()


@pytest.fixture
def text(settings: Any, mlist: Any) -> Callable[..., str]:
    """The text of the notice that the tests are about."""
    return lambda language=None: load(settings, HOLD, mlist, language)


class TestLevels:
    def test_the_list_goes_before_its_domain_and_that_before_the_site(self, text, mlist, web):
        assert text().startswith(OURS)
        for level, path in ((mlist.site, "/site"), (mlist.domain, "/domain"), (mlist, "/list")):
            level.uris.set(HOLD, web.text(path, path))
            assert text() == path

    def test_a_uri_goes_before_a_file_of_the_site(self, text, settings, mlist, web):
        folder = settings.paths.template_dir / "lists/test.example.com/en"
        folder.mkdir(parents=True)
        (folder / "list.user.notice.hold.txt").write_text("file")
        assert text() == "file"
        mlist.site.uris.set(HOLD, web.text("/site", "site"))
        assert text() == "site"

    def test_other_names_are_not_concerned(self, settings, mlist, web):
        mlist.uris.set("list:user:notice:welcome", web.text("/a", "a"))
        assert load(settings, HOLD, mlist).startswith(OURS)

    def test_placeholders_of_the_text_are_filled_in(self, engine, mlist, web):
        mlist.uris.set(HOLD, web.text("/a", "$listname: $subject"))
        assert render(engine, HOLD, mlist, subject="Hi") == "test@example.com: Hi"

    def test_a_footer_from_elsewhere_is_used_by_posts(self, engine, mlist, web):
        mlist.uris.set("list:member:regular:footer", web.text("/f", "-- \r\n$display_name\r\n"))
        assert engine.handlers["decorate"].texts(mlist, {})[1] == "-- \nTest\n"


class TestPlaceholdersOfUris:
    def test_they_name_list_domain_and_language(self, text, mlist, web):
        web.text("/test.example.com/test@example.com/example.com?lang=de", "found")
        uri = f"{web.url}/$list_id/${{listname}}/$domain_name?lang=$language"
        mlist.site.uris.set(HOLD, uri)
        assert text("de") == "found"

    def test_without_a_language_it_is_the_lists(self, text, mlist, web):
        mlist.preferred_language = "fr"
        mlist.uris.set(HOLD, web.url + "/$language")
        web.text("/fr", "bonjour")
        assert text() == "bonjour"

    def test_others_stay(self, text, mlist, web):
        web.text("/$nope", "found")
        mlist.uris.set(HOLD, web.url + "/$nope")
        assert text() == "found"


class TestHttp:
    def test_credentials_are_sent(self, text, mlist, web):
        mlist.uris.set(HOLD, web.text("/a", "a"), "anne", "grüße")
        assert text() == "a"
        expected = base64.b64encode("anne:grüße".encode()).decode()
        assert web.asked == [("/a", f"Basic {expected}")]

    def test_without_credentials_none_are_sent(self, text, mlist, web):
        mlist.uris.set(HOLD, web.text("/a", "a"))
        assert text() == "a"
        assert web.asked == [("/a", None)]

    def test_what_is_not_there_is_the_empty_text(self, text, mlist, web):
        mlist.uris.set(HOLD, web.url + "/nope")
        assert text() == ""

    def test_redirections_are_followed(self, text, mlist, web):
        web.answers["/a"] = (302, {"Location": web.text("/b", "b")}, b"")
        mlist.uris.set(HOLD, web.url + "/a")
        assert text() == "b"

    @pytest.mark.parametrize(
        ("kind", "body", "expected"),
        [
            ("text/plain; charset=iso-8859-1", b"gr\xfcn", "grün"),
            ("text/plain", "grün".encode(), "grün"),
            ("text/plain; charset=nonsense", "grün".encode(), "grün"),
            ("text/plain; charset=utf-8", b"gr\xfcn", "gr\ufffdn"),
            ("text/plain", b"one\r\ntwo\r\n", "one\ntwo\n"),
        ],
    )
    def test_text_is_decoded(self, text, mlist, web, kind, body, expected):
        web.answers["/a"] = (200, {"Content-Type": kind}, body)
        mlist.uris.set(HOLD, web.url + "/a")
        assert text() == expected


class TestFailure:
    @pytest.mark.parametrize(
        "answer",
        [
            (500, {}, b""),
            (401, {}, b"who are you?"),
            (204, {}, b""),
            (302, {"Location": "/a"}, b""),
            (302, {"Location": "ftp://localhost/"}, b""),
            (200, {"Content-Encoding": "gzip"}, b"x"),
            (200, {}, b"x" * (template_uris.template_files.MAX_BYTES + 1)),
            (200, {"Content-Length": "100"}, b"short"),
        ],
    )
    def test_next_level_is_asked(self, text, mlist, web, answer, caplog):
        web.answers["/a"] = answer
        mlist.uris.set(HOLD, web.url + "/a")
        assert text().startswith(OURS)
        assert f"{HOLD} of test.example.com: {web.url}/a: " in caplog.text
        # What the host cannot answer is not asked again for a while, whoever asks.
        template_uris._hosts.clear()
        mlist.domain.uris.set(HOLD, web.text("/domain", "domain"))
        assert text() == "domain"

    @pytest.mark.parametrize(
        "uri",
        [
            "not a uri", "ftp://example.com/x", "http://", "http://[", "http://a b/", "http:///x",
            "http://example.com:port/", "http://\u2603.\ud7ff.example/", "file:///nowhere",
            "file:///tmp", "file:///dev/zero", "file://elsewhere/etc/hosts", "file:x",
            "file:///%00", "mailman:///", "mailman:///nope", "mailman:///xx/list:user:notice:hold.txt",
            "mailman:///a/b/c/d", "mailman://host/x", "mailman:///nope/en/x", "mmcore:",
            "$list_id", "http://127.0.0.1:1/", "http://x.invalid/",
        ],
    )  # fmt: skip
    def test_nonsense_is_logged_and_passed_over(self, text, mlist, uri, caplog):
        mlist.uris.set(HOLD, uri)
        assert text().startswith(OURS)
        assert len(caplog.records) == 1
        # The second time it costs nothing and says nothing.
        assert text().startswith(OURS)
        assert len(caplog.records) == 1

    def test_it_is_tried_again_after_a_while(self, text, mlist, web, monkeypatch):
        monkeypatch.setattr(template_uris, "FAILURE_LIFE", 0.0)
        web.answers["/a"] = (500, {}, b"")
        mlist.uris.set(HOLD, web.url + "/a")
        assert text().startswith(OURS)
        web.text("/a", "a")
        assert text() == "a"

    def test_a_host_that_is_silent_is_not_waited_for_twice(self, text, mlist, web, monkeypatch):
        monkeypatch.setattr(template_uris, "FETCH_SECONDS", 0.3)
        web.answers["/slow"] = lambda handler: web.closing.wait(20)
        mlist.uris.set(HOLD, web.url + "/slow")
        mlist.domain.uris.set(HOLD, web.text("/domain", "domain"))
        began = time.monotonic()
        assert text().startswith(OURS)
        assert time.monotonic() - began < 10
        assert web.paths() == ["/slow"]

    def test_a_server_that_drips_is_cut_off(self, text, mlist, web, monkeypatch):
        monkeypatch.setattr(template_uris, "FETCH_SECONDS", 0.3)

        def drip(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not web.closing.wait(0.05):
                handler.wfile.write(b"X-Drip: 1\r\n")

        def drip_text(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while not web.closing.wait(0.05):
                    handler.wfile.write(b"x")
            except OSError:
                pass  # the other side has had enough

        for path, answer in (("/a", drip), ("/b", drip_text)):
            template_uris.forget()
            web.answers[path] = answer
            mlist.uris.set(HOLD, web.url + path)
            began = time.monotonic()
            assert text().startswith(OURS)
            assert time.monotonic() - began < 10

    def test_all_levels_together_have_a_limit(self, text, mlist, web, monkeypatch, caplog):
        monkeypatch.setattr(template_uris, "TOTAL_SECONDS", 0.0)
        mlist.uris.set(HOLD, web.text("/a", "a"))
        assert text().startswith(OURS)
        assert web.paths() == []
        assert "no time left" in caplog.text

    def test_passwords_are_not_logged(self, text, mlist, web, caplog):
        caplog.set_level(logging.DEBUG, "mmcore")
        web.answers["/a"] = (500, {}, b"")
        for path in ("/a", "/nope"):
            mlist.uris.set(HOLD, f"{web.url}{path}".replace("//", "//anne:s3cret@"))
            text()
        assert web.asked[0][1] is not None
        assert "127.0.0.1" in caplog.text
        assert "s3cret" not in caplog.text


class TestKeeping:
    def test_a_text_is_fetched_once(self, text, mlist, web):
        mlist.uris.set(HOLD, web.text("/a", "one"))
        assert text() == "one"
        web.text("/a", "two")
        assert text() == "one"
        assert web.paths() == ["/a"]

    def test_until_its_life_ends(self, text, settings, mlist, web):
        settings.mmcore.cache_life *= 0
        mlist.uris.set(HOLD, web.text("/a", "one"))
        assert text() == "one"
        web.text("/a", "two")
        assert text() == "two"

    def test_or_it_is_set_anew(self, text, mlist, web):
        mlist.uris.set(HOLD, web.text("/a", "one"))
        assert text() == "one"
        web.text("/a", "two")
        mlist.uris.set(HOLD, f"{web.url}/a")
        assert text() == "two"

    def test_not_too_many_are_kept(self):
        kept = template_uris.Kept(most=2)
        for key in ("a", "b", "a", "c"):
            kept.put(key, key, 60)
        assert [kept.get(key) for key in ("a", "b", "c")] == [("a",), None, ("c",)]


class TestFiles:
    def test_a_file_is_read_and_read_again_when_it_changes(self, text, mlist, tmp_path: Path):
        path = tmp_path / "my text $list_id.txt"
        path.with_name("my text test.example.com.txt").write_text("one", encoding="utf-8")
        mlist.uris.set(HOLD, path.as_uri().replace("%24", "$"))
        assert text() == "one"
        path.with_name("my text test.example.com.txt").write_text("other", encoding="utf-8")
        assert text() == "other"

    def test_an_empty_file_is_meant(self, text, mlist, tmp_path: Path):
        (tmp_path / "empty").touch()
        mlist.uris.set(HOLD, f"file://localhost{tmp_path}/empty")
        assert text() == ""


class TestOwnTexts:
    @pytest.fixture(autouse=True)
    def files(self, settings):
        for place in (
            "site/en",
            "site/de",
            "lists/test.example.com/en",
            "lists/test.example.com/de",
        ):
            folder = settings.paths.template_dir / place
            folder.mkdir(parents=True)
            (folder / "list.user.notice.hold.txt").write_text(place)

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("list:user:notice:hold.txt", "site/en"),
            ("list:user:notice:hold", "site/en"),
            ("de/list:user:notice:hold.txt", "site/de"),
            ("$listname/list:user:notice:hold.txt", "lists/test.example.com/en"),
            ("test.example.com/list:user:notice:hold.txt", "lists/test.example.com/en"),
            ("$list_id/de/list:user:notice:hold.txt", "lists/test.example.com/de"),
        ],
    )
    @pytest.mark.parametrize("scheme", ["mailman", "mmcore"])
    def test_they_have_uris_too(self, text, mlist, path, expected, scheme):
        mlist.uris.set(HOLD, f"{scheme}:///{path}")
        assert text() == expected

    def test_the_language_is_the_one_asked_for(self, text, mlist):
        mlist.uris.set(HOLD, "mailman:///list:user:notice:hold.txt")
        assert text("de") == "site/de"


class TestFetch:
    def test_an_attempt_that_is_late_is_given_up(self, monkeypatch):
        monkeypatch.setattr(template_fetch, "_attempt", lambda *args: time.sleep(1) or "late")
        with pytest.raises(template_fetch.HostDownError):
            template_fetch.fetch("http://localhost/", None, 0.05, 10)
