"""`/lists/{list}/config` (rest-api section 6)."""

from __future__ import annotations

import pytest

from mmcore.services import passwords
from resources.lists.config_schema import ATTRIBUTES, READ_ONLY, WRITABLE
from resources.lists.settings import LIST_SETTINGS
from resources.representation import MASK

#: Settings that the engine uses and the API does not show (rest-api 6.2, the end).
INTERNAL = {"bounce_matching_headers", "posting_chain", "owner_chain", "owner_pipeline"}
#: Those that have a resource of their own.
ELSEWHERE = {"topics", "topics_enabled", "topics_bodylines_limit"}

#: A new value of each setting as a client sends it, and as it is shown then.
CHANGES = {
    "acceptable_aliases": (["B@example.org", "^a-.*"], ["^a-.*", "b@example.org"]),
    "accept_these_nonmembers": (["@bee@example.com", "^x"], ["@bee@example.com", "^x"]),
    "archive_policy": ("never", "never"),
    "archive_rendering_mode": ("markdown", "markdown"),
    "bounce_info_stale_after": ("36h", "1d43200.0s"),
    "default_member_action": ("hold", "hold"),
    "default_nonmember_action": ("discard", "discard"),
    "digest_size_threshold": ("10.5", 10.5),
    "digest_volume_frequency": ("daily", "daily"),
    "dmarc_mitigate_action": ("munge_from", "munge_from"),
    "filter_action": ("forward", "forward"),
    "forward_unrecognized_bounces_to": ("site_owner", "site_owner"),
    "member_roster_visibility": ("public", "public"),
    "moderator_password": ("s3cret", MASK),
    "newsgroup_moderation": ("moderated", "moderated"),
    "personalize": ("full", "full"),
    "posting_pipeline": ("virgin", "virgin"),
    "preferred_language": ("fr", "fr"),
    "reply_goes_to_list": ("point_to_list", "point_to_list"),
    "subscription_policy": ("open", "open"),
    "unsubscription_policy": ("moderate", "moderate"),
}


def change_of(name: str, value: object) -> tuple[object, object]:
    """A value that differs from the present one: (as sent, as shown)."""
    if name in CHANGES:
        return CHANGES[name]
    if isinstance(value, bool):
        return str(not value), not value
    if isinstance(value, int):
        return str(value + 1), value + 1
    if isinstance(value, list):
        return ["a@example.net", "b@example.net"], ["a@example.net", "b@example.net"]
    if name.startswith("autorespond_"):
        return "respond_and_discard", "respond_and_discard"
    if isinstance(value, str) and value[-1:] == "d" and value[:-1].isdigit():
        return "1d2h", "1d7200.0s"
    return "A new text", "A new text"


@pytest.fixture
def config(ant):
    return f"/3.1/lists/{ant}/config"


@pytest.fixture
def everything(api, config):
    """A body for PUT that changes nothing."""
    shown = api.get(config).json
    given = {name: shown[name] for name in WRITABLE}
    return {name: "" if value in ([], None) else value for name, value in given.items()}


class TestContract:
    def test_schema_and_model_agree(self):
        assert set(WRITABLE) | INTERNAL | ELSEWHERE == set(LIST_SETTINGS) - set(READ_ONLY)

    def test_all_attributes_of_the_field_are_there(self, api, config):
        answer = api.get(config).json
        assert set(answer) == {*ATTRIBUTES, "http_etag"}
        assert (len(WRITABLE), len(READ_ONLY)) == (76, 17)

    def test_the_defaults_are_those_of_the_style(self, api, config):
        answer = api.get(config).json
        assert answer["created_at"].startswith("20")
        assert answer["subject_prefix"] == "[Ant] "
        assert answer["moderator_password"] is None
        assert answer["autoresponse_grace_period"] == "90d"
        assert answer["acceptable_aliases"] == []
        assert answer["no_reply_address"] == "noreply@example.com"
        assert answer["post_id"] == 1
        assert answer["last_post_at"] is None


class TestEveryAttribute:
    @pytest.mark.parametrize("name", WRITABLE)
    def test_it_can_be_patched_put_and_read(self, api, config, name):
        old = api.get(f"{config}/{name}").json[name]
        sent, shown = change_of(name, old)
        assert shown != old
        api.patch(config, {name: sent}, status=204)
        answer = api.get(f"{config}/{name}").json
        assert answer.keys() == {name, "http_etag"}
        assert answer[name] == shown
        assert api.get(config).json[name] == shown
        if old is not None:
            back = "" if old == [] else str(old) if isinstance(old, bool) else old
            api.put(f"{config}/{name}", {name: back}, status=204)
            assert api.get(f"{config}/{name}").json[name] == old

    @pytest.mark.parametrize("name", READ_ONLY)
    def test_it_can_only_be_read(self, api, config, name):
        assert name in api.get(f"{config}/{name}").json
        text = f"Read-only attribute: {name}"
        for method in (api.patch, api.put):
            answer = method(f"{config}/{name}", {name: "x"}, status=400)
            assert answer.json["description"] == text
        assert api.patch(config, {name: "x"}, status=400).json["description"] == text
        assert api.delete(f"{config}/{name}", status=400).json["description"] == text
        # What is wrong with the request as such is told first.
        api.patch(f"{config}/{name}", status=204)
        answer = api.patch(f"{config}/{name}", {"zork": "x"}, status=400)
        assert answer.json["description"] == "Unknown attribute: zork"
        answer = api.patch(f"{config}/{name}", {name: "x", "zork": "x"}, status=400)
        assert answer.json["description"] == "Expected 1 attribute, got 2"


class TestAll:
    def test_put_needs_every_attribute(self, api, config, everything):
        del everything["info"]
        answer = api.put(config, everything, status=400)
        assert answer.json["description"] == "Missing Parameter: info"

    def test_put_takes_them_all(self, api, config, everything):
        everything["info"] = "About ants"
        api.put(config, everything, status=204)
        assert api.get(config).json["info"] == "About ants"

    def test_put_refuses_other_names(self, api, config, everything):
        answer = api.put(config, {**everything, "volume": 3}, status=400)
        assert answer.json["description"] == "Unexpected parameters: volume"

    def test_patch_without_anything_is_204(self, api, config):
        api.patch(config, status=204)

    def test_patch_changes_all_or_nothing(self, api, config):
        given = {"description": "New", "acceptable_aliases": "no alias"}
        api.patch(config, given, status=400)
        assert api.get(config).json["description"] == ""

    def test_the_whole_cannot_be_deleted(self, api, config):
        answer = api.delete(config, status=400)
        assert answer.json["description"] == "Cannot delete the list configuration itself"

    def test_a_line_stays_a_line(self, api, config):
        answer = api.patch(config, {"description": "a\nb"}, status=400)
        assert "single line" in answer.json["description"]

    def test_unknown_pipelines_are_refused(self, api, config):
        answer = api.patch(config, {"posting_pipeline": "nope"}, status=400)
        text = 'Invalid Parameter "posting_pipeline": Unknown pipeline: nope.'
        assert answer.json["description"] == text


class TestOne:
    def test_an_unknown_attribute_is_404(self, api, config):
        for method in (api.get, api.patch, api.put):
            answer = method(f"{config}/colour", status=404)
            assert answer.json["description"] == "Unknown attribute: colour"
        answer = api.get(f"{config}/", status=404)
        assert answer.json["description"] == "Unknown attribute: "
        api.delete(f"{config}/colour", status=400)

    def test_patch_without_anything_is_204(self, api, config):
        api.patch(f"{config}/info", status=204)

    def test_patch_takes_only_its_own_name(self, api, config):
        answer = api.patch(f"{config}/info", {"description": "x"}, status=400)
        assert answer.json["description"] == "Unknown attribute: description"
        answer = api.patch(f"{config}/info", {"info": "x", "description": "x"}, status=400)
        assert answer.json["description"] == "Expected 1 attribute, got 2"
        # What is in a JSON body is not counted, but its names are looked at.
        answer = api.patch_json(f"{config}/info", {"info": "x", "colour": "red"}, status=400)
        assert answer.json["description"] == "Unknown attribute: colour"

    def test_put_needs_its_own_name(self, api, config):
        answer = api.put(f"{config}/info", status=400)
        assert answer.json["description"] == "Missing Parameter: info"
        answer = api.put(f"{config}/info", {"description": "x"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: description"

    def test_only_aliases_can_be_deleted(self, api, config):
        api.patch(config, {"acceptable_aliases": "a@example.net"})
        api.delete(f"{config}/acceptable_aliases", status=204)
        assert api.get(config).json["acceptable_aliases"] == []
        answer = api.delete(f"{config}/info", status=400)
        assert answer.json["description"] == "Attribute cannot be DELETEd: info"


class TestModeratorPassword:
    def stored(self, change) -> str | None:
        with change() as site:
            return site.lists.get("ant.example.com").moderator_password

    def test_it_is_stored_as_a_hash_and_never_shown(self, api, config, change):
        api.patch(config, {"moderator_password": "s3cret"}, status=204)
        assert passwords.verify("s3cret", self.stored(change))[0]
        assert api.get(config).json["moderator_password"] == MASK

    def test_the_mask_sent_back_changes_nothing(self, api, config, change):
        api.patch(config, {"moderator_password": "s3cret"})
        before = self.stored(change)
        api.patch(config, {"moderator_password": MASK}, status=204)
        assert self.stored(change) == before

    def test_json_null_clears_it(self, api, config, change):
        api.patch(config, {"moderator_password": "s3cret"})
        api.patch_json(config, {"moderator_password": None}, status=204)
        assert self.stored(change) is None
