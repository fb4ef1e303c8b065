"""`/addresses/{email}/user` (rest-api 17.4)."""

from __future__ import annotations

import pytest

from resources.representation import MASK
from tests.resources.conftest import BASE

ANNE = "/3.1/addresses/anne@example.com"
PATH = f"{ANNE}/user"
NOBODY = "0" * 32


@pytest.fixture
def anne(change):
    """An address that belongs to nobody."""
    with change() as site:
        site.addresses.add("anne@example.com", "Anne Person")


@pytest.fixture
def bart(api):
    """The id of another user."""
    api.post("/3.1/users", {"email": "Bart@example.com"}, status=201)
    return api.get("/3.1/users/bart@example.com").json["user_id"]


def owner(api) -> str:
    return api.get(PATH).json["user_id"]


class TestReading:
    def test_the_user_of_an_address(self, api, subscribe):
        subscribe("anne@example.com")
        assert api.get(PATH).json == api.get("/3.1/users/anne@example.com").json

    def test_nobodys_address_is_404(self, api, anne):
        answer = api.get(PATH, status=404)
        assert answer.json["description"] == "404 Not Found"
        assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"

    def test_an_unknown_address_is_404_on_the_way(self, api):
        for method in (api.get, api.post, api.put, api.delete):
            assert method(PATH, status=404).headers["Content-Type"] == "application/json"

    def test_nothing_is_below(self, api, anne):
        api.get(f"{PATH}/more", status=404)
        assert api.patch(PATH, status=405).headers["Allow"] == "DELETE, GET, POST, PUT, OPTIONS"


class TestUnlinking:
    def test_user_and_memberships_stay(self, api, ant, subscribe):
        member = subscribe("anne@example.com")
        user_id = owner(api)
        api.delete(f"{PATH}?any=thing", status=204)
        api.get(PATH, status=404)
        assert "user" not in api.get(ANNE).json
        assert "user" not in api.get(member).json
        assert "user" not in api.get(f"/3.1/lists/{ant}/roster/member").json["entries"][0]
        assert api.get(f"/3.1/users/{user_id}/addresses").json["total_size"] == 0
        api.delete(PATH, status=404)

    def test_it_is_not_preferred_any_more(self, api, subscribe):
        subscribe("anne@example.com")
        user = f"/3.1/users/{owner(api)}"
        api.post(f"{user}/preferred_address", {"email": "anne@example.com"}, status=201)
        member = subscribe(owner(api), role="owner")
        api.delete(PATH, status=204)
        api.get(f"{user}/preferred_address", status=404)
        # Nothing else is left that mail to the user could go to.
        shown = api.get(member).json
        assert (shown["email"], shown["subscription_mode"]) == ("anne@example.com", "as_address")


class TestPosting:
    def test_an_existing_user(self, api, anne, bart):
        answer = api.post(PATH, {"user_id": bart}, status=200)
        assert (answer.body, "Location" in answer.headers) == (b"", False)
        assert owner(api) == bart
        assert api.get(f"/3.1/users/{bart}/addresses").json["total_size"] == 2

    def test_an_existing_user_by_the_older_api(self, api, anne, bart):
        path = PATH.replace("3.1", "3.0")
        api.post(path, {"user_id": bart}, status=400)
        api.post_json(path, {"user_id": int(bart, 16)}, status=200)
        assert owner(api) == bart

    def test_a_new_user(self, api, anne):
        answer = api.post(PATH, status=201)
        user = api.get(PATH).json
        assert answer.headers["Location"] == user["self_link"]
        assert user["password"] == MASK
        assert "display_name" not in user

    def test_a_new_user_with_everything(self, api, anne):
        given = {"display_name": "Anne", "password": "secret", "is_server_owner": "yes"}
        api.post(PATH, {**given, "auto_create": "yes"}, status=201)
        user = api.get(PATH).json
        assert (user["display_name"], user["is_server_owner"]) == ("Anne", True)
        api.post("/3.1/users/anne@example.com/login", {"cleartext_password": "secret"}, status=204)

    def test_no_new_user(self, api, anne):
        answer = api.post(PATH, {"auto_create": "no"}, status=403)
        assert answer.json["description"] == "403 Forbidden"
        api.get(PATH, status=404)

    def test_what_is_linked_is_409_before_all_else(self, api, bart):
        path = "/3.1/addresses/bart@example.com/user"
        answer = api.post(path, {"user_id": "nonsense", "colour": "red"}, status=409)
        assert answer.json["description"] == "409 Conflict"

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"user_id": NOBODY}, f"No user with ID {NOBODY}"),
            ({"user_id": "x"}, 'Invalid Parameter "user_id": Expected a user id, got x.'),
            ({"email": "anne@example.com"}, "Unexpected parameters: email"),
            ({"auto_create": "x"}, 'Invalid Parameter "auto_create": Invalid boolean value: x.'),
        ],
    )
    def test_what_is_wrong_is_400(self, api, anne, given, said):
        assert api.post(PATH, given, status=400).json["description"] == said
        api.get(PATH, status=404)


class TestPutting:
    def test_another_user(self, api, subscribe, bart):
        member = subscribe("anne@example.com")
        old = owner(api)
        assert api.put(PATH, {"user_id": bart}, status=200).body == b""
        assert owner(api) == bart
        assert api.get(f"/3.1/users/{old}/addresses").json["total_size"] == 0
        assert api.get(member).json["user"] == f"{BASE}/users/{bart}"

    def test_the_same_user_changes_nothing(self, api, subscribe):
        subscribe("anne@example.com")
        preferred = "/3.1/users/anne@example.com/preferred_address"
        api.post(preferred, {"email": "anne@example.com"}, status=201)
        api.put(PATH, {"user_id": owner(api)}, status=200)
        api.get(preferred, status=200)

    def test_an_address_of_nobody_can_be_put_too(self, api, anne, bart):
        api.put(PATH, {"user_id": bart}, status=200)
        assert owner(api) == bart

    def test_a_new_user(self, api, subscribe):
        subscribe("anne@example.com")
        old = owner(api)
        answer = api.put(PATH, {"display_name": "New", "password": "x"}, status=201)
        user = api.get(PATH).json
        assert user["user_id"] != old
        assert answer.headers["Location"] == user["self_link"]
        assert user["display_name"] == "New"

    def test_a_new_user_with_a_further_address(self, api, anne):
        api.put(PATH, {"email": "Zoe@example.com"}, status=201)
        addresses = api.get("/3.1/users/anne@example.com/addresses").json["entries"]
        assert [a["original_email"] for a in addresses] == ["Zoe@example.com", "anne@example.com"]

    def test_the_address_itself_is_none_further(self, api, anne):
        api.put(PATH, {"email": "Anne@example.com"}, status=201)
        assert api.get("/3.1/users/anne@example.com/addresses").json["total_size"] == 1

    @pytest.mark.parametrize(
        ("given", "status", "said"),
        [
            ({"user_id": NOBODY}, 404, "No user with ID 00000000-0000-0000-0000-000000000000"),
            ({"user_id": "x"}, 400, 'Invalid Parameter "user_id": Expected a user id, got x.'),
            ({"email": "bart@example.com"}, 400, "User already exists: Bart@example.com"),
            ({"email": "nonsense"}, 400, "Invalid email address nonsense"),
            ({"auto_create": "yes"}, 400, "Unexpected parameters: auto_create"),
            (
                {"is_server_owner": "x"},
                400,
                'Invalid Parameter "is_server_owner": Invalid boolean value: x.',
            ),
        ],
    )
    def test_what_is_wrong_changes_nothing(self, api, subscribe, bart, given, status, said):
        subscribe("anne@example.com")
        old = owner(api)
        assert api.put(PATH, given, status=status).json["description"] == said
        assert owner(api) == old
