"""`/lists/{list}/requests` (rest-api section 12)."""

from __future__ import annotations

from datetime import timedelta

import pytest

TOKEN = "0123456789" * 4


def tokens(answer) -> list[str]:
    return [entry["token"] for entry in answer.json.get("entries", ())]


class TestListing:
    @pytest.fixture
    def three(self, ask, leave):
        """Two who want to join, one unverified and one to be approved; one who wants to leave."""
        first, _ = ask("anne@example.com")
        flags = {"pre_verified": "yes", "pre_confirmed": "yes"}
        second, owner = ask("bart@example.com", **flags)
        assert owner == "moderator"
        third, _ = leave("cris@example.com")
        return first, second, third

    @pytest.fixture(autouse=True)
    def moderated(self, policy):
        policy("confirm_then_moderate", "confirm")

    def test_subscriptions_are_shown_unless_something_else_is_asked_for(
        self, api, requests, three
    ):
        anne, bart, cris = three
        for query, expected in (
            ("", [anne, bart]),
            ("?request_type=subscription", [anne, bart]),
            ("?request_type=unsubscription", [cris]),
            ("?token_owner=subscriber", [anne]),
            ("?token_owner=moderator", [bart]),
            ("?token_owner=no_one", []),
            ("?token_owner=subscriber&request_type=unsubscription", [cris]),
            ("?token_owner=moderator&request_type=unsubscription", []),
            ("?count=1&page=2", [bart]),
            ("?count=1&page=2&token_owner=moderator", []),
            ("?count=0", []),
        ):
            answer = api.get(requests + query, status=200)
            assert tokens(answer) == expected
            assert ("entries" in answer.json) == bool(expected)
            paged = "count" in query.replace("/count", "")
            if not paged:
                assert answer.json["total_size"] == len(expected)
                assert answer.json["start"] == 0
                counted = api.get(f"{requests}/count{query}", status=200).json
                assert counted.keys() == {"count", "http_etag"}
                assert counted["count"] == len(expected)
        page = api.get(f"{requests}?count=1&page=2").json
        assert (page["start"], page["total_size"]) == (1, 2)

    @pytest.mark.parametrize("version", ["3.0", "3.1"])
    @pytest.mark.parametrize("spec", ["ant.example.com", "ant@example.com"])
    def test_both_names_of_the_list_and_both_versions(self, api, three, version, spec):
        path = f"/{version}/lists/{spec}/requests"
        assert api.get(path).json["total_size"] == 2
        assert api.get(f"{path}/count").json["count"] == 2
        assert api.get(f"{path}/{three[0]}").json["list_id"] == "ant.example.com"

    def test_the_object(self, api, requests, ask):
        token, _ = ask("Anne@example.com", display_name="Anne Person", delivery_mode="regular")
        [entry] = api.get(requests).json["entries"]
        assert entry == api.get(f"{requests}/{token}", status=200).json
        assert len(entry.pop("http_etag")) == 42
        assert len(entry.pop("when")) == len("2026-11-20T21:49:28")
        assert entry == {
            "token": token,
            "type": "subscription",
            "list_id": "ant.example.com",
            "email": "anne@example.com",
            "display_name": "Anne Person",
            "token_owner": "subscriber",
        }

    @pytest.mark.parametrize(
        ("query", "description"),
        [
            ("?colour=red", "Unexpected parameters: colour"),
            (
                "?token_owner=nobody",
                'Invalid Parameter "token_owner": '
                "Accepted Values are: no_one, subscriber, moderator.",
            ),
            (
                "?request_type=post",
                'Invalid Parameter "request_type": '
                "Accepted Values are: subscription, unsubscription.",
            ),
        ],
    )
    def test_bad_parameters_are_400(self, api, requests, query, description):
        for path in (requests, f"{requests}/count"):
            assert api.get(path + query, status=400).json["description"] == description

    def test_paging_is_checked_and_not_for_the_number(self, api, requests):
        api.get(f"{requests}?count=-1", status=400)
        api.get(f"{requests}?count=1&page=0", status=400)
        answer = api.get(f"{requests}/count?count=1&page=1", status=400)
        assert answer.json["description"] == "Unexpected parameters: count, page"

    def test_other_lists_have_their_own(self, api, requests, three):
        api.post("/3.1/lists", {"fqdn_listname": "bee@example.com"}, status=201)
        bee = "/3.1/lists/bee.example.com/requests"
        assert api.get(bee).json["total_size"] == 0
        assert api.get(f"{bee}/count").json["count"] == 0

    def test_expired_requests_are_gone_at_once(self, api, requests, three, change):
        with change() as site:
            for token in three:
                data = site.pendings.confirm(token)
                late = site.pendings.add(data, timedelta(seconds=-1))
        assert api.get(requests).json["total_size"] == 0
        assert api.get(f"{requests}/count?request_type=unsubscription").json["count"] == 0
        api.get(f"{requests}/{late}", status=404)
        api.post(f"{requests}/{late}", {"action": "accept"}, status=404)
        with change() as site:
            assert site.pendings.evict() == 3


class TestURLs:
    @pytest.mark.parametrize(
        ("path", "allow"),
        [("", "GET, OPTIONS"), ("/count", "GET, OPTIONS"), (f"/{TOKEN}", "GET, POST, OPTIONS")],
    )
    def test_other_methods_are_405(self, api, requests, path, allow):
        offered = set(allow.split(", "))
        for method in {"POST", "PUT", "PATCH", "DELETE"} - offered:
            answer = api.request(requests + path, method=method, status=405)
            assert answer.headers["Allow"] == allow
        answer = api.options(requests + path, status=200)
        assert answer.headers["Allow"] == allow.removesuffix(", OPTIONS")

    @pytest.mark.parametrize("path", [f"/{TOKEN}/x", f"/{TOKEN}/", "/count/x"])
    def test_nothing_lies_below(self, api, requests, path):
        assert "charset" not in api.get(requests + path, status=404).headers["Content-Type"]

    @pytest.mark.parametrize("path", ["", "/count", f"/{TOKEN}"])
    def test_an_unknown_list_is_404(self, api, ant, path):
        answer = api.get(f"/3.1/lists/bee.example.com/requests{path}", status=404)
        assert "charset" not in answer.headers["Content-Type"]

    @pytest.mark.parametrize("token", [TOKEN, "x", ""])
    def test_an_unknown_token_is_404(self, api, requests, token):
        path = f"{requests}/{token}"
        answers = [api.get(path, status=404)]
        for action in ("accept", "reject", "discard", "defer", "hold"):
            answers.append(api.post(path, {"action": action}, status=404))
        for answer in answers:
            assert answer.json == {"title": "404 Not Found", "description": "404 Not Found"}
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"

    @pytest.mark.parametrize(
        ("given", "description"),
        [
            ({}, "Missing Parameter: action"),
            ({"action": "accept", "comment": "x"}, "Unexpected parameters: comment"),
            (
                {"action": "forward"},
                'Invalid Parameter "action": '
                "Accepted Values are: hold, reject, discard, accept, defer.",
            ),
        ],
    )
    def test_parameters_are_looked_at_before_the_token(self, api, requests, given, description):
        answer = api.post(f"{requests}/{TOKEN}", given, status=400)
        assert answer.json["description"] == description

    @pytest.mark.parametrize("action", ["accept", "reject", "discard", "defer"])
    def test_the_token_must_be_of_the_list(self, api, requests, ask, action):
        token, _ = ask()
        api.post("/3.1/lists", {"fqdn_listname": "bee@example.com"}, status=201)
        other = f"/3.1/lists/bee.example.com/requests/{token}"
        api.get(other, status=404)
        api.post(other, {"action": action}, status=404)
        api.get(f"{requests}/{token}", status=200)

    @pytest.mark.parametrize("action", ["accept", "reject", "discard", "defer"])
    def test_the_token_must_be_of_a_request(self, api, requests, ant, change, action):
        with change() as site:
            data = {"type": "held message", "id": 1, "list_id": ant}
            token = site.pendings.add(data, timedelta(days=1))
        api.get(f"{requests}/{token}", status=404)
        api.post(f"{requests}/{token}", {"action": action}, status=404)
        with change() as site:
            assert site.pendings.confirm(token) == data


class TestAnswers:
    @pytest.mark.parametrize("action", ["defer", "hold"])
    def test_a_request_may_be_left_alone(self, api, requests, ask, mails, action):
        token, _ = ask()
        mails()
        before = api.get(f"{requests}/{token}").json
        api.post(f"{requests}/{token}", {"action": action, "reason": "x"}, status=204)
        assert api.get(f"{requests}/{token}").json == before
        assert mails() == []

    def test_a_request_may_be_discarded_silently(self, api, ant, requests, ask, mails):
        token, _ = ask()
        mails()
        api.post(f"{requests}/{token}", {"action": "discard"}, status=204)
        api.get(f"{requests}/{token}", status=404)
        api.post(f"{requests}/{token}", {"action": "discard"}, status=404)
        assert api.get(f"{requests}/count").json["count"] == 0
        assert mails() == []
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 0
        ask()

    @pytest.mark.parametrize(
        ("given", "reason"),
        [({}, "[No reason given]"), ({"reason": ""}, "[No reason given]"),
         ({"reason": "Not\nthis time"}, "Not this time")],
    )  # fmt: skip
    def test_a_request_may_be_rejected_with_a_reason(
        self, api, requests, ask, mails, given, reason
    ):
        token, _ = ask("Anne@example.com")
        mails()
        api.post(f"{requests}/{token}", {"action": "reject", **given}, status=204)
        api.get(f"{requests}/{token}", status=404)
        [mail] = mails()
        assert mail["To"] == "Anne@example.com"
        assert mail["From"] == "ant-bounces@example.com"
        assert mail["Subject"] == "Your request to Ant was refused"
        text = mail.get_payload(decode=True).decode()
        assert reason in text
        assert "Subscription request" in text

    def test_who_may_not_leave_is_told_in_the_members_language(self, api, requests, leave, mails):
        api.post("/3.1/users", {"email": "anne@example.com"}, status=201)
        preferences = "/3.1/addresses/anne@example.com/preferences"
        api.patch(preferences, {"preferred_language": "de"}, status=204)
        token, _ = leave()
        mails()
        api.post(f"{requests}/{token}", {"action": "reject", "reason": "Bleib!"}, status=204)
        [mail] = mails()
        text = mail.get_payload(decode=True).decode()
        assert "Bleib!" in text
        assert "abgelehnt" in text
        api.get("/3.1/lists/ant.example.com/member/anne@example.com", status=200)

    def test_json_will_do(self, api, requests, ask):
        token, _ = ask()
        api.post_json(f"{requests}/{token}", {"action": "accept"}, status=204)
        api.get("/3.1/lists/ant.example.com/member/anne@example.com", status=200)

    def test_each_step_makes_the_token_before_it_invalid(self, api, requests, policy, ask):
        policy("confirm_then_moderate")
        first, _ = ask()
        api.post(f"{requests}/{first}", {"action": "accept"}, status=204)
        [second] = tokens(api.get(f"{requests}?token_owner=moderator"))
        assert second != first
        api.get(f"{requests}/{first}", status=404)
        api.post(f"{requests}/{first}", {"action": "accept"}, status=404)
        api.post(f"{requests}/{second}", {"action": "accept"}, status=204)
        api.post(f"{requests}/{second}", {"action": "accept"}, status=404)
        assert api.get(requests).json["total_size"] == 0


class TestMeanwhile:
    """What has changed between a request and its acceptance (Q35)."""

    def refused(self, api, path, status, description):
        answer = api.post(path, {"action": "accept"}, status=status)
        assert answer.json["description"] == description

    @pytest.mark.parametrize("invitation", ["no", "yes"])
    def test_the_banned_wait_until_somebody_decides(
        self, api, requests, ask, change, mails, invitation
    ):
        token, _ = ask(invitation=invitation)
        mails()
        path = f"{requests}/{token}"
        with change() as site:
            site.lists.get("ant.example.com").bans.add("anne@example.com")
        self.refused(api, path, 400, "Membership is banned")
        api.get(path, status=200)
        assert "verified_on" not in api.get("/3.1/addresses/anne@example.com").json
        assert mails() == []
        with change() as site:
            site.lists.get("ant.example.com").bans.remove("anne@example.com")
        api.post(path, {"action": "accept"}, status=204)

    def test_who_is_a_member_by_now_is_409_and_settled(
        self, api, ant, requests, ask, subscribe, mails
    ):
        other = subscribe("anne@example.org")
        user_id = api.get("/3.1/users/anne@example.org").json["user_id"]
        addresses = f"/3.1/users/{user_id}/addresses"
        api.post(addresses, {"email": "anne@example.com"}, status=201)
        token, _ = ask("anne@example.com")
        api.post("/3.1/addresses/anne@example.com/verify", status=204)
        api.patch(other, {"address": "anne@example.com"}, status=204)
        mails()
        self.refused(api, f"{requests}/{token}", 409, "Already subscribed")
        api.get(f"{requests}/{token}", status=404)
        api.post(f"{requests}/{token}", {"action": "accept"}, status=404)
        assert api.get(f"{requests}/count").json["count"] == 0
        assert mails() == []
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 1

    def test_a_user_who_has_no_preferred_address_waits_for_one(self, api, requests, ask, mails):
        api.post("/3.1/users", {"email": "anne@example.com"}, status=201)
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        token, owner = ask(user_id)
        assert owner == "subscriber"
        mails()
        path = f"{requests}/{token}"
        self.refused(api, path, 400, "User has no preferred address")
        api.get(path, status=200)
        assert mails() == []
        api.post("/3.1/addresses/anne@example.com/verify", status=204)
        preferred = f"/3.1/users/{user_id}/preferred_address"
        api.post(preferred, {"email": "anne@example.com"}, status=201)
        api.post(path, {"action": "accept"}, status=204)
        member = api.get("/3.1/lists/ant.example.com/member/anne@example.com").json
        assert member["subscription_mode"] == "as_user"

    @pytest.mark.parametrize("what", ["addresses", "users"])
    def test_a_request_goes_with_its_address_and_its_user(self, api, requests, ask, what):
        token, _ = ask()
        api.delete(f"/3.1/{what}/anne@example.com", status=204)
        api.get(f"{requests}/{token}", status=404)
        api.post(f"{requests}/{token}", {"action": "accept"}, status=404)
        assert api.get(f"{requests}/count").json["count"] == 0

    def test_a_request_goes_with_its_list(self, api, ant, requests, ask, change):
        token, _ = ask()
        api.delete(f"/3.1/lists/{ant}", status=204)
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        api.get(f"{requests}/{token}", status=404)
        assert api.get(requests).json["total_size"] == 0
        ask()

    def test_who_has_left_by_another_way_needs_no_answer(self, api, requests, leave, mails):
        token, _ = leave()
        member = "/3.1/lists/ant.example.com/member/anne@example.com"
        api.delete(member, status=204)
        mails()
        # The other request of the same member is not touched by this.
        api.get(f"{requests}/{token}", status=200)
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        api.get(f"{requests}/{token}", status=404)
        assert mails() == []

    def test_who_has_come_back_does_not_leave_by_an_old_request(
        self, api, requests, leave, subscribe
    ):
        token, _ = leave()
        api.delete("/3.1/lists/ant.example.com/member/anne@example.com", status=204)
        path = subscribe("anne@example.com")
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        api.get(path, status=200)
