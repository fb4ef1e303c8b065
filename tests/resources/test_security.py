from __future__ import annotations

import base64

import pytest

from mmcore.errors import ConfigurationError
from resources.security import SecurityPolicy, credentials


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


class TestAuthentication:
    @pytest.mark.parametrize(
        "path",
        ["/3.1", "/3.1/", "/3.1/system", "/3.1/nonesuch", "/3.1/lists/nonesuch", "/3.0/domains"],
    )
    def test_nothing_is_told_without_credentials(self, anonymous, path):
        answer = anonymous.get(path, status=401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert answer.json == {
            "title": "401 Unauthorized",
            "description": "REST API authorization failed",
        }

    @pytest.mark.parametrize("path", ["/", "/3.2/system", "/2.0", "/nope", "/3.10"])
    def test_what_is_no_version_does_not_exist(self, anonymous, api, path):
        assert anonymous.get(path, status=404).json["title"] == "404 Not Found"
        api.get(path, status=404)

    @pytest.mark.parametrize(
        "header",
        [
            basic("restadmin:wrong"),
            basic("other:restpass"),
            basic("restadmin:restpass:more"),
            basic("restadmin"),
            basic(""),
            basic("restadmin:pässword"),
            "Basic !!!",
            "Basic",
            "Bearer " + base64.b64encode(b"restadmin:restpass").decode(),
            "nonsense",
        ],
    )
    def test_wrong_credentials_are_401(self, anonymous, header):
        anonymous.get("/3.1/system", headers={"Authorization": header}, status=401)

    def test_every_method_is_protected(self, anonymous):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
            anonymous.request("/3.1/lists", method=method, status=401)

    def test_the_scheme_is_known_in_any_letter_case(self, anonymous):
        header = basic("restadmin:restpass").replace("Basic", "bAsIc")
        anonymous.get("/3.1/system", headers={"Authorization": header}, status=200)


class TestCredentials:
    def test_the_password_may_contain_colons(self):
        assert credentials(basic("a:b:c")) == (b"a", b"b:c")

    def test_no_header_has_no_credentials(self):
        assert credentials("") is None


class TestPolicy:
    def test_an_empty_password_stops_the_start(self):
        with pytest.raises(ConfigurationError, match="admin_pass is empty"):
            SecurityPolicy("restadmin", "")

    def test_nothing_is_permitted_to_nobody(self):
        class Request:
            environ = {"HTTP_AUTHORIZATION": ""}

        policy = SecurityPolicy("restadmin", "x")
        assert not policy.permits(Request(), None, "administer")
        assert policy.authenticated_userid(Request()) is None
        assert policy.remember(Request(), "restadmin") == []
        assert policy.forget(Request())[0][0] == "WWW-Authenticate"
