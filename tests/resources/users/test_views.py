"""`/users` (rest-api section 18); their addresses are in test_address_views.py."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from resources.representation import MASK
from tests.resources.conftest import BASE

USERS = "/3.1/users"
ANNE = f"{USERS}/anne@example.com"
NOBODY = f"{USERS}/nobody@example.com"


@pytest.fixture
def anne(api):
    """The path of a user by id."""
    given = {"email": "Anne@example.com", "display_name": "Anne Person", "password": "secret"}
    answer = api.post(USERS, given, status=201)
    return answer.headers["Location"].replace(BASE, "/3.1")


def names(answer) -> list[str]:
    return [entry["display_name"] for entry in answer.json.get("entries", ())]


class TestObject:
    def test_the_whole_object(self, api, anne):
        answer = api.get(anne).json
        assert answer.pop("created_on").startswith("20")
        assert answer.pop("http_etag").startswith('"')
        user_id = answer.pop("user_id")
        assert len(user_id) == 32
        assert answer == {
            "display_name": "Anne Person",
            "is_server_owner": False,
            "password": MASK,
            "self_link": f"{BASE}/users/{user_id}",
        }

    def test_a_user_is_found_by_id_and_by_address(self, api, anne):
        answer = api.get(anne).json
        assert api.get(f"{USERS}/ANNE@example.com").json == answer
        assert api.get(anne.upper().replace("/USERS", "/users")).json == answer

    def test_who_came_by_subscribing_has_no_password(self, api, subscribe):
        subscribe("anne@example.com")
        assert not {"password", "display_name"} & api.get(ANNE).json.keys()

    def test_the_older_api_shows_and_takes_decimal_ids(self, api, anne):
        hexadecimal = api.get(anne).json["user_id"]
        user = api.get("/3.0/users/anne@example.com").json
        assert user["user_id"] == int(hexadecimal, 16)
        assert user["self_link"] == f"http://localhost:8001/3.0/users/{user['user_id']}"
        assert api.get(f"/3.0/users/{user['user_id']}").json == user
        for wrong in (f"/3.0/users/{hexadecimal}", f"/3.1/users/{user['user_id']}"):
            answer = api.get(wrong, status=404)
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"

    @pytest.mark.parametrize("name", ["nobody@example.com", "0" * 32, "x", ""])
    def test_an_unknown_user_is_404(self, api, name):
        answer = api.get(f"{USERS}/{name}", status=404)
        assert answer.json == {"title": "404 Not Found", "description": "404 Not Found"}
        for method in (api.patch, api.put, api.delete):
            method(f"{USERS}/{name}", status=404)

    @pytest.mark.parametrize(
        ("name", "method", "allowed"),
        [
            ("addresses", "GET", "GET, POST"),
            ("preferred_address", "GET", "DELETE, GET, POST"),
            ("preferences", "GET", "DELETE, GET, PATCH, PUT"),
            ("login", "POST", "POST"),
        ],
    )
    def test_sub_resources(self, api, anne, name, method, allowed):
        answer = api.request(f"{NOBODY}/{name}", method=method, status=404)
        assert answer.headers["Content-Type"] == "application/json"
        assert api.options(f"{anne}/{name}").headers["Allow"] == allowed
        api.get(f"{anne}/{name}/more", status=400 if name == "preferences" else 404)

    def test_other_methods_are_405(self, api, anne):
        assert api.post(anne, status=405).headers["Allow"] == "DELETE, GET, PATCH, PUT, OPTIONS"
        assert api.put(USERS, status=405).headers["Allow"] == "GET, POST, OPTIONS"
        api.put(f"{anne}/preferred_address", status=405)
        api.get(f"{anne}/login", status=405)
        api.get(f"{anne}/nothing", status=404)


class TestCollection:
    def test_users_come_in_order_of_creation(self, api):
        for name in ("bart", "anne", "cris"):
            api.post(USERS, {"email": f"{name}@example.com", "display_name": name})
        assert names(api.get(f"{USERS}?unknown=ignored")) == ["bart", "anne", "cris"]
        page = api.get(f"{USERS}?count=1&page=2")
        assert (names(page), page.json["total_size"]) == (["anne"], 3)

    def test_no_user_at_all(self, api):
        answer = api.get(USERS).json
        assert (answer["total_size"], "entries" in answer) == (0, False)


class TestCreating:
    def test_a_new_address_gets_the_name(self, api, anne):
        address = api.get("/3.1/addresses/anne@example.com").json
        assert address["original_email"] == "Anne@example.com"
        assert address["display_name"] == "Anne Person"
        assert "verified_on" not in address
        assert address["user"] == api.get(anne).json["self_link"]
        api.get(f"{anne}/preferred_address", status=404)

    def test_the_location_is_that_of_the_user(self, api):
        answer = api.post(USERS, {"email": "anne@example.com"}, status=201)
        assert answer.body == b""
        assert answer.headers["Location"] == api.get(ANNE).json["self_link"]
        answer = api.post("/3.0/users", {"email": "bart@example.com"}, status=201)
        bart = api.get("/3.0/users/bart@example.com").json
        assert answer.headers["Location"] == bart["self_link"]

    def test_json_is_as_good_as_a_form(self, api):
        given = {"email": "anne@example.com", "display_name": "Änne", "is_server_owner": True}
        api.post_json(USERS, given, status=201)
        user = api.get(ANNE).json
        assert (user["display_name"], user["is_server_owner"]) == ("Änne", True)

    def test_nobody_learns_a_password_that_was_not_given(self, api):
        api.post(USERS, {"email": "anne@example.com"}, status=201)
        assert api.get(ANNE).json["password"] == MASK
        for guess in ("", "!", "********"):
            api.post(f"{ANNE}/login", {"cleartext_password": guess}, status=403)

    def test_an_address_of_nobody_keeps_its_name(self, api, change):
        with change() as site:
            site.addresses.add("anne@example.com", "Old")
        api.post(USERS, {"email": "ANNE@example.com", "display_name": "New"}, status=201)
        assert api.get(ANNE).json["display_name"] == "New"
        assert api.get("/3.1/addresses/anne@example.com").json["display_name"] == "Old"

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"email": "anne@EXAMPLE.com"}, "User already exists: Anne@example.com"),
            ({"email": "nonsense"}, "Invalid email address nonsense"),
            ({"email": ""}, "Invalid email address "),
            ({}, "Missing Parameter: email"),
            ({"email": "b@example.com", "colour": "red"}, "Unexpected parameters: colour"),
            (
                {"email": "b@example.com", "is_server_owner": "perhaps"},
                'Invalid Parameter "is_server_owner": Invalid boolean value: perhaps.',
            ),
        ],
    )
    def test_what_is_wrong_creates_nothing(self, api, anne, given, said):
        assert api.post(USERS, given, status=400).json["description"] == said
        assert api.get(USERS).json["total_size"] == 1
        assert api.get("/3.1/addresses").json["total_size"] == 1


class TestChanging:
    def test_patch_changes_what_is_given(self, api, anne):
        api.patch(anne, {"display_name": "Bea"}, status=204)
        user = api.get(anne).json
        assert (user["display_name"], user["is_server_owner"]) == ("Bea", False)
        api.patch_json(anne, {"is_server_owner": True}, status=204)
        assert api.get(anne).json["is_server_owner"] is True
        api.patch(anne, {"display_name": ""}, status=204)
        assert "display_name" not in api.get(anne).json
        assert api.patch(anne, status=204).body == b""

    def test_a_new_password(self, api, anne):
        api.patch(anne, {"cleartext_password": "other"}, status=204)
        api.post(f"{anne}/login", {"cleartext_password": "secret"}, status=403)
        api.post(f"{anne}/login", {"cleartext_password": "other"}, status=204)
        api.patch(anne, {"cleartext_password": ""}, status=204)
        api.post(f"{anne}/login", {"cleartext_password": ""}, status=204)

    @pytest.mark.parametrize("name", ["email", "password", "user_id", "colour"])
    def test_nothing_else_can_be_patched(self, api, anne, name):
        answer = api.patch(anne, {"display_name": "Bea", name: "x"}, status=400)
        assert answer.json["description"] == f"Unknown attribute: {name}"
        assert api.get(anne).json["display_name"] == "Anne Person"

    def test_a_bad_value_changes_nothing(self, api, anne):
        given = {"display_name": "Bea", "is_server_owner": "x"}
        answer = api.patch(anne, given, status=400)
        assert answer.json["description"] == (
            'Invalid Parameter "is_server_owner": Invalid boolean value: x.'
        )
        api.patch_json(anne, {"cleartext_password": None}, status=400)
        api.patch(anne, {"cleartext_password": "x" * 2000}, status=400)
        assert api.get(anne).json["display_name"] == "Anne Person"

    def test_put_needs_everything(self, api, anne):
        answer = api.put(anne, {"display_name": "Bea"}, status=400)
        assert answer.json["description"] == (
            "Missing Parameter: cleartext_password, is_server_owner"
        )
        given = {"display_name": "Bea", "cleartext_password": "other", "is_server_owner": "yes"}
        answer = api.put(anne, {**given, "email": "x@example.com"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: email"
        api.put(anne, given, status=204)
        user = api.get(anne).json
        assert (user["display_name"], user["is_server_owner"]) == ("Bea", True)
        api.post(f"{anne}/login", {"cleartext_password": "other"}, status=204)

    def test_memberships_show_the_new_name(self, api, ant, subscribe):
        member = subscribe("anne@example.com")
        api.patch(ANNE, {"display_name": "Anne"}, status=204)
        assert api.get(member).json["display_name"] == "Anne"
        assert names(api.get(f"/3.1/lists/{ant}/roster/member")) == ["Anne"]


class TestDeleting:
    def test_nothing_is_left(self, api, ant, subscribe):
        members = [subscribe("anne@example.com"), subscribe("anne@example.com", role="owner")]
        user = api.get(ANNE).json
        api.post(f"{ANNE}/preferred_address", {"email": "anne@example.com"}, status=201)
        members.append(subscribe(user["user_id"], role="moderator"))
        api.post(f"{ANNE}/addresses", {"email": "two@example.com"}, status=201)
        api.post("/3.1/domains/example.com/owners", {"owner": "two@example.com"}, status=204)
        api.post("/3.1/lists", {"fqdn_listname": "bee@example.com"}, status=201)
        api.post("/3.1/members", {"list_id": "bee.example.com", "subscriber": "two@example.com"})
        api.patch(ANNE, {"is_server_owner": "yes"}, status=204)
        api.delete(ANNE, status=204)
        path = f"{USERS}/{user['user_id']}"
        for gone in (*members, path, f"{path}/preferences", "/3.1/addresses/two@example.com"):
            api.get(gone, status=404)
        for empty in ("domains/example.com/owners", "owners", "addresses", "users", "members"):
            assert api.get(f"/3.1/{empty}").json["total_size"] == 0
        assert api.get("/3.1/lists/bee.example.com/requests").json["total_size"] == 0


class TestLogin:
    def test_right_and_wrong(self, api, anne):
        path = f"{anne}/login"
        assert api.post(path, {"cleartext_password": "secret"}, status=204).body == b""
        for wrong in ("", "Secret", "x" * 5000):
            answer = api.post(path, {"cleartext_password": wrong}, status=403)
            assert answer.json == {"title": "403 Forbidden", "description": "403 Forbidden"}
        answer = api.post(path, status=400)
        assert answer.json["description"] == "Missing Parameter: cleartext_password"

    def test_who_has_no_password_cannot_log_in(self, api, subscribe):
        subscribe("anne@example.com")
        api.post(f"{ANNE}/login", {"cleartext_password": ""}, status=403)

    def test_an_outdated_hash_is_replaced(self, api, anne, change):
        old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("secret")
        with change() as site:
            site.users.by_email("anne@example.com").password = old
        api.post(f"{anne}/login", {"cleartext_password": "wrong"}, status=403)
        with change() as site:
            assert site.users.by_email("anne@example.com").password == old
        api.post(f"{anne}/login", {"cleartext_password": "secret"}, status=204)
        with change() as site:
            assert site.users.by_email("anne@example.com").password != old
        api.post(f"{anne}/login", {"cleartext_password": "secret"}, status=204)
