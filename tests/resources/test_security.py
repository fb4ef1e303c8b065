from __future__ import annotations

import base64
import logging
import time

import pytest

from mmcore.errors import ConfigurationError
from mmcore.settings_types import NETWORKS
from resources.security import SecurityPolicy, credentials
from resources.throttle import Throttle
from resources.wsgi import make_app


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


class TestAuthentication:
    @pytest.mark.parametrize(
        "path",
        ["/3.1", "/3.1/", "/3.1/system", "/3.1/nonesuch", "/3.1/lists/nonesuch", "/3.0/domains"],
    )
    def test_nothing_is_told_without_credentials(self, anonymous, path):
        answer = anonymous.get(path, status=401)
        challenge = 'Basic realm="mailman3-rest",charset="utf-8"'
        assert answer.headers["WWW-Authenticate"] == challenge
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


class TestBackOff:
    """The clock of `resources.throttle` is the real one here: the first delay is a second."""

    def login(self, client, password, address="192.0.2.1", status=None):
        return client.get(
            "/3.1/system",
            headers={"Authorization": basic(f"restadmin:{password}")},
            extra_environ={"REMOTE_ADDR": address},
            status=status,
        )

    def exhaust(self, client, address="192.0.2.1"):
        for number in range(10):
            self.login(client, f"guess{number}", address, status=401)

    def test_many_wrong_passwords_make_an_address_wait(self, anonymous):
        self.exhaust(anonymous)
        answer = self.login(anonymous, "another", status=429)
        assert answer.headers["Retry-After"] == "1"
        assert answer.json == {
            "title": "429 Too Many Requests",
            "description": "Too many failed logins",
        }

    def test_who_waits_is_not_told_that_a_guess_is_right(self, anonymous):
        self.exhaust(anonymous)
        self.login(anonymous, "restpass", status=429)

    def test_other_addresses_do_not_wait(self, anonymous):
        self.exhaust(anonymous)
        self.login(anonymous, "restpass", "192.0.2.2", status=200)

    def test_the_answer_comes_at_once(self, anonymous):
        self.exhaust(anonymous)
        begun = time.monotonic()
        for number in range(50):
            self.login(anonymous, f"more{number}", status=429)
        assert time.monotonic() - begun < 10

    def test_an_old_password_sent_again_and_again_blocks_nobody_beside_it(self, anonymous):
        answers = {self.login(anonymous, "old", status="*").status_int for _ in range(40)}
        assert answers == {401, 429}
        self.login(anonymous, "restpass", status=200)

    def test_what_is_no_login_is_not_counted(self, anonymous):
        for _ in range(30):
            anonymous.get("/3.1/system", status=401)
            anonymous.get("/3.1/system", headers={"Authorization": "Basic !!!"}, status=401)
        self.login(anonymous, "restpass", status=200)

    def test_behind_a_trusted_proxy_each_client_waits_for_itself(
        self, anonymous, engine, database, settings
    ):
        settings.webservice.trusted_proxies = NETWORKS.parse("192.0.2.0/24")
        client = type(anonymous)(make_app(engine, database, settings))

        def login(password, forwarded_for, status):
            client.get(
                "/3.1/system",
                headers={
                    "Authorization": basic(f"restadmin:{password}"),
                    "X-Forwarded-For": forwarded_for,
                },
                extra_environ={"REMOTE_ADDR": "192.0.2.1"},
                status=status,
            )

        for number in range(10):
            # What the client itself writes before the proxy's word changes nothing.
            login(f"guess{number}", f"203.0.113.{number}, 198.51.100.7", 401)
        login("restpass", "198.51.100.7", 429)
        login("restpass", "198.51.100.8", 200)

    def test_without_trust_a_client_cannot_choose_its_address(self, anonymous):
        for number in range(10):
            headers = {
                "Authorization": basic(f"restadmin:guess{number}"),
                "X-Forwarded-For": f"203.0.113.{number}",
            }
            anonymous.get("/3.1/system", headers=headers, status=401)
        headers["X-Forwarded-For"] = "203.0.113.99"
        anonymous.get("/3.1/system", headers=headers, status=429)

    def test_passwords_are_not_logged(self, anonymous, caplog):
        caplog.set_level(logging.DEBUG)
        self.exhaust(anonymous)
        assert "wrong user or password from 192.0.2.1; no login from there for 1 s" in caplog.text
        assert "guess" not in caplog.text


class TestCredentials:
    def test_the_password_may_contain_colons(self):
        assert credentials(basic("a:b:c")) == (b"a", b"b:c")

    def test_no_header_has_no_credentials(self):
        assert credentials("") is None


class TestPolicy:
    def test_an_empty_password_stops_the_start(self):
        with pytest.raises(ConfigurationError, match="admin_pass is empty"):
            SecurityPolicy("restadmin", "", Throttle(10, 1, 300, 3600))

    def test_nothing_is_permitted_to_nobody(self):
        class Request:
            environ = {"HTTP_AUTHORIZATION": ""}

        policy = SecurityPolicy("restadmin", "x", Throttle(10, 1, 300, 3600))
        assert not policy.permits(Request(), None, "administer")
        assert policy.authenticated_userid(Request()) is None
        assert policy.remember(Request(), "restadmin") == []
        assert policy.forget(Request())[0][0] == "WWW-Authenticate"
