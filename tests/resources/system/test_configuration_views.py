"""`/system/configuration` (rest-api sections 3.3 and 3.4)."""

from __future__ import annotations

import pytest

from i18n.languages import known
from mmcore.config import load
from tests.resources.conftest import BASE

CONFIGURATION = "/3.1/system/configuration"


def section(api, name: str) -> dict[str, str]:
    return api.get(f"{CONFIGURATION}/{name}").json


class TestSections:
    def test_they_have_the_names_that_clients_know(self, api):
        answer = api.get(CONFIGURATION).json
        names = answer["sections"]
        assert names == sorted(names)
        assert {
            "mailman", "paths.here", "logging.root", "mta", "webservice", "database", "styles",
            "runner.in", "runner.out", "language.en", "language.de",
        } <= set(names)  # fmt: skip
        assert not {"mmcore", "paths", "logging"} & set(names)
        assert answer["self_link"] == f"{BASE}/system/configuration"

    def test_each_can_be_read(self, api):
        for name in api.get(CONFIGURATION).json["sections"]:
            answer = section(api, name)
            assert answer.pop("self_link") == f"{BASE}/system/configuration/{name}"
            assert answer.pop("http_etag")
            assert answer
            assert all(type(value) is str for value in answer.values())

    @pytest.mark.parametrize(
        "name",
        ["nope", "mmcore", "paths", "logging", "language.xx", "language.", "chains", "", "_texts"],
    )
    def test_others_are_404(self, api, name):
        answer = api.get(f"{CONFIGURATION}/{name}", status=404)
        assert answer.json["description"] == "404 Not Found"

    def test_nothing_lies_below_and_nothing_can_be_changed(self, api):
        api.get(f"{CONFIGURATION}/mta/smtp_host", status=400)
        api.patch(f"{CONFIGURATION}/mta", {"smtp_port": "26"}, status=405)
        api.post(CONFIGURATION, {}, status=405)


class TestValues:
    @pytest.fixture(autouse=True)
    def ini(self, engine, tmp_path):
        path = tmp_path / "test.ini"
        path.write_text(
            "[mmcore]\nrun_tasks_every = 90m\n"
            "[paths]\nrun_dir = $var_dir/run\nvar_dir = /var/lib/mmcore\n"
            "[mta]\nsmtp_verify_cert = off\nsmtp_pass = hush\n"
            "[webservice]\nadmin_pass = hush\n"
        )
        engine.settings = load(path)

    def test_they_are_texts_as_in_the_file(self, api):
        assert section(api, "mailman")["run_tasks_every"] == "90m"
        assert section(api, "mta")["smtp_verify_cert"] == "off"
        assert section(api, "paths.here")["run_dir"] == "$var_dir/run"

    def test_what_is_not_in_the_file_has_its_default(self, api):
        answer = section(api, "mailman")
        assert answer["pending_request_life"] == "3d"
        assert answer["moderator_request_life"] == "180d"
        assert answer["listname_chars"] == "[-_.0-9a-z]"
        assert answer["noreply_address"] == "noreply"
        assert section(api, "paths.here")["lock_file"] == "$lock_dir/master.lck"

    def test_what_changed_since_is_shown_as_it_is(self, api, engine):
        engine.settings.mta.smtp_verify_cert = True
        assert section(api, "mta")["smtp_verify_cert"] == "yes"

    def test_secrets_are_not_shown(self, api):
        assert section(api, "webservice")["admin_pass"] == "********"
        assert section(api, "webservice")["admin_user"] == "restadmin"
        assert section(api, "mta")["smtp_pass"] == "********"

    def test_an_empty_secret_is_none(self, api, engine):
        engine.settings.mta.smtp_pass = ""
        assert section(api, "mta")["smtp_pass"] == ""

    @pytest.mark.parametrize(
        ("uri", "shown"),
        [
            ("postgresql://user:hush@host:5432/db", "postgresql://user:********@host:5432/db"),
            ("zconfig:///etc/mmcore/db.conf#site", "zconfig:///etc/mmcore/db.conf#site"),
            (
                "x://h?dsn=user='u' password='hu sh' a=b",
                "x://h?dsn=user='u' password=******** a=b",
            ),
        ],
    )
    def test_a_password_in_the_storages_name_is_not_shown(self, api, engine, uri, shown):
        engine.settings.database.uri = uri
        assert section(api, "database")["uri"] == shown

    def test_the_layout_leads_to_the_paths(self, api):
        layout = section(api, "mailman")["layout"]
        assert section(api, f"paths.{layout}")["var_dir"] == "/var/lib/mmcore"
        assert section(api, "webservice")["api_version"] == "3.1"


class TestLanguages:
    def test_every_language_is_described(self, api):
        for code in known():
            answer = section(api, f"language.{code}")
            assert answer["enabled"] == "yes"
            assert answer["description"]
        assert section(api, "language.en")["charset"] == "us-ascii"
        assert section(api, "language.de")["description"] == "German"
        assert section(api, "language.de")["charset"] == "utf-8"
