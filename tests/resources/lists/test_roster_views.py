"""Rosters and members by role and address (rest-api section 14)."""

from __future__ import annotations

import pytest

ROSTER = "/3.1/lists/ant.example.com/roster"


@pytest.fixture
def five(subscribe):
    for name in ("eve", "Cris", "anne", "dave", "bart"):
        subscribe(f"{name}@example.com")


def emails(answer) -> list[str]:
    return [entry["email"] for entry in answer.json.get("entries", ())]


class TestListing:
    def test_members_are_sorted_by_address(self, api, five):
        answer = api.get(f"{ROSTER}/member")
        assert [email[0] for email in emails(answer)] == ["a", "b", "c", "d", "e"]
        assert answer.json["total_size"] == 5

    def test_pages_are_slices(self, api, five):
        answer = api.get(f"{ROSTER}/member?count=2&page=2")
        assert emails(answer) == ["cris@example.com", "dave@example.com"]
        assert (answer.json["start"], answer.json["total_size"]) == (2, 5)

    def test_every_role_has_its_roster(self, api, subscribe):
        for role in ("owner", "moderator", "nonmember"):
            subscribe(f"{role}@example.com", role=role)
            assert emails(api.get(f"{ROSTER}/{role}")) == [f"{role}@example.com"]
        assert emails(api.get(f"{ROSTER}/member")) == []

    def test_fields_restrict_the_entries(self, api, five):
        answer = api.get(f"{ROSTER}/member?fields=email&fields=role&count=1&page=1")
        assert answer.json["entries"][0].keys() == {"email", "role", "http_etag"}

    def test_unknown_fields_and_parameters_are_400(self, api, five):
        answer = api.get(f"{ROSTER}/member?fields=colour", status=400)
        assert answer.json["description"].startswith('Unknown field "colour" for Member resource.')
        api.get(f"{ROSTER}/member?colour=red", status=400)
        answer = api.get(f"{ROSTER}/member?count=x&page=1", status=400)
        assert answer.json["description"].startswith('Invalid Parameter "count":')


class TestMassRemoval:
    def test_each_address_gets_its_answer(self, api, five):
        emails = ["anne@example.com", "nobody@example.com", "BART@example.com", "anne@example.com"]
        given = {"emails": emails}
        answer = api.delete(f"{ROSTER}/member", params=given, status=200).json
        del answer["http_etag"]
        assert answer == {
            "anne@example.com": True,
            "nobody@example.com": False,
            "BART@example.com": True,
        }
        assert api.get(f"{ROSTER}/member").json["total_size"] == 3

    def test_only_the_role_of_the_url_is_removed(self, api, subscribe):
        subscribe("anne@example.com")
        subscribe("anne@example.com", role="owner")
        api.delete(f"{ROSTER}/owner", params={"emails": "anne@example.com"}, status=200)
        assert api.get(f"{ROSTER}/owner").json["total_size"] == 0
        assert api.get(f"{ROSTER}/member").json["total_size"] == 1

    def test_a_blank_removes_nobody(self, api, five):
        answer = api.delete(f"{ROSTER}/member", params={"emails": ""}, status=200)
        assert answer.json.keys() == {"http_etag"}

    def test_addresses_are_needed(self, api, five):
        answer = api.delete(f"{ROSTER}/member", status=400)
        assert answer.json["description"] == "Missing Parameter: emails"


class TestByAddress:
    def test_it_is_the_member_resource(self, api, subscribe):
        path = subscribe("anne@example.com")
        for email in ("anne@example.com", "ANNE%40example.com"):
            found = api.get(f"/3.1/lists/ant@example.com/member/{email}").json
            assert found == api.get(path).json

    def test_it_can_be_changed_and_removed(self, api, subscribe):
        path = subscribe("anne+x@example.com")
        by_address = "/3.1/lists/ant.example.com/member/anne%2Bx%40example.com"
        api.patch(by_address, {"moderation_action": "hold"}, status=204)
        assert api.get(path).json["moderation_action"] == "hold"
        api.delete(by_address, params={"pre_approved": "True"}, status=204)
        api.get(path, status=404)

    def test_nothing_lies_below(self, api, subscribe):
        subscribe("anne@example.com")
        path = "/3.1/lists/ant.example.com/owner/anne@example.com"
        api.get(path, status=404)
