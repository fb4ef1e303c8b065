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


#: What clients of other engines may look up (rest-api 3.4).
KEYS = {
    "mailman": "site_owner noreply_address default_language sender_headers"
    " anonymous_list_keep_headers email_commands_max_lines pending_request_life"
    " moderator_request_life dsn_lifetime cache_life run_tasks_every layout"
    " filtered_messages_are_preservable html_to_plain_text_command filter_report listname_chars"
    " hold_digest masthead_threshold check_max_size_on_filtered_message pre_hook post_hook",
    "webservice": "hostname port use_https show_tracebacks api_version admin_user admin_pass"
    " workers configuration",
    "mta": "incoming outgoing smtp_host smtp_port smtp_user smtp_pass smtp_secure_mode"
    " smtp_verify_cert smtp_verify_hostname lmtp_host lmtp_port max_recipients"
    " max_sessions_per_connection max_delivery_threads delivery_retry_period verp_delimiter"
    " verp_format verp_confirm_format verp_regexp verp_confirm_regexp verp_confirmations"
    " verp_personalized_deliveries verp_delivery_interval verp_probe_format verp_probe_regexp"
    " verp_probes max_autoresponses_per_day remove_dkim_headers configuration",
    "styles": "default",
    "passwords": "configuration password_length",
    "database": "class url debug",
    "digests": "mime_digest_keep_headers plain_digest_keep_headers",
    "dmarc": "resolver_timeout resolver_lifetime org_domain_data_url cache_lifetime",
    "bounces": "register_bounces_every",
    "antispam": "header_checks jump_chain",
    "urlpatterns": "mailinglist held_message pending_subscriptions pending_unsubscriptions domain",
    "language.en": "description charset enabled",
    "paths.here": "var_dir queue_dir bin_dir list_data_dir log_dir lock_dir data_dir cache_dir"
    " etc_dir ext_dir messages_dir archive_dir template_dir pid_file lock_file",
    "ARC": "",
    "devmode": "",
    "nntp": "",
    "shell": "",
    "logging.root": "level format",
    "runner.in": "instances start max_restarts sleep_time",
}


class TestCompatibility:
    @pytest.mark.parametrize("version", ["3.0", "3.1"])
    @pytest.mark.parametrize("name", KEYS)
    def test_every_key_is_there_as_text(self, api, name, version):
        assert name in api.get(f"/{version}/system/configuration").json["sections"]
        answer = api.get(f"/{version}/system/configuration/{name}").json
        assert set(KEYS[name].split()) <= set(answer)
        assert all(type(value) is str for value in answer.values())
        assert answer["self_link"].endswith(f"/{version}/system/configuration/{name}")

    def test_values_that_steer_what_clients_see(self, api):
        mailman = section(api, "mailman")
        assert mailman["pending_request_life"] == "3d"
        assert mailman["moderator_request_life"] == "180d"
        assert mailman["cache_life"] == "7d"
        assert mailman["listname_chars"] == "[-_.0-9a-z]"
        assert section(api, "passwords")["password_length"] == "8"
        assert section(api, "styles")["default"] == "legacy-default"
        assert section(api, "bounces")["register_bounces_every"] == "15m"

    def test_extra_segments_are_400(self, api):
        for name in ("mailman", "ARC", "language.en", "nonesuch"):
            for more in ("/", "/x", "/site_owner/y"):
                answer = api.get(f"{CONFIGURATION}/{name}{more}", status=400)
                assert answer.headers["Content-Type"] == "application/json"

    def test_templates_and_attributes_are_no_sections(self, api):
        for name in ("language.master", "paths.master", "push", "chains", "password_context",
                     "switchboards", "MAILMAN", "arc"):  # fmt: skip
            answer = api.get(f"{CONFIGURATION}/{name}", status=404)
            assert answer.json["description"] == "404 Not Found"
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"


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
        assert section(api, "database")["url"] == shown

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
