"""The archiver `hyperkitty`: the requests of its plugin, and what may go wrong with them."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from mmcore.app import compose
from mmcore.archivers import hyperkitty
from mmcore.config import Settings
from mmcore.errors import ConfigurationError
from mmcore.interfaces.archiver import ArchiverUnavailableError, MessageRefusedError
from mmcore.message.headers import message_id_hash
from mmcore.message.message import Message
from mmcore.testing.archivers import ArchiverContract, list_named, post
from tests.support.ports import free_port

BAD_MOODS = ["error", "nonsense"]


class TestHyperKitty(ArchiverContract):
    name = "hyperkitty"

    @pytest.fixture(autouse=True)
    def kitty_of_the_test(self, kitty):
        self.kitty = kitty

    @pytest.fixture
    def options(self, kitty):
        return kitty.options

    def archived(self, engine, mlist):
        return [f"<{name}>" for name in self.kitty.archive[mlist.posting_address]]

    @contextmanager
    def out_of_order(self, engine):
        self.kitty.mood = "error"
        yield
        self.kitty.mood = "well"

    def test_a_message_is_posted_as_a_file(self, archiver, kitty, mlist):
        msg = post("a@example.com", "Größe\r\nFrom here\r\n--x")
        self.give(archiver, mlist, msg)
        assert kitty.posts == [("ant@example.com", msg.as_bytes())]
        assert kitty.requests == [("POST", "/hk/api/mailman/archive", "Token SecretKey")]

    def test_it_is_asked_for_the_url_of_a_list(self, archiver, kitty, mlist):
        assert archiver.list_url(mlist) == f"{kitty.url}/list/ant@example.com/"
        assert kitty.requests == [
            ("GET", "/hk/api/mailman/urls?mlist=ant%40example.com", "Token SecretKey")
        ]

    def test_it_is_asked_for_the_url_of_a_message(self, archiver, kitty, mlist):
        url = archiver.permalink(mlist, post("a+b@example.com"))
        value = message_id_hash("<a+b@example.com>")
        assert url == f"{kitty.url}/list/ant@example.com/message/{value}/"
        (request,) = kitty.requests
        assert (
            request[1] == "/hk/api/mailman/urls?mlist=ant%40example.com&msgid=a%2Bb%40example.com"
        )

    def test_urls_are_asked_for_once(self, archiver, kitty, mlist):
        for _ in range(3):
            archiver.list_url(mlist)
            archiver.permalink(mlist, post("a@example.com"))
        assert len(kitty.requests) == 2
        archiver.list_url(list_named("bee@example.com"))
        archiver.permalink(mlist, post("b@example.com"))
        assert len(kitty.requests) == 4

    def test_the_url_of_a_list_is_asked_for_again_later(self, archiver, kitty, mlist, monkeypatch):
        monkeypatch.setattr(hyperkitty, "LIST_URL_LIFE", -1.0)
        archiver.list_url(mlist)
        archiver.list_url(mlist)
        assert len(kitty.requests) == 2

    @pytest.mark.parametrize("field", [b"", b"Message-ID: <>\r\n", b"Message-ID: <\xff>\r\n"])
    def test_a_message_without_a_sound_id_has_no_url(self, archiver, kitty, mlist, field):
        assert archiver.permalink(mlist, Message.parse(field + b"\r\n")) is None
        assert kitty.requests == []

    def test_an_empty_url_is_none(self, archiver, kitty, mlist, monkeypatch):
        monkeypatch.setattr(kitty, "_url", lambda mlist, message_id: b'{"url": ""}')
        assert archiver.list_url(mlist) is None

    @pytest.mark.parametrize("mood", BAD_MOODS)
    def test_an_answer_without_sense_is_none(self, archiver, kitty, mlist, mood):
        kitty.mood = mood
        for ask in (
            lambda: archiver.list_url(mlist),
            lambda: archiver.permalink(mlist, post("a@example.com")),
            lambda: self.give(archiver, mlist, post("a@example.com")),
        ):
            with pytest.raises(ArchiverUnavailableError, match=r"/hk/api/mailman/.* no sense"):
                ask()
        kitty.mood = "well"
        assert archiver.list_url(mlist)
        assert archiver.permalink(mlist, post("a@example.com"))

    @pytest.mark.parametrize(
        "answer",
        [b"", b"[]", b"{}", b'{"url": 1}', b'{"url": null}', b"[" * 60_000, b"x" * 70_000],
    )
    def test_whatever_it_answers_is_coped_with(self, archiver, kitty, mlist, monkeypatch, answer):
        monkeypatch.setattr(kitty, "answer", lambda handler, body: (200, answer))
        with pytest.raises(ArchiverUnavailableError):
            archiver.list_url(mlist)
        with pytest.raises(ArchiverUnavailableError):
            self.give(archiver, mlist, post("a@example.com"))

    def test_a_redirection_is_no_answer(self, archiver, kitty, mlist, monkeypatch):
        monkeypatch.setattr(kitty, "answer", lambda handler, body: (302, b""))
        with pytest.raises(ArchiverUnavailableError, match="status 302"):
            self.give(archiver, mlist, post("a@example.com"))

    def test_a_message_that_is_too_large_is_refused_for_good(self, archiver, kitty, mlist):
        kitty.mood = "large"
        with pytest.raises(MessageRefusedError):
            self.give(archiver, mlist, post("a@example.com"))

    def test_a_wrong_key_is_an_error(self, archiver, kitty, mlist):
        archiver.options["api_key"] = "guess"
        with pytest.raises(ArchiverUnavailableError, match="401: 'The api key is wrong'"):
            self.give(archiver, mlist, post("a@example.com"))

    def test_nobody_there_is_an_error_at_once(self, archiver, mlist):
        archiver.options["base_url"] = f"http://127.0.0.1:{free_port()}"
        started = time.monotonic()
        with pytest.raises(ArchiverUnavailableError, match="ConnectError"):
            archiver.list_url(mlist)
        assert time.monotonic() - started < 5

    @pytest.mark.parametrize(
        "url", ["", "kitty", "http://[", "ftp://x.example.com", "http://a\x00"]
    )
    def test_a_url_that_is_none_is_an_error(self, archiver, mlist, url):
        archiver.options["base_url"] = url
        with pytest.raises(ArchiverUnavailableError):
            archiver.list_url(mlist)

    def test_nobody_waits_for_it_for_long(self, archiver, kitty, mlist, monkeypatch):
        monkeypatch.setattr(hyperkitty, "ARCHIVE_SECONDS", 0.3)
        kitty.mood = "deaf"
        started = time.monotonic()
        with pytest.raises(ArchiverUnavailableError, match="ReadTimeout"):
            archiver.list_url(mlist)
        assert time.monotonic() - started < 5
        with pytest.raises(ArchiverUnavailableError, match="ReadTimeout"):
            self.give(archiver, mlist, post("a@example.com"))


class TestSettings:
    @pytest.mark.parametrize("text", ["", "base_url = http://x\n", "api_key = x\n"])
    def test_it_has_to_know_where_and_with_which_key(self, tmp_path, text):
        path = tmp_path / "kitty.ini"
        path.write_text(f"[general]\n{text}")
        section = {"enable": "yes", "configuration": "kitty.ini"}
        settings = Settings.defaults(tmp_path / "v", {"archiver.hyperkitty": section})
        # Paths are seen from the ini file.
        settings.source = tmp_path / "test.ini"
        with pytest.raises(ConfigurationError, match=r"\[archiver.hyperkitty\] configuration: a "):
            compose(settings, "test")

    def test_there_may_be_two(self, tmp_path):
        values = {}
        for name in ("one", "two"):
            (tmp_path / f"{name}.ini").write_text(
                f"[general]\nbase_url = http://{name}\napi_key = 100%\n"
            )
            values[f"archiver.{name}"] = {
                "class": "mmcore.archivers.hyperkitty.HyperKitty",
                "enable": "yes",
                "configuration": str(tmp_path / f"{name}.ini"),
            }
        settings = Settings.defaults(tmp_path / "v", values)
        settings.ensure_dirs()
        engine = compose(settings, "test")
        assert engine.archivers["two"].name == "two"
        assert engine.archivers["two"].options == {"base_url": "http://two", "api_key": "100%"}
        assert engine.archivers["one"].options["base_url"] == "http://one"
        engine.close()
