"""Which client a request came from."""

from __future__ import annotations

import pytest

from mmcore.proxies import Proxies
from mmcore.settings_types import NETWORKS


@pytest.fixture
def proxies():
    return Proxies(NETWORKS.parse("10.0.0.0/8 ::1 192.0.2.80"))


def seen(proxies, peer, **headers):
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "inside:8001"}
    environ |= {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    trusted = proxies.resolve(environ)
    return trusted, environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"]


UNTOUCHED = ("http", "inside:8001")


class TestProxies:
    def test_a_trusted_proxy_is_believed(self, proxies):
        headers = {"For": "198.51.100.7", "Proto": "https", "Host": "lists.example.com"}
        expected = (True, "198.51.100.7", "https", "lists.example.com")
        for peer in ("10.1.2.3", "::1", "192.0.2.80", "::ffff:10.1.2.3"):
            assert seen(proxies, peer, **headers) == expected

    @pytest.mark.parametrize("peer", ["192.0.2.81", "2001:db8::1", "", "localhost"])
    def test_nobody_else_is(self, proxies, peer):
        headers = {"For": "198.51.100.7", "Proto": "https", "Host": "evil.example.com"}
        assert seen(proxies, peer, **headers) == (False, peer, *UNTOUCHED)

    def test_by_default_nobody_is(self):
        assert seen(Proxies(()), "127.0.0.1", For="198.51.100.7")[:2] == (False, "127.0.0.1")

    @pytest.mark.parametrize(
        ("forwarded_for", "client"),
        [
            # The client's own lie stands before what the proxy has seen.
            ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, 10.0.0.2, 10.0.0.3", "198.51.100.7"),
            ("10.0.0.4, 10.0.0.2", "10.0.0.4"),
            ("2001:db8::7", "2001:db8::7"),
            ('"[2001:db8::7]:4711"', "2001:db8::7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("198.51.100.7, unknown, 10.0.0.2", "10.0.0.2"),
            ("unknown", "10.0.0.1"),
            ("", "10.0.0.1"),
            (",,", "10.0.0.1"),
            ("x" * 5000, "10.0.0.1"),
        ],
    )
    def test_the_client_is_the_last_that_is_no_proxy(self, proxies, forwarded_for, client):
        assert seen(proxies, "10.0.0.1", For=forwarded_for)[1] == client

    def test_of_several_schemes_and_hosts_the_proxys_own_counts(self, proxies):
        found = seen(proxies, "10.0.0.1", Proto="http, https", Host="a.example, b.example")
        assert found[2:] == ("https", "b.example")

    def test_a_scheme_that_is_none_is_ignored(self, proxies):
        assert seen(proxies, "10.0.0.1", Proto="javascript")[2] == "http"
