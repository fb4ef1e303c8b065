"""The addresses of users, also the preferred one, and merging (rest-api 18.4, 18.5, 25.5)."""

from __future__ import annotations

import pytest

from tests.resources.conftest import BASE

USERS = "/3.1/users"
ANNE = f"{USERS}/anne@example.com"


@pytest.fixture
def anne(api):
    """The path of a user by id."""
    given = {"email": "Anne@example.com", "display_name": "Anne Person", "password": "secret"}
    answer = api.post(USERS, given, status=201)
    return answer.headers["Location"].replace(BASE, "/3.1")


@pytest.fixture
def bart(api):
    """The id of another one."""
    api.post(USERS, {"email": "bart@example.com"}, status=201)
    return api.get(f"{USERS}/bart@example.com").json["user_id"]


def emails(answer) -> list[str]:
    return [entry["original_email"] for entry in answer.json.get("entries", ())]


class TestAddresses:
    def test_addresses_come_by_their_original_spelling(self, api, anne):
        for email in ("zoe@example.com", "BART@example.com"):
            api.post(f"{anne}/addresses", {"email": email}, status=201)
        addresses = f"{anne}/addresses"
        assert emails(api.get(addresses)) == [
            "Anne@example.com",
            "BART@example.com",
            "zoe@example.com",
        ]
        page = api.get(f"{addresses}?count=2&page=2")
        assert (emails(page), page.json["total_size"]) == (["zoe@example.com"], 3)

    def test_a_new_address(self, api, anne):
        given = {"email": "Two@example.com", "display_name": "Two"}
        answer = api.post(f"{anne}/addresses", given, status=201)
        assert answer.headers["Location"] == f"{BASE}/addresses/two@example.com"
        address = api.get("/3.1/addresses/two@example.com").json
        assert (address["original_email"], address["display_name"]) == ("Two@example.com", "Two")
        assert "verified_on" not in address

    def test_an_address_of_nobody_keeps_its_name(self, api, anne, change):
        with change() as site:
            site.addresses.add("two@example.com", "Old")
        given = {"email": "two@example.com", "display_name": "New"}
        api.post(f"{anne}/addresses", given, status=201)
        address = api.get("/3.1/addresses/two@example.com").json
        assert (address["display_name"], address["user"]) == (
            "Old",
            api.get(anne).json["self_link"],
        )

    @pytest.mark.parametrize("absorb", [{}, {"absorb_existing": "no"}, {"absorb_existing": ""}])
    @pytest.mark.parametrize("email", ["anne@example.com", "bart@example.com"])
    def test_what_belongs_to_somebody_is_400(self, api, anne, bart, email, absorb):
        answer = api.post(f"{anne}/addresses", {"email": email, **absorb}, status=400)
        assert answer.json["description"] == "Address belongs to other user"
        assert api.get(USERS).json["total_size"] == 2

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"email": "nonsense"}, "Invalid email address"),
            ({}, "Missing Parameter: email"),
            ({"email": "b@example.com", "colour": "red"}, "Unexpected parameters: colour"),
        ],
    )
    def test_what_is_wrong_is_400(self, api, anne, given, said):
        answer = api.post(f"{anne}/addresses", given, status=400)
        assert answer.json["description"] == said


class TestMerging:
    ABSORB = {"absorb_existing": "1"}

    def test_an_own_address_changes_nothing(self, api, anne):
        given = {"email": "anne@example.com", **self.ABSORB}
        answer = api.post(f"{anne}/addresses", given, status=201)
        assert answer.headers["Location"] == f"{BASE}/addresses/anne@example.com"
        api.get(anne, status=200)

    def test_everything_goes_to_the_survivor(self, api, ant, subscribe, bart):
        api.post(USERS, {"email": "anne@example.com"}, status=201)
        anne = api.get(ANNE).json["user_id"]
        other = f"{USERS}/{bart}"
        api.post("/3.1/addresses/bart@example.com/verify", status=204)
        api.post(f"{other}/preferred_address", {"email": "bart@example.com"}, status=201)
        by_address, by_user = subscribe("bart@example.com"), subscribe(bart, role="owner")
        given = {"display_name": "Bart", "is_server_owner": "yes", "cleartext_password": "secret"}
        api.put(other, given, status=204)
        api.patch(f"{other}/preferences", {"acknowledge_posts": "yes"}, status=204)
        api.post("/3.1/domains/example.com/owners", {"owner": "bart@example.com"}, status=204)

        given = {"email": "bart@example.com", **self.ABSORB}
        answer = api.post(f"{ANNE}/addresses", given, status=201)
        assert answer.headers["Location"] == f"{BASE}/addresses/bart@example.com"
        api.get(other, status=404)
        user = api.get(ANNE).json
        assert (user["user_id"], user["display_name"], user["is_server_owner"]) == (
            anne,
            "Bart",
            True,
        )
        api.post(f"{ANNE}/login", {"cleartext_password": "secret"}, status=204)
        assert emails(api.get(f"{ANNE}/addresses")) == ["anne@example.com", "bart@example.com"]
        assert api.get(f"{ANNE}/preferred_address").json["email"] == "bart@example.com"
        assert api.get(f"{ANNE}/preferences").json["acknowledge_posts"] is True
        for member in (by_address, by_user):
            assert api.get(member).json["user"] == f"{BASE}/users/{anne}"
        [owner] = api.get("/3.1/domains/example.com/owners").json["entries"]
        assert owner["user_id"] == anne
        [owner] = api.get("/3.1/owners").json["entries"]
        assert owner["user_id"] == anne
        assert api.get("/3.1/members").json["total_size"] == 2

    @pytest.mark.parametrize("by", ["anne@example.com", "two@example.com", "three@example.com"])
    def test_nobody_is_on_a_list_twice(self, api, ant, anne, bart, subscribe, by):
        """Whoever has addresses of both is a member by one of them only."""
        other = f"{USERS}/{bart}"
        api.post(f"{anne}/addresses", {"email": "two@example.com"}, status=201)
        api.post(f"{other}/addresses", {"email": "three@example.com"}, status=201)
        for path, email in ((anne, "anne@example.com"), (other, "bart@example.com")):
            api.post(f"/3.1/addresses/{email}/verify", status=204)
            api.post(f"{path}/preferred_address", {"email": email}, status=201)
        by_user, by_address = subscribe(bart), subscribe(by)
        in_charge = subscribe(bart, role="moderator")
        given = {"email": "bart@example.com", **self.ABSORB}
        api.post(f"{anne}/addresses", given, status=201)
        api.get(by_user, status=404)
        assert api.get(by_address).json["email"] == by
        # Another role is another matter.
        assert api.get(in_charge).json["user"] == api.get(anne).json["self_link"]
        roster = api.get(f"/3.1/lists/{ant}/roster/member").json
        assert [entry["email"] for entry in roster["entries"]] == [by]

    def test_the_survivors_own_values_win(self, api, anne, bart):
        given = {"display_name": "Bart", "cleartext_password": "other", "is_server_owner": "no"}
        api.put(f"{USERS}/{bart}", given, status=204)
        api.patch(f"{USERS}/{bart}/preferences", {"delivery_mode": "mime_digests"}, status=204)
        api.patch(f"{anne}/preferences", {"delivery_mode": "regular"}, status=204)
        given = {"email": "bart@example.com", **self.ABSORB}
        api.post_json(f"{anne}/addresses", given, status=201)
        assert api.get(anne).json["display_name"] == "Anne Person"
        assert api.get(f"{anne}/preferences").json["delivery_mode"] == "regular"
        api.post(f"{anne}/login", {"cleartext_password": "secret"}, status=204)


class TestPreferredAddress:
    @pytest.fixture
    def path(self, anne):
        return f"{anne}/preferred_address"

    def test_none_at_first(self, api, path):
        for method in (api.get, api.delete):
            answer = method(path, status=404)
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"

    def test_it_is_set_and_cleared(self, api, path):
        api.post("/3.1/addresses/anne@example.com/verify", status=204)
        answer = api.post(path, {"email": "ANNE@example.com"}, status=201)
        assert answer.headers["Location"] == f"{BASE}/addresses/anne@example.com"
        assert api.get(path).json == api.get("/3.1/addresses/anne@example.com").json
        assert api.delete(path, status=204).body == b""
        api.get(path, status=404)

    def test_a_verified_address_of_nobody_is_linked(self, api, anne, path, change):
        with change() as site:
            site.addresses.add("new@example.com").verify()
        api.post(path, {"email": "new@example.com"}, status=201)
        assert emails(api.get(f"{anne}/addresses")) == ["Anne@example.com", "new@example.com"]

    def test_memberships_follow_it(self, api, ant, anne, path, subscribe):
        for email in ("anne@example.com", "two@example.com"):
            api.post(f"{anne}/addresses", {"email": email, "absorb_existing": "1"}, status=201)
            api.post(f"/3.1/addresses/{email}/verify", status=204)
        api.post(path, {"email": "two@example.com"}, status=201)
        member = subscribe(api.get(anne).json["user_id"])
        assert api.get(member).json["email"] == "two@example.com"
        # Without a preferred one the first verified address takes its place.
        api.delete(path, status=204)
        assert api.get(member).json["email"] == "anne@example.com"
        roster = f"/3.1/lists/{ant}/roster/member"
        assert [e["email"] for e in api.get(roster).json["entries"]] == ["anne@example.com"]
        assert api.get("/3.1/members").json["total_size"] == 1
        api.post("/3.1/addresses/anne@example.com/unverify", status=204)
        assert api.get(member).json["email"] == "two@example.com"

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"email": "new@example.com"}, "Address does not exist: new@example.com"),
            (
                {"email": "anne@example.com"},
                "Anne Person <Anne@example.com> must be verified before setting as primary",
            ),
            (
                {"email": "nonsense"},
                'Invalid Parameter "email": Expected a valid email address, got nonsense.',
            ),
            ({}, "Missing Parameter: email"),
            ({"email": "anne@example.com", "x": "y"}, "Unexpected parameters: x"),
        ],
    )
    def test_what_is_wrong_is_400(self, api, path, given, said):
        assert api.post(path, given, status=400).json["description"] == said

    def test_another_users_address_is_400(self, api, path, bart):
        bart = {"email": "bart@example.com"}
        answer = api.post(path, bart, status=400)
        assert answer.json["description"] == (
            "bart@example.com must be verified before setting as primary"
        )
        api.post("/3.1/addresses/bart@example.com/verify", status=204)
        answer = api.post(path, bart, status=400)
        assert answer.json["description"] == "Address belongs to other user"
        api.get(path, status=404)
