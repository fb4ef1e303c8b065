"""`/lists/{list}/config`: every row of rest-api 6.2 (types, defaults), and section 6.1."""

from __future__ import annotations

import pytest

from resources.lists.config_schema import READ_ONLY, TEMPLATES, WRITABLE

#: What a new list has in the style legacy-default, but for names and times.
DEFAULTS = {
    "display_name": "Ant",
    "description": "",
    "info": "",
    "subject_prefix": "[Ant] ",
    "preferred_language": "en",
    "advertised": True,
    "anonymous_list": False,
    "include_rfc2369_headers": True,
    "allow_list_posts": True,
    "acceptable_aliases": [],
    "subscription_policy": "confirm",
    "unsubscription_policy": "confirm",
    "member_roster_visibility": "moderators",
    "send_welcome_message": True,
    "send_goodbye_message": True,
    "admin_immed_notify": True,
    "admin_notify_mchanges": False,
    "default_member_action": "defer",
    "default_nonmember_action": "hold",
    "accept_these_nonmembers": [],
    "hold_these_nonmembers": [],
    "reject_these_nonmembers": [],
    "discard_these_nonmembers": [],
    "emergency": False,
    "administrivia": True,
    "require_explicit_destination": True,
    "max_message_size": 40,
    "max_num_recipients": 10,
    "max_days_to_hold": 0,
    "moderator_password": None,
    "respond_to_post_requests": True,
    "personalize": "none",
    "reply_goes_to_list": "no_munging",
    "reply_to_address": "",
    "first_strip_reply_to": False,
    "posting_pipeline": "default-posting-pipeline",
    "archive_policy": "public",
    "archive_rendering_mode": "text",
    "autorespond_owner": "none",
    "autorespond_postings": "none",
    "autorespond_requests": "none",
    "autoresponse_owner_text": "",
    "autoresponse_postings_text": "",
    "autoresponse_request_text": "",
    "autoresponse_grace_period": "90d",
    "filter_content": False,
    "filter_action": "discard",
    "filter_types": [],
    "pass_types": [],
    "filter_extensions": [],
    "pass_extensions": [],
    "collapse_alternatives": True,
    "convert_html_to_plaintext": False,
    "digests_enabled": True,
    "digest_send_periodic": True,
    "digest_size_threshold": 30.0,
    "digest_volume_frequency": "monthly",
    "dmarc_mitigate_action": "no_mitigation",
    "dmarc_mitigate_unconditionally": False,
    "dmarc_addresses": [],
    "dmarc_moderation_notice": "",
    "dmarc_wrapped_message_text": "",
    "process_bounces": True,
    "bounce_score_threshold": 5,
    "bounce_info_stale_after": "7d",
    "bounce_you_are_disabled_warnings": 3,
    "bounce_you_are_disabled_warnings_interval": "7d",
    "bounce_notify_owner_on_bounce_increment": False,
    "bounce_notify_owner_on_disable": True,
    "bounce_notify_owner_on_removal": True,
    "forward_unrecognized_bounces_to": "administrators",
    "gateway_to_mail": False,
    "gateway_to_news": False,
    "linked_newsgroup": "",
    "newsgroup_moderation": "none",
    "nntp_prefix_subject_too": True,
    "fqdn_listname": "ant@example.com",
    "list_name": "ant",
    "mail_host": "example.com",
    "posting_address": "ant@example.com",
    "bounces_address": "ant-bounces@example.com",
    "join_address": "ant-join@example.com",
    "leave_address": "ant-leave@example.com",
    "owner_address": "ant-owner@example.com",
    "request_address": "ant-request@example.com",
    "no_reply_address": "noreply@example.com",
    "last_post_at": None,
    "digest_last_sent_at": None,
    "next_digest_number": 1,
    "volume": 1,
    "post_id": 1,
    "usenet_watermark": None,
}

STYLES = {
    "legacy-default": {},
    "legacy-announce": {"allow_list_posts": False},
    "private-default": {
        "advertised": False,
        "archive_policy": "private",
        "subscription_policy": "confirm_then_moderate",
    },
}

BOOLEANS = [name for name, value in DEFAULTS.items() if type(value) is bool]
NATURALS = [
    name
    for name, value in DEFAULTS.items()
    if type(value) is int and name in WRITABLE
]  # fmt: skip
DURATIONS = [
    "autoresponse_grace_period",
    "bounce_info_stale_after",
    "bounce_you_are_disabled_warnings_interval",
]
ACTIONS = "hold, reject, discard, accept, defer"
RESPONSES = "none, respond_and_discard, respond_and_continue"
POLICIES = "open, confirm, moderate, confirm_then_moderate"
ENUMERATIONS = {
    "subscription_policy": POLICIES,
    "unsubscription_policy": POLICIES,
    "member_roster_visibility": "public, members, moderators",
    "default_member_action": ACTIONS,
    "default_nonmember_action": ACTIONS,
    "personalize": "none, individual, full",
    "reply_goes_to_list": "no_munging, point_to_list, explicit_header, explicit_header_only",
    "archive_policy": "never, private, public",
    "archive_rendering_mode": "text, markdown",
    "autorespond_owner": RESPONSES,
    "autorespond_postings": RESPONSES,
    "autorespond_requests": RESPONSES,
    "filter_action": f"{ACTIONS}, forward, preserve",
    "digest_volume_frequency": "yearly, monthly, quarterly, weekly, daily",
    "dmarc_mitigate_action": "no_mitigation, munge_from, wrap_message, reject, discard",
    "forward_unrecognized_bounces_to": "discard, administrators, site_owner",
    "newsgroup_moderation": "none, open_moderated, moderated",
}
PATTERNS = [
    "accept_these_nonmembers",
    "hold_these_nonmembers",
    "reject_these_nonmembers",
    "discard_these_nonmembers",
    "dmarc_addresses",
]
STRINGS = ["filter_types", "pass_types", "filter_extensions", "pass_extensions"]
TEXTS = [
    name
    for name, value in DEFAULTS.items()
    if value in ("", "Ant", "[Ant] ") and name != "description"
]  # fmt: skip


@pytest.fixture(params=["3.0", "3.1"])
def config(ant, request):
    return f"/{request.param}/lists/{ant}/config"


@pytest.fixture
def refused(api, config):
    """The complaint about a value of one attribute, whichever way it is sent."""

    def refuse(name: str, value: object, reason: str) -> None:
        text = f'Invalid Parameter "{name}": {reason}.'
        calls = [api.patch_json, api.put_json]
        if isinstance(value, str):
            calls += [api.patch, api.put]
        for call in calls:
            answer = call(f"{config}/{name}", {name: value}, status=400)
            assert answer.json["description"] == text
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
        answer = api.patch_json(config, {name: value}, status=400)
        assert answer.json["description"] == text
        assert api.get(f"{config}/{name}").json[name] == DEFAULTS[name]

    return refuse


@pytest.fixture
def shown(api, config):
    """What is shown of an attribute after it was sent."""

    def show(name: str, value: object) -> object:
        api.patch_json(config, {name: value}, status=204)
        found = api.get(f"{config}/{name}").json[name]
        assert api.get(config).json[name] == found
        return found

    return show


class TestDefaults:
    @pytest.mark.parametrize("version", ["3.0", "3.1"])
    @pytest.mark.parametrize("style", STYLES)
    def test_every_style_has_its_own(self, api, version, style):
        api.post("/3.1/domains", {"mail_host": "example.com"})
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com", "style_name": style})
        answer = api.get(f"/{version}/lists/ant.example.com/config").json
        assert answer.pop("http_etag")
        assert answer.pop("created_at").startswith("20")
        extra = dict.fromkeys(TEMPLATES, "") if version == "3.0" else {}
        expected = {**DEFAULTS, **STYLES[style], **extra}
        assert answer == expected
        assert {name: type(value) for name, value in answer.items()} == {
            name: type(value) for name, value in expected.items()
        }

    def test_there_are_93(self):
        assert len(DEFAULTS) + len(["created_at"]) == len(WRITABLE) + len(READ_ONLY) == 93

    def test_every_writable_attribute_has_a_type_here(self):
        others = {"description", "preferred_language", "acceptable_aliases", "moderator_password",
                  "posting_pipeline", "digest_size_threshold"}  # fmt: skip
        typed = {*BOOLEANS, *NATURALS, *DURATIONS, *ENUMERATIONS, *PATTERNS, *STRINGS, *TEXTS}
        assert typed | others == set(WRITABLE)
        assert not typed & others

    @pytest.mark.parametrize("style", ["", "nope"])
    def test_unknown_styles_are_refused(self, api, style):
        api.post("/3.1/domains", {"mail_host": "example.com"})
        api.post(
            "/3.1/lists", {"fqdn_listname": "ant@example.com", "style_name": style}, status=400
        )
        api.get("/3.1/lists/ant.example.com", status=404)


class TestTypes:
    @pytest.mark.parametrize("name", BOOLEANS)
    def test_booleans(self, shown, refused, name):
        for value in (7, None, 1):
            refused(name, value, f"Invalid boolean value: {value}")
        for text in ("y", "t", "", "maybe"):
            refused(name, text, f"Invalid boolean value: {text}")
        for value in (True, "true", "Yes", "1", "on", "ENABLE", "enabled"):
            assert shown(name, value) is True
        for value in (False, "false", "No", "0", "off", "DISABLE", "disabled"):
            assert shown(name, value) is False

    @pytest.mark.parametrize("name", NATURALS)
    def test_numbers(self, shown, refused, name):
        for value in (-1, "-1"):
            refused(name, value, f"Expected a non-negative integer: {value}")
        for value in ("x", "", "7.9"):
            refused(name, value, f"invalid literal for int() with base 10: '{value}'")
        for value, number in ((0, 0), ("12", 12), (7.9, 7), (True, 1)):
            assert shown(name, value) == number

    @pytest.mark.parametrize("name", DURATIONS)
    def test_durations(self, shown, refused, name):
        for text in ("10", "-1d", "", "3d 4h", "1h1d"):
            refused(name, text, "")
        for text, value in (
            ("7d", "7d"), ("1d2h3m4s", "1d7384.0s"), ("36h", "1d43200.0s"), ("1.5d", "1d43200.0s"),
            ("90s", "0d90.0s"), ("2w", "14d"), ("1d7384.0s", "1d7384.0s"),
        ):  # fmt: skip
            assert shown(name, text) == value

    @pytest.mark.parametrize("name", ENUMERATIONS)
    def test_enumerations(self, shown, refused, name):
        names = ENUMERATIONS[name].split(", ")
        for value in ("", names[0].upper(), "0", 0, None):
            refused(name, value, f"Accepted Values are: {ENUMERATIONS[name]}")
        for value in names:
            assert shown(name, value) == value

    @pytest.mark.parametrize("name", PATTERNS)
    def test_patterns(self, shown, refused, name):
        expected = "Expected a valid email address or regular expression"
        if name == "accept_these_nonmembers":
            expected = "Expected a valid email address, regular expression or @fqdn_listname"
        refused(name, "nonsense", f"{expected}, got nonsense")
        refused(name, "^[", f"{expected}, got ^[")
        refused(name, ["a@example.com", ""], f"{expected}, got empty")
        given = ["^b.*@example\\.com", "a@example.com", "@list@example.com"]
        assert shown(name, given) == given
        assert shown(name, "a@example.com") == ["a@example.com"]
        assert shown(name, "") == []
        assert shown(name, given[:1]) == given[:1]
        assert shown(name, []) == []

    @pytest.mark.parametrize("name", STRINGS)
    def test_strings(self, shown, refused, name):
        refused(name, 7, "Expected str, got 7")
        refused(name, ["text/html", None], "Expected str, got None")
        assert shown(name, ["text/html", "b", "a"]) == ["text/html", "b", "a"]
        assert shown(name, "text/html") == ["text/html"]
        assert shown(name, "") == []

    @pytest.mark.parametrize("name", TEXTS)
    def test_texts(self, api, config, shown, name):
        for text in ("Grüße\nof two lines", " blanks ", "None", ""):
            assert shown(name, text) == text
        # Neither nothing, nor two texts, are a text.
        api.patch_json(config, {name: None}, status=400)
        api.patch(config, [(name, "a"), (name, "b")], status=400)

    def test_the_description_is_one_line(self, shown, refused):
        refused("description", "a\nb", "This value must be a single line: a\nb")
        assert shown("description", "Über ants") == "Über ants"

    def test_the_language_is_one_that_is_known(self, api, config, shown):
        api.patch(config, {"preferred_language": "xx"}, status=400)
        for code in ("de", "pt_BR", "zh_TW", "en"):
            assert shown("preferred_language", code) == code

    def test_the_digest_size_is_a_number(self, api, config, shown, refused):
        refused("digest_size_threshold", "x", "could not convert string to float: 'x'")
        for value in ("nan", "inf", "-1", None, True):
            api.patch_json(config, {"digest_size_threshold": value}, status=400)
        assert shown("digest_size_threshold", "0") == 0.0
        assert shown("digest_size_threshold", 12.5) == 12.5

    def test_the_pipeline_is_one_of_the_engine(self, shown, refused):
        refused("posting_pipeline", "nope", "Unknown pipeline: nope")
        assert shown("posting_pipeline", "virgin") == "virgin"

    def test_aliases_are_sorted_and_in_small_letters(self, api, config, shown):
        given = ["Z@example.org", "^a-.*", "b@example.org"]
        assert shown("acceptable_aliases", given) == ["^a-.*", "b@example.org", "z@example.org"]
        # A bad one leaves the others as they were.
        api.patch(config, {"acceptable_aliases": "nonsense"}, status=400)
        assert api.get(config).json["acceptable_aliases"] == sorted(map(str.lower, given))
        assert shown("acceptable_aliases", "") == []


class TestSeveral:
    def test_all_that_is_wrong_is_said_by_name(self, api, config):
        given = {"max_message_size": "-1", "advertised": "maybe"}
        answer = api.patch(config, given, status=400)
        assert answer.json["description"] == (
            'Invalid Parameter "advertised": Invalid boolean value: maybe. '
            'Invalid Parameter "max_message_size": Expected a non-negative integer: -1.'
        )

    def test_names_are_looked_at_in_the_order_given(self, api, config):
        answer = api.patch(config, [("volume", "3"), ("colour", "red")], status=400)
        assert answer.json["description"] == "Read-only attribute: volume"
        answer = api.patch(config, [("colour", "red"), ("volume", "3")], status=400)
        assert answer.json["description"] == "Unknown attribute: colour"
        answer = api.patch(config, [("advertised", "maybe"), ("list_id", "x")], status=400)
        assert answer.json["description"] == "Unknown attribute: list_id"

    def test_the_query_has_parameters_too(self, api, config):
        api.patch(f"{config}?info=asked", {"description": "told"}, status=204)
        answer = api.get(config).json
        assert (answer["info"], answer["description"]) == ("asked", "told")

    def test_put_takes_a_round_trip(self, api, config):
        given = api.get(config).json
        for name in (*READ_ONLY, "http_etag"):
            del given[name]
        given["info"] = "About ants"
        api.put_json(config, given, status=204)
        answer = api.get(config).json
        assert {name: answer[name] for name in given} == given

    def test_nothing_lies_below_an_attribute(self, api, config):
        answer = api.get(f"{config}/info/more", status=404)
        assert answer.headers["Content-Type"] == "application/json"

    def test_methods(self, api, config):
        for path in (config, f"{config}/info"):
            assert api.options(path).headers["Allow"] == "DELETE, GET, PATCH, PUT"
            api.post(path, {}, status=405)

    def test_a_list_that_does_not_exist_has_none(self, api, config):
        missing = config.replace("ant", "bee")
        for path in (missing, f"{missing}/info"):
            answer = api.get(path, status=404)
            assert answer.headers["Content-Type"] == "application/json"
