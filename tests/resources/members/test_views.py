"""`/members` (rest-api sections 15 and 16)."""

from __future__ import annotations

import pytest

from tests.resources.conftest import BASE

MEMBERS = "/3.1/members"
ALL_FLAGS = {"pre_verified": "True", "pre_confirmed": "True", "pre_approved": "True"}


def emails(answer) -> list[str]:
    return [entry["email"] for entry in answer.json.get("entries", ())]


@pytest.fixture
def policy(api, ant):
    def set_policy(subscription="open", unsubscription="open"):
        given = {"subscription_policy": subscription, "unsubscription_policy": unsubscription}
        api.patch(f"/3.1/lists/{ant}/config", given, status=204)

    return set_policy


class TestSubscribing:
    @pytest.mark.parametrize("verified", [False, True])
    @pytest.mark.parametrize("confirmed", [False, True])
    @pytest.mark.parametrize("approved", [False, True])
    @pytest.mark.parametrize("name", ["open", "confirm", "moderate", "confirm_then_moderate"])
    def test_policy_and_flags_decide(self, api, ant, policy, name, verified, confirmed, approved):
        policy(name)
        given = {
            "list_id": ant,
            "subscriber": "anne@example.com",
            "pre_verified": str(verified),
            "pre_confirmed": str(confirmed),
            "pre_approved": str(approved),
        }
        if not verified or (name.startswith("confirm") and not confirmed):
            expected = "subscriber"
        elif name.endswith("moderate") and not approved:
            expected = "moderator"
        else:
            answer = api.post(MEMBERS, given, status=201)
            assert answer.headers["Location"].startswith(f"{BASE}/members/")
            assert answer.body == b""
            return
        answer = api.post(MEMBERS, given, status=202).json
        assert answer["token_owner"] == expected
        assert len(answer["token"]) == 40
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 0

    def test_an_address_that_is_verified_needs_no_flag(self, api, ant, policy, change):
        policy("open")
        with change() as site:
            site.users.make("anne@example.com")
            site.addresses.get("anne@example.com").verify()
        api.post(MEMBERS, {"list_id": ant, "subscriber": "anne@example.com"}, status=201)

    def test_an_invitation_always_waits(self, api, ant, policy):
        policy("open")
        given = {"list_id": ant, "subscriber": "anne@example.com", "invitation": "yes"}
        answer = api.post(MEMBERS, {**given, **ALL_FLAGS}, status=202)
        assert answer.json["token_owner"] == "subscriber"
        assert "verified_on" not in api.get("/3.1/addresses/anne@example.com").json

    def test_the_address_is_created_with_a_user(self, api, ant):
        given = {"list_id": ant, "subscriber": "Anne@Example.com", "display_name": "Anne"}
        api.post(MEMBERS, {**given, **ALL_FLAGS}, status=201)
        address = api.get("/3.1/addresses/anne@example.com").json
        assert address["original_email"] == "Anne@Example.com"
        assert address["display_name"] == "Anne"
        assert address["verified_on"]
        assert api.get("/3.1/users/anne@example.com").json["display_name"] == "Anne"

    def test_a_missing_name_may_be_the_text_none(self, api, subscribe):
        path = subscribe("anne@example.com", display_name="None")
        assert api.get(path).json["display_name"] == ""

    def test_delivery_is_stored_with_the_membership(self, api, subscribe):
        path = subscribe(
            "anne@example.com", delivery_mode="mime_digests", delivery_status="by_user"
        )
        answer = api.get(f"{path}/preferences").json
        assert answer["delivery_mode"] == "mime_digests"
        assert answer["delivery_status"] == "by_user"

    def test_a_second_time_is_409(self, api, ant, subscribe):
        subscribe("anne@example.com")
        given = {"list_id": ant, "subscriber": "ANNE@example.com", **ALL_FLAGS}
        answer = api.post(MEMBERS, given, status=409)
        assert answer.json["description"] == "Member already subscribed"

    def test_while_a_request_is_pending_it_is_409(self, api, ant):
        given = {"list_id": ant, "subscriber": "anne@example.com"}
        api.post(MEMBERS, given, status=202)
        for more in ({}, ALL_FLAGS, {"invitation": "yes"}):
            answer = api.post(MEMBERS, {**given, **more}, status=409)
            assert answer.json["description"] == "Subscription request already pending"

    def test_the_banned_cannot_join(self, api, ant, change):
        with change() as site:
            site.bans.add("anne@example.com")
        for role in ("member", "owner", "nonmember"):
            given = {"list_id": ant, "subscriber": "anne@example.com", "role": role, **ALL_FLAGS}
            answer = api.post(MEMBERS, given, status=400)
            # HyperKitty looks for exactly this.
            assert answer.json["description"] == "Membership is banned"
        api.get("/3.1/addresses/anne@example.com", status=404)

    @pytest.mark.parametrize(
        ("parameters", "description"),
        [
            ({"list_id": "bee.example.com"}, "No such list"),
            ({"list_id": "ant@example.com"}, "No such list"),
            ({"subscriber": "0" * 32}, "No such user"),
            ({"subscriber": "ant@example.com"}, "List posting address cannot subscribe"),
            (
                {"subscriber": "ant@example.com", "role": "owner"},
                "List posting address cannot be added",
            ),
            ({"subscriber": "anne"}, 'Invalid Parameter "subscriber": .'),
            (
                {"list_id": "bee.example.com", "subscriber": "anne"},
                'Invalid Parameter "subscriber": .',
            ),
            ({"subscriber": "7"}, 'Invalid Parameter "subscriber": .'),
            (
                {"subscriber": "a@b", "pre_verified": "maybe"},
                'Invalid Parameter "pre_verified": Invalid boolean value: maybe. '
                'Invalid Parameter "subscriber": .',
            ),
        ],
    )
    def test_what_cannot_be_is_400(self, api, ant, parameters, description):
        given = {"list_id": ant, "subscriber": "anne@example.com", **ALL_FLAGS, **parameters}
        answer = api.post(MEMBERS, given, status=400)
        assert answer.json["description"] == description

    def test_a_user_follows_the_preferred_address(self, api, ant, change):
        with change() as site:
            user = site.users.make("anne@example.com", "Anne Person")
            user_id = user.user_id
        given = {"list_id": ant, "subscriber": user_id, **ALL_FLAGS}
        answer = api.post(MEMBERS, given, status=400)
        assert answer.json["description"] == "User has no preferred address"
        answer = api.post(MEMBERS, {**given, "role": "owner"}, status=400)
        assert answer.json["description"] == "User without preferred address"
        with change() as site:
            site.addresses.get("anne@example.com").verify()
            site.users.get(user_id).preferred_address = site.addresses.get("anne@example.com")
        path = api.post(MEMBERS, given, status=201).headers["Location"]
        answer = api.get(path.removeprefix("http://localhost:8001")).json
        assert answer["subscription_mode"] == "as_user"
        assert answer["email"] == "anne@example.com"
        given["subscriber"] = "anne@example.com"
        api.post(MEMBERS, given, status=409)

    def test_the_older_api_takes_decimal_ids(self, api, ant, change):
        with change() as site:
            user = site.users.make("anne@example.com")
            site.addresses.get("anne@example.com").verify()
            user.preferred_address = site.addresses.get("anne@example.com")
            user_id = user.user_id
        given = {"list_id": ant, "subscriber": str(int(user_id, 16)), **ALL_FLAGS}
        answer = api.post("/3.0/members", given, status=201)
        path = answer.headers["Location"].removeprefix("http://localhost:8001")
        member = api.get(path).json
        assert path == f"/3.0/members/{member['member_id']}"
        assert isinstance(member["member_id"], int)
        assert member["user"].endswith(f"/3.0/users/{int(user_id, 16)}")
        api.get(f"/3.1/members/{member['member_id']}", status=404)
        api.get(f"/3.1/members/{member['member_id']:032x}", status=200)
        api.get(f"/3.0/members/{member['member_id']:032x}", status=404)
        api.get(f"/3.0/members/{1 << 128}", status=404)


class TestWelcome:
    def welcomed(self, change, engine) -> list:
        from tests.support.queues import queued

        with change() as site:
            return queued(engine, site, "virgin")

    def test_a_new_member_is_welcomed(self, subscribe, change, engine):
        subscribe("Anne@example.com", display_name="Anne Person")
        [(msg, msgdata)] = self.welcomed(change, engine)
        assert msg["To"] == "Anne Person <Anne@example.com>"
        assert msg["From"] == "ant-request@example.com"
        assert "Ant" in msg["Subject"]
        assert msg["X-No-Archive"] == "yes"
        assert msgdata["recipients"] == ["Anne@example.com"]
        assert msgdata["listid"] == "ant.example.com"

    def test_who_gets_digests_is_told_so(self, subscribe, change, engine):
        subscribe("anne@example.com", delivery_mode="plaintext_digests")
        [(msg, _)] = self.welcomed(change, engine)
        assert "digest" in msg["Subject"]

    def test_the_list_decides(self, api, ant, subscribe, change, engine):
        api.patch(f"/3.1/lists/{ant}/config", {"send_welcome_message": "no"})
        subscribe("anne@example.com")
        assert self.welcomed(change, engine) == []
        subscribe("bart@example.com", send_welcome_message="yes")
        assert len(self.welcomed(change, engine)) == 1

    def test_the_request_decides_first(self, subscribe, change, engine):
        subscribe("anne@example.com", send_welcome_message="False")
        assert self.welcomed(change, engine) == []

    def test_other_roles_get_no_mail(self, subscribe, change, engine):
        subscribe("anne@example.com", role="owner")
        assert self.welcomed(change, engine) == []


class TestRoles:
    def test_people_in_charge_are_added_at_once(self, api, ant):
        for role in ("owner", "moderator", "nonmember"):
            given = {"list_id": ant, "subscriber": "anne@example.com", "role": role}
            answer = api.post(MEMBERS, given, status=201)
            path = answer.headers["Location"].removeprefix("http://localhost:8001")
            member = api.get(path).json
            assert member["role"] == role
            assert member.get("moderation_action") == (None if role == "nonmember" else "accept")
            answer = api.post(MEMBERS, given, status=400)
            text = f"anne@example.com is already an {role} of ant@example.com"
            assert answer.json["description"] == text
        assert "verified_on" not in api.get("/3.1/addresses/anne@example.com").json
        api.get("/3.1/users/anne@example.com", status=200)

    def test_delivery_may_be_given(self, api, subscribe):
        path = subscribe(
            "anne@example.com", role="owner", delivery_mode="mime_digests",
            delivery_status="by_moderator",
        )  # fmt: skip
        answer = api.get(f"{path}/preferences").json
        assert answer["delivery_mode"] == "mime_digests"
        assert answer["delivery_status"] == "by_moderator"

    def test_a_list_may_be_its_own_nonmember(self, subscribe):
        subscribe("ant@example.com", role="nonmember")

    def test_who_joins_is_no_nonmember_any_more(self, api, subscribe):
        path = subscribe("anne@example.com", role="nonmember")
        subscribe("anne@example.com")
        api.get(path, status=404)


class TestOne:
    def test_the_whole_object(self, api, subscribe):
        path = subscribe("anne@example.com", display_name="Anne Person")
        member_id = path.rpartition("/")[2]
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        answer = api.get(path).json
        del answer["http_etag"]
        assert answer == {
            "member_id": member_id,
            "list_id": "ant.example.com",
            "email": "anne@example.com",
            "address": f"{BASE}/addresses/anne@example.com",
            "user": f"{BASE}/users/{user_id}",
            "display_name": "Anne Person",
            "role": "member",
            "subscription_mode": "as_address",
            "delivery_mode": "regular",
            "bounce_score": 0,
            "last_warning_sent": "0001-01-01T00:00:00",
            "total_warnings_sent": 0,
            "self_link": f"{BASE}/members/{member_id}",
        }

    def test_ids_may_have_dashes_and_capitals(self, api, subscribe):
        path = subscribe("anne@example.com")
        member_id = path.rpartition("/")[2].upper()
        api.get(f"{MEMBERS}/{member_id[:8]}-{member_id[8:]}", status=200)


class TestChanging:
    def test_action_and_mode(self, api, subscribe):
        path = subscribe("anne@example.com")
        given = {"moderation_action": "discard", "delivery_mode": "summary_digests"}
        api.patch(path, given, status=204)
        answer = api.get(path).json
        assert {name: answer[name] for name in given} == given
        api.patch(path, {"moderation_action": ""}, status=204)
        assert "moderation_action" not in api.get(path).json

    def test_nothing_is_no_error(self, api, subscribe):
        api.patch(subscribe("anne@example.com"), status=204)

    def test_other_attributes_are_400(self, api, subscribe):
        path = subscribe("anne@example.com")
        answer = api.patch(path, {"role": "owner", "delivery_status": "enabled"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: delivery_status, role"

    @pytest.fixture
    def two_addresses(self, subscribe, change):
        path = subscribe("anne@example.com")
        with change() as site:
            user = site.users.by_email("anne@example.com")
            for email in ("anne@example.net", "late@example.net"):
                user.link(site.addresses.add(email))
            site.addresses.get("anne@example.net").verify()
            site.users.make("bart@example.com")
            site.addresses.get("bart@example.com").verify()
        return path

    def test_the_address_can_be_another_one_of_the_user(self, api, two_addresses, change):
        api.patch(two_addresses, {"address": "Anne@example.net"}, status=204)
        assert api.get(two_addresses).json["email"] == "anne@example.net"
        by_address = "/3.1/lists/ant.example.com/member/"
        api.get(f"{by_address}anne@example.com", status=404)
        api.get(f"{by_address}anne@example.net", status=200)
        with change() as site:
            recipients = list(site.lists.get("ant.example.com").regular_recipients())
        assert recipients == ["anne@example.net"]
        memberships = api.get("/3.1/addresses/anne@example.com/memberships").json
        assert memberships["total_size"] == 0
        api.patch(two_addresses, {"address": "anne@example.net"}, status=204)

    @pytest.mark.parametrize(
        ("email", "description"),
        [
            ("nobody@example.com", "Address not registered"),
            ("late@example.net", "Unverified address"),
            ("bart@example.com", "Address is not controlled by user"),
        ],
    )
    def test_not_every_address_will_do(self, api, two_addresses, email, description):
        given = {"address": email, "delivery_mode": "mime_digests"}
        answer = api.patch(two_addresses, given, status=400)
        assert answer.json["description"] == description
        assert api.get(two_addresses).json["delivery_mode"] == "regular"

    def test_an_address_that_is_subscribed_is_taken(self, api, two_addresses, subscribe):
        subscribe("anne@example.net")
        api.patch(two_addresses, {"address": "anne@example.net"}, status=409)

    def test_who_follows_the_preferred_address_cannot_move(self, api, ant, change):
        with change() as site:
            user = site.users.make("anne@example.com")
            site.addresses.get("anne@example.com").verify()
            user.preferred_address = site.addresses.get("anne@example.com")
            member = site.lists.get(ant).subscribe(user)
            path = f"{MEMBERS}/{member.member_id}"
        answer = api.patch(path, {"address": "anne@example.com"}, status=400)
        assert answer.json["description"] == "Membership is via preferred address"


class TestLeaving:
    @pytest.mark.parametrize("confirmed", [False, True])
    @pytest.mark.parametrize("approved", [False, True])
    @pytest.mark.parametrize("name", ["open", "confirm", "moderate", "confirm_then_moderate"])
    def test_policy_and_flags_decide(self, api, subscribe, policy, name, confirmed, approved):
        path = subscribe("anne@example.com")
        policy(unsubscription=name)
        given = {"pre_confirmed": str(confirmed), "pre_approved": str(approved)}
        if name.startswith("confirm") and not confirmed:
            expected = "subscriber"
        elif name == "moderate" and not approved:
            expected = "moderator"
        else:
            api.delete(path, params=given, status=204)
            api.get(path, status=404)
            return
        answer = api.delete(path, params=given, status=202).json
        assert answer["token_owner"] == expected
        assert len(answer["token"]) == 40
        api.get(path, status=200)

    def test_without_flags_the_member_has_confirmed(self, api, subscribe):
        path = subscribe("anne@example.com")
        api.delete(path, status=204)
        api.delete(path, status=404)

    def test_unknown_parameters_are_400(self, api, subscribe):
        api.delete(subscribe("anne@example.com"), params={"why": "not"}, status=400)

    def test_other_roles_end_at_once(self, api, subscribe, policy):
        path = subscribe("anne@example.com", role="owner")
        policy(unsubscription="moderate")
        api.delete(path, params={"why": "not"}, status=204)
        api.get(path, status=404)


class TestCollection:
    @pytest.fixture
    def people(self, api, subscribe):
        api.post("/3.1/lists", {"fqdn_listname": "aardvark@example.com"})
        subscribe("bart@example.com")
        subscribe("anne@example.com")
        subscribe("cris@example.com", role="moderator")
        subscribe("dave@example.com", role="owner")
        subscribe("eve@example.com", role="nonmember")
        subscribe("zoe@example.com", list_id="aardvark.example.com")

    def test_order_is_list_role_address(self, api, people):
        answer = api.get(MEMBERS)
        assert [email[0] for email in emails(answer)] == ["z", "d", "c", "a", "b"]
        assert answer.json["total_size"] == 5

    @pytest.mark.parametrize(
        ("count", "page", "found"),
        [(2, 1, ["z", "d"]), (2, 2, ["c", "a"]), (2, 3, ["b"]), (2, 4, []), (4, 2, ["b"])],
    )
    def test_pages_span_lists_and_roles(self, api, people, count, page, found):
        answer = api.get(f"{MEMBERS}?count={count}&page={page}&fields=email")
        assert [email[0] for email in emails(answer)] == found
        assert answer.json["total_size"] == 5

    def test_blank_fields_show_only_tags(self, api, people):
        answer = api.get(f"{MEMBERS}?fields=")
        assert answer.json["entries"][0].keys() == {"http_etag"}


class TestFinding:
    @pytest.fixture
    def people(self, api, subscribe):
        api.post("/3.1/lists", {"fqdn_listname": "bee@example.com"})
        subscribe("anne@example.com", display_name="Anne Person")
        subscribe("anne@example.com", role="owner")
        subscribe("anne@example.com", list_id="bee.example.com", delivery_mode="mime_digests")
        subscribe("bart@example.com", display_name="Bart 100% _ Person")
        subscribe("cris@example.com", role="nonmember")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", []),
            ("list_id=ant.example.com", ["anne", "anne", "bart", "cris"]),
            ("list_id=ant@example.com", []),
            ("list_id=nope.example.com", []),
            ("list_id=nope.example.com&role=owner", []),
            ("list_id=ant.example.com&role=member", ["anne", "bart"]),
            ("list_id=ant@example.com&role=member", []),
            ("role=owner", ["anne"]),
            ("subscriber=ANNE@example.com", ["anne", "anne", "anne"]),
            ("subscriber=anne@example.com&role=member", ["anne", "anne"]),
            ("subscriber=nobody@example.com", []),
            ("subscriber=anne", []),
            ("subscriber=an*", ["anne", "anne", "anne"]),
            ("subscriber=*PERSON", ["anne", "anne", "bart", "anne"]),
            ("subscriber=a_n*", ["anne", "anne", "anne"]),
            ("subscriber=a%25 P*", ["anne", "anne", "anne"]),
            ("subscriber=*_art %25%25 _ P*", ["bart"]),
            ("subscriber=b_art*", []),
            ("subscriber=a_n", []),
            ("subscriber=a%25n", []),
            ("delivery_mode=mime_digests", ["anne"]),
            ("delivery_mode=regular&role=member", ["anne", "bart"]),
            ("delivery_status=enabled&role=owner", ["anne"]),
            ("delivery_status=by_user", []),
            ("moderation_action=accept", ["anne"]),
            ("moderation_action=&list_id=ant.example.com", ["anne", "bart", "cris"]),
        ],
    )
    def test_criteria(self, api, people, query, found):
        answer = api.get(f"{MEMBERS}/find?{query}", status=200)
        assert [email.partition("@")[0] for email in emails(answer)] == found
        assert answer.json["total_size"] == len(found)

    def test_by_user_id(self, api, people):
        user_id = api.get("/3.1/users/bart@example.com").json["user_id"]
        assert emails(api.get(f"{MEMBERS}/find?subscriber={user_id}")) == ["bart@example.com"]

    def test_a_membership_by_preferred_address_is_found_by_it(self, api, ant, change):
        with change() as site:
            user = site.users.make("dave@example.com", "Dave")
            site.addresses.get("dave@example.com").verify()
            user.preferred_address = site.addresses.get("dave@example.com")
            site.lists.get(ant).subscribe(user)
            user_id = user.user_id
        for subscriber in ("dave@example.com", user_id, "dav*", "*ave"):
            answer = api.get(f"{MEMBERS}/find?subscriber={subscriber}")
            assert emails(answer) == ["dave@example.com"]

    def test_the_name_is_that_of_the_subscribed(self, api, ant, subscribe):
        address = subscribe("dave@example.com")
        api.patch("/3.1/users/dave@example.com", {"display_name": "David"}, status=204)
        assert api.get(address).json["display_name"] == "David"
        path = f"{MEMBERS}/find?subscriber="
        assert emails(api.get(f"{path}David*")) == []
        assert emails(api.get(f"{path}dave*")) == ["dave@example.com"]
        api.patch("/3.1/addresses/dave@example.com", {"display_name": "David"}, status=204)
        assert emails(api.get(f"{path}David*")) == ["dave@example.com"]

    @pytest.mark.parametrize("path", [MEMBERS, "/3.1/lists/ant.example.com/roster/member"])
    def test_fields_are_looked_at_when_there_is_something_to_show(self, api, people, path):
        api.get(f"{path}?fields=colour", status=400)
        for query in ("count=0&page=1", "count=5&page=9"):
            answer = api.get(f"{path}?fields=colour&{query}").json
            assert "entries" not in answer
            assert answer["total_size"] > 0
        assert api.get(f"{MEMBERS}/find?list_id=x&fields=colour").json["total_size"] == 0

    def test_query_and_form_may_repeat_each_other(self, api, people):
        path = f"{MEMBERS}/find?list_id=ant.example.com"
        answer = api.post(path, {"list_id": "ant.example.com", "role": "owner"}, status=200)
        assert emails(answer) == ["anne@example.com"]

    def test_pages_and_fields(self, api, people):
        path = f"{MEMBERS}/find?list_id=ant.example.com&fields=email&count=2&page=2"
        answer = api.get(path).json
        assert [entry.keys() for entry in answer["entries"]] == [{"email", "http_etag"}] * 2
        assert (answer["start"], answer["total_size"]) == (2, 4)
        path = f"{MEMBERS}/find?list_id=ant.example.com&role=member&count=1&page=2"
        assert emails(api.get(path)) == ["bart@example.com"]

    def test_bad_criteria_are_400(self, api):
        for query in ("colour=red", "role=nobody", "moderation_action=nothing", "count=-1"):
            api.get(f"{MEMBERS}/find?{query}", status=400)
