"""How a URL is divided."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

import pytest

from resources.traversal import segments

ODD = "a/b@example.com"


class TestSegments:
    @pytest.mark.parametrize(
        ("sent", "found"),
        [
            ("/3.1/lists", ["3.1", "lists"]),
            ("/3.1/lists/", ["3.1", "lists", ""]),
            ("/3.1//lists", ["3.1", "", "lists"]),
            ("/3.1/addresses/a%2Fb@c.dd", ["3.1", "addresses", "a/b@c.dd"]),
            ("/3.1/addresses/a%2fb@c.dd?x=%2F", ["3.1", "addresses", "a/b@c.dd"]),
            ("/3.1/lists?x=%2F", ["3.1", "lists"]),
            ("/3.1/a%2540b", ["3.1", "a%40b"]),
            ("/3.1/a+b%2Bc", ["3.1", "a+b+c"]),
            ("/3.1/%C3%A4%2F", ["3.1", "ä/"]),
            ("/3.1/uris/list%3Auser", ["3.1", "uris", "list:user"]),
        ],
    )
    def test_a_name_is_decoded_after_the_path_is_split(self, sent, found):
        path = _as_wsgi(sent)
        assert segments({"PATH_INFO": path, "REQUEST_URI": sent}) == found

    @pytest.mark.parametrize(
        "sent", ["/prefix/3.1/a%2Fb", "http://host/3.1/a%2Fb", "//3.1/a%2Fb", "", None]
    )
    def test_without_the_url_as_it_was_sent_the_decoded_path_is_split(self, sent):
        environ = {"PATH_INFO": "/3.1/a/b"} | ({} if sent is None else {"REQUEST_URI": sent})
        assert segments(environ) == ["3.1", "a", "b"]

    @pytest.mark.parametrize("sent", ["/3.1/%FF", "/3.1/%FF%2F", "/3.1/%ED%A0%80"])
    def test_what_is_not_utf_8_is_refused(self, sent):
        with pytest.raises(UnicodeDecodeError):
            segments({"PATH_INFO": _as_wsgi(sent), "REQUEST_URI": sent})


def _as_wsgi(sent):
    return unquote_to_bytes(sent.partition("?")[0]).decode("latin-1")


class TestNamesWithASlash:
    @pytest.fixture
    def member(self, subscribe):
        return subscribe(ODD)

    @pytest.mark.parametrize("path", ["addresses/{}", "users/{}", "users/{}/addresses"])
    def test_an_address_is_found_by_its_encoded_name(self, api, member, path):
        encoded = quote(ODD, safe="")
        assert api.get(f"/3.1/{path.format(encoded)}").status_int == 200
        assert api.get(f"/3.1/{path.format(ODD)}", status=404)

    def test_a_membership_too(self, api, ant, member):
        path = f"/3.1/lists/{ant}/member/{quote(ODD, safe='')}"
        assert api.get(path).json["email"] == ODD
        api.delete(path, status=204)

    def test_a_double_encoded_name_is_another(self, api, member):
        api.get(f"/3.1/addresses/{quote(quote(ODD, safe=''))}", status=404)
