"""The application as a whole: what is there, what every answer says, and when it cannot answer."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transaction.interfaces import TransientError

from mmcore.database import Session
from mmcore.errors import StorageUnavailableError
from mmcore.public.html import POLICY
from mmcore.public.wsgi import make_app
from mmcore.settings_types import NETWORKS

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"

#: One application for all examples: they change nothing that the others see.
many = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
wild_bytes = st.binary(max_size=300) | st.sampled_from([
    b"List-Unsubscribe=One-Clic", b"--x\r\n\r\n--x--", b"leav", b"=&=&%", b"--x\nContent-",
])  # fmt: skip
kinds = st.sampled_from([
    FORM, "multipart/form-data; boundary=x", "multipart/form-data", "multipart/", "",
    'multipart/form-data; boundary="', "multipart/form-data; boundary*0*=utf-8''x", "text/html",
]) | st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40)  # fmt: skip


class TestWhatIsThere:
    @pytest.mark.parametrize(
        "path",
        ["/", "/unsubscribe", "/unsubscribe/", "/unsubscribe/a/b", "/3.1", "/3.1/lists", "/lists",
         "/robots.txt", "/favicon.ico", "/unsubscribe/../3.1", "//", "/static/page.html"],
    )  # fmt: skip
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_nothing_else(self, web, method, path):
        page = web.request(path, method=method, status=404)
        assert page.html.h1.text == "There is no such page"

    def test_a_path_that_is_no_text(self, web):
        answer = web.get("/unsubscribe/%ff%fe", status=404)
        assert answer.html.h1.text == "There is no such page"

    @many
    @given(st.text(st.characters(codec="utf-8", exclude_characters="/?#"), max_size=80))
    def test_any_token_can_be_tried(self, web, token):
        for method in ("GET", "POST"):
            environ = {"PATH_INFO": f"/unsubscribe/{token}".encode().decode("latin-1")}
            assert web.request("/", method=method, environ=environ, status="*").status_int in (
                400,
                404,
            )

    @many
    @given(st.binary(max_size=60), st.sampled_from(["GET", "POST", "PUT", "HEAD"]))
    def test_any_path_can_be_asked_for(self, web, path, method):
        environ = {"PATH_INFO": "/" + path.decode("latin-1")}
        web.request("/", method=method, environ=environ, status=404)

    @many
    @given(wild_bytes, kinds, st.text(st.characters(codec="latin-1"), max_size=30))
    def test_any_body_can_be_posted(self, web, link, body, kind, accept):
        environ = {"HTTP_ACCEPT_LANGUAGE": accept, "CONTENT_TYPE": kind}
        page = web.request(link, method="POST", body=body, environ=environ, status=400)
        assert page.html.button


class TestEveryAnswer:
    @pytest.fixture(
        params=["page", "left", "ended", "program", "unknown", "nowhere", "405", "413"]
    )
    def answer(self, request, web, link):
        match request.param:
            case "page":
                return web.get(link)
            case "left":
                return web.post(link, "leave=yes")
            case "ended":
                web.post(link, ONE_CLICK)
                return web.get(link)
            case "program":
                return web.post(link, ONE_CLICK)
            case "unknown":
                return web.get("/unsubscribe/x", status=404)
            case "405":
                return web.put(link, status=405)
            case "413":
                return web.post(link, "x" * 20_000, status=413)
        return web.get("/", status=404)

    def test_is_kept_by_nobody_and_leads_nowhere(self, answer):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Set-Cookie" not in answer.headers
        assert "Location" not in answer.headers

    def test_needs_no_script_and_nothing_from_elsewhere(self, answer):
        if answer.content_type != "text/html":
            return
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert "default-src 'none'" in POLICY
        html = answer.html
        assert not html.find_all(["script", "link", "img", "iframe", "object"])
        assert not html.find_all(src=True)
        assert all(a["href"].startswith("mailto:") for a in html.find_all("a"))
        assert not html.find_all(style=True)

    def test_can_be_read_by_a_machine_that_reads_aloud(self, answer):
        if answer.content_type != "text/html":
            return
        html = answer.html
        assert (html.html["lang"], html.html["dir"]) == ("en", "ltr")
        assert len(html.find_all("h1")) == len(html.find_all("main")) == 1
        assert html.title.text == html.h1.text
        assert "width=device-width" in html.find("meta", {"name": "viewport"})["content"]


class TestTrouble:
    def test_with_the_storage_away_nobody_is_told_that_it_is_done(self, web, link, monkeypatch):
        def away(*args, **keywords):
            raise StorageUnavailableError("the storage is away")

        monkeypatch.setattr(Session, "begin", away)
        for answer in (
            web.get(link, status=503),
            web.post(link, ONE_CLICK, status=503),
            web.post(link, "leave=yes", status=503),
        ):
            assert answer.headers["Retry-After"] == "60"
            assert answer.html.h1.text == "Please try again in a few minutes"

    @pytest.mark.parametrize("error", [ConnectionError, StorageUnavailableError])
    def test_nor_when_the_commit_fails(self, web, link, monkeypatch, there, error):
        def broken(session):
            raise error("gone")

        with monkeypatch.context() as patch:
            patch.setattr(Session, "commit", broken)
            web.post(link, ONE_CLICK, status=503)
            assert "You have left" not in web.post(link, "leave=yes", status=503)
        assert there()
        web.post(link, ONE_CLICK, status=200)

    def test_after_a_conflict_it_is_done_again(self, web, link, monkeypatch, there, mails):
        commit, failures = Session.commit, [TransientError("conflict")]

        def conflicting(session):
            if failures:
                raise failures.pop()
            commit(session)

        monkeypatch.setattr(Session, "commit", conflicting)
        page = web.post(link, "leave=yes", status=200)
        assert page.html.h1.text == "You have left Test"
        assert not failures
        assert not there()

    def test_a_fault_of_ours_is_logged_and_not_told(self, web, link, monkeypatch, caplog):
        def faulty(*args):
            raise RuntimeError("secret details")

        monkeypatch.setattr("mmcore.public.views.subscription_of", faulty)
        answer = web.get(link, status=500)
        assert "secret details" not in answer
        assert "secret details" in caplog.text
        assert link.rpartition("/")[2] not in caplog.text


class TestLog:
    def test_a_token_is_in_no_line(self, web, link, caplog):
        caplog.set_level(logging.DEBUG, "mmcore")
        token = link.rpartition("/")[2]
        web.get(link)
        web.get(f"/lists{link}", status=404)
        web.post(link, ONE_CLICK)
        assert "GET /unsubscribe/..." in caplog.text
        assert "/lists/unsubscribe/... 404" in caplog.text
        for part in (token, *token.split(".")[1:]):
            assert part not in caplog.text

    def test_who_has_left_is(self, web, link, caplog):
        caplog.set_level(logging.INFO)
        web.post(link, ONE_CLICK, extra_environ={"REMOTE_ADDR": "192.0.2.7"})
        assert (
            "aperson@example.com left test.example.com by one click, from 192.0.2.7" in caplog.text
        )
        caplog.clear()
        web.post(link, ONE_CLICK)
        assert caplog.text == ""

    def test_what_is_asked_for_breaks_no_line(self, web, caplog):
        caplog.set_level(logging.DEBUG, "mmcore.public.access")
        environ = {"PATH_INFO": "/a\nb\x1b", "REMOTE_ADDR": ""}
        web.request("/", environ=environ, status=404)
        [record] = [each for each in caplog.records if each.name == "mmcore.public.access"]
        assert "GET /a%0Ab%1B 404" in record.getMessage()

    def test_a_trusted_proxy_says_for_whom(self, engine, database, settings, link, web, caplog):
        settings.public.trusted_proxies = NETWORKS.parse("127.0.0.1")
        caplog.set_level(logging.INFO)
        web.app = make_app(engine, database, settings)
        environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
        web.post(link, ONE_CLICK, extra_environ=environ)
        assert "from 198.51.100.7" in caplog.text
