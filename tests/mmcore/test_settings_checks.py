"""Settings that cannot work together, and keys that are not there."""

from __future__ import annotations

import pytest

from mmcore.config import Settings
from mmcore.errors import ConfigurationError
from mmcore.settings_checks import check_key_files, key_path
from tests.support.keys import RSA

ARC = {"enabled": "yes", "privkey": str(RSA), "selector": "s", "domain": "example.com"}
DKIM = {"enabled": "yes", "privkey": str(RSA), "selector": "s"}


@pytest.fixture
def complaint(tmp_path):
    """What is said about sections of settings."""

    def complaint(**sections):
        with pytest.raises(ConfigurationError) as error:
            Settings.defaults(tmp_path, sections)
        return str(error.value)

    return complaint


class TestSigning:
    def test_what_is_needed_is_enough(self, tmp_path):
        check_key_files(Settings.defaults(tmp_path, {"ARC": ARC, "DKIM": DKIM}))

    def test_nothing_is_needed_where_nothing_is_enabled(self, tmp_path):
        sections = {"ARC": {"sig_headers": "To"}, "DKIM": {"privkey": "gone.pem"}}
        check_key_files(Settings.defaults(tmp_path, sections))

    @pytest.mark.parametrize("key", ["privkey", "selector", "domain"])
    def test_arc_needs_a_key_and_where_to_find_it(self, complaint, key):
        assert f"[ARC] is enabled, so {key} must not be empty" in complaint(ARC={**ARC, key: ""})

    def test_all_that_is_missing_is_said_at_once(self, complaint):
        text = complaint(ARC={"enabled": "yes"}, DKIM={"enabled": "yes"})
        assert len(text.splitlines()) == 5

    @pytest.mark.parametrize(("name", "section"), [("ARC", ARC), ("DKIM", DKIM)])
    def test_the_author_has_to_be_signed(self, complaint, name, section):
        text = complaint(**{name: {**section, "sig_headers": "To Subject"}})
        assert text == f"[{name}] sig_headers has to contain From (RFC 6376, section 5.4)"

    @pytest.mark.parametrize("name", ["ARC", "DKIM"])
    def test_a_key_that_cannot_be_read(self, tmp_path, name):
        path = tmp_path / "key.pem"
        settings = Settings.defaults(tmp_path, {name: {**ARC, "privkey": str(path)}})
        with pytest.raises(
            ConfigurationError, match=rf"\[{name}\] privkey: cannot read .*key\.pem"
        ):
            check_key_files(settings)
        path.write_bytes(b"\xff")
        with pytest.raises(ConfigurationError, match="is no text"):
            check_key_files(settings)

    def test_names_are_seen_from_the_ini_file(self, tmp_path):
        settings = Settings({}, source=tmp_path / "mmcore.ini")
        assert key_path(settings, "key.pem") == tmp_path / "key.pem"
        assert key_path(settings, "/etc/key.pem").as_posix() == "/etc/key.pem"


class TestOthers:
    def test_nameservers_are_addresses(self, complaint, tmp_path):
        assert "'dns.example.com'" in complaint(dmarc={"nameservers": "192.0.2.1 dns.example.com"})
        Settings.defaults(tmp_path, {"dmarc": {"nameservers": "192.0.2.1 2001:db8::1"}})

    @pytest.mark.parametrize(
        "url", ["http://example.com", "http://localhost.example.com", "example.com", "https://",
                "https:///lists", "https://[/", "https://[::1", "https://example.com:port",
                "https://example.com/?a=b", "https://example.com/#a", "https://exa mple.com",
                "https://example.com/<>", "https://ex\u00e4mple.com", "https://a:b@example.com",
                "ftp://example.com", "https://example.com/\u2028x", "javascript:alert(1)"],
    )  # fmt: skip
    def test_mail_programs_want_https(self, complaint, url):
        assert "[public] url" in complaint(public={"url": url})

    @pytest.mark.parametrize("end", ["", "/"])
    def test_the_path_is_not_said_twice(self, complaint, end):
        url = f"https://example.com/unsubscribe{end}"
        assert "leave out /unsubscribe" in complaint(public={"url": url})

    @pytest.mark.parametrize(
        "url", ["https://example.com", "https://example.com:8443/lists/", "https://[2001:db8::1]",
                "http://localhost:8002", "http://127.0.0.1:8002/", "http://[::1]:8002"],
    )  # fmt: skip
    def test_these_are_right(self, tmp_path, url):
        assert Settings.defaults(tmp_path, {"public": {"url": url}}).public.url == url


class TestVerp:
    @pytest.mark.parametrize(
        ("key", "value", "complaint_about"),
        [
            ("verp_format", "${bounces}+${local}", "$bounces, $local, $domain"),
            ("verp_format", "${bounces}+${local}=${domain}$more", "nothing else with $"),
            ("verp_format", "${bounces}+${local}=${domain}$", "nothing else with $"),
            ("verp_format", "", "$bounces, $local, $domain"),
            ("verp_format", "${bounces}+${domain}=${local}", "cannot read"),
            ("verp_format", "${local}=${domain}+${bounces}", "cannot read"),
            ("verp_format", "${bounces}-${local}=${domain}", "cannot read"),
            ("verp_regexp", "^(.*)$", "lacks the groups bounces, local, domain"),
            ("verp_regexp", "^(?P<bounces>.*)$", "lacks the groups local, domain"),
            ("verp_regexp", "^(?P<bounces>x)(?P<local>y)(?P<domain>z)$", "cannot read"),
            ("verp_probe_format", "$bounces+$token", "$bounces, $token, $domain"),
            ("verp_probe_regexp", "^(?P<bounces>.*)$", "lacks the groups token"),
            ("verp_confirm_format", "$address+", "$address, $cookie"),
            ("verp_confirm_regexp", "^(?P<addr>.*)$", "lacks the groups cookie"),
            ("verp_format", "${bounces}+${local}=${domain}@x", "which is no address"),
            ("verp_probe_format", "$bounces+$token@x@$domain", "which is no address"),
            ("verp_confirm_format", "$address+$cookie@x", "which is no address"),
            ("verp_delimiter", "=", "verp_delimiter = '=' has to follow the first placeholder"),
        ],
    )
    def test_what_could_not_be_read_back_is_refused(self, complaint, key, value, complaint_about):
        text = complaint(mta={key: value})
        assert complaint_about in text
        assert key in text

    def test_other_formats_will_do(self, tmp_path):
        Settings.defaults(tmp_path, {"mta": {
            "verp_delimiter": "--",
            "verp_format": "${bounces}--${domain}--${local}",
            "verp_regexp": "^(?P<bounces>.+?)--(?P<domain>.+?)--(?P<local>.+)@.*$",
            "verp_probe_format": "$bounces--$token@$domain",
            "verp_probe_regexp": "^(?P<bounces>.+?)--(?P<token>.+)@.*$",
            "verp_confirm_format": "$address--$cookie",
            "verp_confirm_regexp": "^(?P<addr>.+?)--(?P<cookie>.+)@.*$",
        }})  # fmt: skip
