"""What the first lines say, and when."""

import pytest

from mmcore.config import Settings
from mmcore.processes.banner import Announcer, places


@pytest.fixture
def settings(tmp_path):
    return Settings.defaults(
        tmp_path, {"webservice": {"admin_pass": "restpass"}, "mta": {"outgoing": "maildir"}}
    )


class TestPlaces:
    def test_rest_lmtp_caught_mail_and_what_to_try(self, settings):
        text = places(settings)
        assert "http://localhost:8001/3.1\n" in text
        assert "127.0.0.1:8024\n" in text
        assert f"{settings.paths.caught_dir}\n" in text
        assert text.endswith(
            "curl -u restadmin:restpass http://localhost:8001/3.1/system/versions"
        )

    def test_smarthost(self, settings):
        settings.mta.outgoing = "smtp"
        assert "localhost:25 (SMTP)" in places(settings)

    def test_all_mail_goes_to_one(self, settings):
        settings.devmode.enabled, settings.devmode.recipient = True, "dev@example.com"
        assert f"{settings.paths.caught_dir}, all of it for dev@example.com\n" in places(settings)

    def test_public_pages(self, settings):
        assert "public pages" not in places(settings)
        settings.runners["public"].start = True
        for url in ("", "http://127.0.0.1:8002/"):
            settings.public.url = url
            assert "public pages   http://127.0.0.1:8002\n" in places(settings)
        settings.public.url = "https://lists.example.com"
        assert "https://lists.example.com (served on http://127.0.0.1:8002)\n" in places(settings)

    def test_a_password_that_is_secret_is_not_printed(self, settings):
        settings.webservice.admin_pass = "tops3cret"
        assert "tops3cret" not in places(settings)
        assert "curl -u restadmin http" in places(settings)


class TestAnnouncer:
    def test_once_when_both_answer(self, settings, capsys):
        announcer = Announcer(settings, {"rest", "lmtp", "in"})
        announcer.ready("in")
        announcer.ready("rest")
        assert capsys.readouterr().out == ""
        announcer.ready("lmtp")
        assert "curl" in capsys.readouterr().out
        announcer.ready("lmtp")
        assert capsys.readouterr().out == ""

    def test_only_what_was_started_is_waited_for(self, settings, capsys):
        Announcer(settings, {"rest"}).ready("rest")
        assert "curl" in capsys.readouterr().out
