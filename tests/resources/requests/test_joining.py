"""Joining by URL: every policy with every flag, the mails, the steps (rest-api section 16)."""

from __future__ import annotations

from itertools import product

import pytest

POLICIES = ("open", "confirm", "moderate", "confirm_then_moderate")
FLAGS = ("pre_verified", "pre_confirmed", "pre_approved")
ALL = dict.fromkeys(FLAGS, "yes")
SUBJECTS = {
    "subscriber": "Please confirm that you want to join ant@example.com",
    "moderator": "anne@example.com wants to join Ant",
    "no_one": "Welcome to Ant",
}


def expected(policy: str, verified: bool, confirmed: bool, approved: bool) -> str:
    """Whose move it is, as the table in section 16.2 says."""
    if not verified:
        return "subscriber"
    return {
        "open": "no_one",
        "confirm": "no_one" if confirmed else "subscriber",
        "moderate": "no_one" if approved else "moderator",
        "confirm_then_moderate": (
            "subscriber" if not confirmed else "no_one" if approved else "moderator"
        ),
    }[policy]


@pytest.fixture(params=["address", "user"])
def subscriber(request, api, ant):
    """Makes anne@example.com known, verified or not; returns how she is named when she joins."""

    def make(verified: bool) -> str:
        api.post("/3.1/users", {"email": "anne@example.com"}, status=201)
        if verified:
            api.post("/3.1/addresses/anne@example.com/verify", status=204)
        if request.param == "address":
            return "anne@example.com"
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        if verified:
            given = {"email": "anne@example.com"}
            api.post(f"/3.1/users/{user_id}/preferred_address", given, status=201)
        return user_id

    make.mode = f"as_{request.param}"  # type: ignore[attr-defined]
    return make


class TestAtOnce:
    @pytest.mark.parametrize("name", POLICIES)
    @pytest.mark.parametrize(("confirmed", "approved"), list(product([False, True], repeat=2)))
    @pytest.mark.parametrize("verified", ["before", "now", "no"])
    def test_policy_and_flags_decide(
        self, api, ant, policy, mails, subscriber, name, verified, confirmed, approved
    ):
        policy(name)
        given = {
            "list_id": ant,
            "subscriber": subscriber(verified == "before"),
            "pre_verified": str(verified == "now"),
            "pre_confirmed": str(confirmed),
            "pre_approved": str(approved),
        }
        owner = expected(name, verified != "no", confirmed, approved)
        as_user = subscriber.mode == "as_user"
        if as_user and verified == "now" and owner == "no_one":
            # Verified, but not yet preferred.
            answer = api.post("/3.1/members", given, status=400).json
            assert answer["description"] == "User has no preferred address"
            assert mails() == []
            return
        answer = api.post("/3.1/members", given, status=201 if owner == "no_one" else 202)
        [mail] = mails()
        assert mail["Subject"] == SUBJECTS[owner]
        assert mail["Auto-Submitted"] == "auto-generated"
        address = api.get("/3.1/addresses/anne@example.com").json
        assert ("verified_on" in address) == (verified != "no")
        if owner == "no_one":
            path = answer.headers["Location"].removeprefix("http://localhost:8001")
            assert api.get(path).json["subscription_mode"] == subscriber.mode
            return
        assert answer.json["token_owner"] == owner
        found = api.get(f"/3.1/lists/{ant}/requests/{answer.json['token']}").json
        assert (found["email"], found["token_owner"]) == ("anne@example.com", owner)
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 0

    @pytest.mark.parametrize("name", POLICIES)
    @pytest.mark.parametrize("flags", [{}, ALL])
    @pytest.mark.parametrize("verified", [False, True])
    def test_an_invitation_waits_and_then_asks_nobody(
        self, api, policy, requests, ask, mails, subscriber, name, flags, verified
    ):
        policy(name)
        token, owner = ask(subscriber(verified), invitation="yes", **flags)
        assert owner == "subscriber"
        [mail] = mails()
        assert mail["Subject"] == "You are invited to join ant@example.com"
        address = api.get("/3.1/addresses/anne@example.com").json
        assert ("verified_on" in address) == verified
        if subscriber.mode == "as_user" and not verified:
            return
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        assert "verified_on" in api.get("/3.1/addresses/anne@example.com").json
        member = api.get("/3.1/lists/ant.example.com/member/anne@example.com").json
        assert member["subscription_mode"] == subscriber.mode
        assert [mail["Subject"] for mail in mails()] == ["Welcome to Ant"]

    def test_even_those_who_wait_have_a_user(self, api, ask):
        ask("Anne@example.com", display_name="Anne Person")
        user = api.get("/3.1/users/anne@example.com").json
        assert user["display_name"] == "Anne Person"
        assert "password" not in user
        assert api.get("/3.1/addresses/anne@example.com").json["user"] == user["self_link"]

    def test_a_user_without_any_address_cannot_be_asked(self, api, ant, change):
        with change() as site:
            user_id = site.users.add("Anne").user_id
        given = {"list_id": ant, "subscriber": user_id}
        answer = api.post("/3.1/members", given, status=400).json
        assert answer["description"] == "User has no preferred address"

    @pytest.mark.parametrize("flags", [{}, ALL, {"invitation": "yes"}])
    def test_refusals_have_an_order(self, api, ant, change, ask, flags):
        """Duplicate, ban, posting address, pending, policy."""
        ask()
        given = {"list_id": ant, "subscriber": "anne@example.com", **flags}

        def refused(status, description):
            answer = api.post("/3.1/members", given, status=status).json
            assert answer["description"] == description

        refused(409, "Subscription request already pending")
        with change() as site:
            site.lists.get(ant).bans.add("anne@example.com")
            site.lists.get(ant).bans.add("ant@example.com")
        refused(400, "Membership is banned")
        with change() as site:
            site.lists.get(ant).bans.remove("anne@example.com")
            site.lists.get(ant).subscribe(site.addresses.get("anne@example.com"))
            site.lists.get(ant).bans.add("anne@example.com")
        refused(409, "Member already subscribed")
        given["subscriber"] = "ant@example.com"
        refused(400, "Membership is banned")

    def test_a_refused_request_leaves_nothing(self, api, ant, change, mails):
        with change() as site:
            site.bans.add("anne@example.com")
        given = {"list_id": ant, "subscriber": "anne@example.com", **ALL}
        api.post("/3.1/members", given, status=400)
        api.get("/3.1/addresses/anne@example.com", status=404)
        api.get("/3.1/users/anne@example.com", status=404)
        assert mails() == []


class TestAccepting:
    @pytest.mark.parametrize("name", POLICIES)
    @pytest.mark.parametrize("approved", ["no", "yes"])
    def test_after_the_subscriber_may_come_the_moderator(
        self, api, ant, requests, policy, ask, mails, name, approved
    ):
        policy(name)
        token, owner = ask(pre_approved=approved)
        assert owner == "subscriber"
        mails()
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        assert "verified_on" in api.get("/3.1/addresses/anne@example.com").json
        subjects = [mail["Subject"] for mail in mails()]
        if name.endswith("moderate") and approved == "no":
            assert subjects == [SUBJECTS["moderator"]]
            assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 0
            [waiting] = api.get(requests).json["entries"]
            assert waiting["token_owner"] == "moderator"
            api.post(f"{requests}/{waiting['token']}", {"action": "accept"}, status=204)
            subjects = [mail["Subject"] for mail in mails()]
        assert subjects == [SUBJECTS["no_one"]]
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 1
        assert api.get(requests).json["total_size"] == 0

    @pytest.mark.parametrize("before", POLICIES)
    @pytest.mark.parametrize("after", POLICIES)
    def test_the_policy_of_the_moment_counts(self, api, requests, policy, ask, before, after):
        policy(before)
        token, _ = ask()
        policy(after)
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        left = api.get(f"{requests}?token_owner=moderator").json["total_size"]
        assert left == after.endswith("moderate")

    @pytest.mark.parametrize("after", POLICIES)
    def test_a_moderators_word_is_enough_whatever_the_policy(
        self, api, ant, requests, policy, ask, after
    ):
        policy("moderate")
        token, owner = ask(pre_verified="yes")
        assert owner == "moderator"
        policy(after)
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 1

    def test_what_was_asked_for_is_remembered_through_all_steps(
        self, api, requests, policy, ask, mails
    ):
        policy("confirm_then_moderate", send_welcome_message="yes")
        ask(
            delivery_mode="mime_digests",
            delivery_status="by_moderator",
            send_welcome_message="no",
        )
        for _ in range(2):
            [waiting] = api.get(requests).json["entries"]
            api.post(f"{requests}/{waiting['token']}", {"action": "accept"}, status=204)
        member = api.get("/3.1/lists/ant.example.com/member/anne@example.com").json
        path = member["self_link"].removeprefix("http://localhost:8001")
        preferences = api.get(f"{path}/preferences").json
        assert preferences["delivery_mode"] == "mime_digests"
        assert preferences["delivery_status"] == "by_moderator"
        assert not any("Welcome" in mail["Subject"] for mail in mails())

    def test_who_joins_is_no_stranger_any_more(self, api, requests, subscribe, ask):
        other = subscribe("anne@example.com", role="nonmember")
        again = subscribe("anne@example.org", role="nonmember")
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        path = f"/3.1/users/{user_id}/addresses"
        given = {"email": "anne@example.org", "absorb_existing": "1"}
        api.post(path, given, status=201)
        token, _ = ask()
        api.get(other, status=200)
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        api.get(other, status=404)
        api.get(again, status=404)


class TestMails:
    def body(self, mail) -> str:
        return mail.get_payload(decode=True).decode()

    @pytest.mark.parametrize("invitation", ["no", "yes"])
    def test_a_reply_to_a_question_carries_the_token(
        self, requests, ask, engine, change, invitation
    ):
        from tests.support.queues import queued

        token, _ = ask("Anne@example.com", invitation=invitation)
        with change() as site:
            [(mail, msgdata)] = queued(engine, site, "virgin")
        assert mail["From"] == f"ant-confirm+{token}@example.com"
        assert mail["To"] == "Anne@example.com"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert "precedence" not in mail
        assert msgdata["recipients"] == ["Anne@example.com"]
        assert msgdata["listid"] == "ant.example.com"
        # Failures go to the list, which is the default, and not to the token.
        assert "sender" not in msgdata
        text = self.body(mail)
        assert f"confirm {token}" in text
        assert "ant-request@example.com" in text
        assert "$" not in text

    @pytest.mark.parametrize("immediately", ["yes", "no"])
    def test_moderators_are_told_at_once_if_they_want(self, policy, ask, mails, immediately):
        policy("moderate", admin_immed_notify=immediately)
        ask(pre_verified="yes", display_name="Anne Person")
        found = mails()
        assert len(found) == (immediately == "yes")
        for mail in found:
            assert mail["From"] == mail["To"] == "ant-owner@example.com"
            assert "Anne Person <anne@example.com>" in self.body(mail)

    @pytest.mark.parametrize("welcome", ["yes", "no"])
    @pytest.mark.parametrize("wanted", [None, "yes", "no"])
    @pytest.mark.parametrize("notify", ["yes", "no"])
    def test_a_new_member(self, policy, subscribe, mails, welcome, wanted, notify):
        policy("open", send_welcome_message=welcome, admin_notify_mchanges=notify)
        given = {} if wanted is None else {"send_welcome_message": wanted}
        subscribe("anne@example.com", **given)
        subjects = [mail["Subject"] for mail in mails()]
        told = ["Ant: a new member"] if notify == "yes" else []
        greeted = ["Welcome to Ant"] if (wanted or welcome) == "yes" else []
        assert subjects == told + greeted

    def test_administrators_are_told_with_the_site_as_sender(
        self, policy, subscribe, engine, change
    ):
        from tests.support.queues import queued

        policy("open", send_welcome_message="no", admin_notify_mchanges="yes")
        subscribe("anne@example.com")
        subscribe("olga@example.com", role="owner")
        subscribe("mona@example.com", role="moderator", delivery_status="by_user")
        subscribe("mike@example.com", role="moderator")
        subscribe("bart@example.com", display_name="Bart Person")
        with change() as site:
            (_, first), (mail, second) = queued(engine, site, "virgin")
        site_owner = engine.settings.mmcore.site_owner
        # A list that nobody looks after is the site's.
        assert first["recipients"] == [site_owner]
        assert second["recipients"] == ["mike@example.com", "olga@example.com"]
        assert second["sender"] == site_owner
        assert mail["To"] == "ant-owner@example.com"
        assert "Bart Person <bart@example.com>" in self.body(mail)

    @pytest.mark.parametrize("role", ["owner", "moderator", "nonmember"])
    def test_other_roles_come_and_go_silently(self, api, policy, subscribe, mails, role):
        policy("open", admin_notify_mchanges="yes")
        path = subscribe("anne@example.com", role=role)
        api.delete(path, status=204)
        assert mails() == []

    def test_questions_and_notices_are_in_the_lists_language(self, policy, ask, api, mails):
        policy("moderate", preferred_language="de")
        api.post("/3.1/users", {"email": "bart@example.com"}, status=201)
        path = "/3.1/addresses/bart@example.com/preferences"
        api.patch(path, {"preferred_language": "en"}, status=204)
        ask("bart@example.com")
        ask("cris@example.com", invitation="yes")
        ask("dave@example.com", pre_verified="yes")
        for mail, word in zip(mails(), ("vermutlich", "eingeladen", "Zustimmung"), strict=True):
            assert word in self.body(mail)

    def test_the_welcome_is_in_the_members_language(self, api, policy, subscribe, mails):
        policy("open", preferred_language="de")
        api.post("/3.1/users", {"email": "bart@example.com"}, status=201)
        path = "/3.1/addresses/bart@example.com/preferences"
        api.patch(path, {"preferred_language": "en"}, status=204)
        subscribe("anne@example.com")
        subscribe("bart@example.com")
        texts = [self.body(mail) for mail in mails()]
        assert "Willkommen" in texts[0]
        assert "Welcome" in texts[1]


class TestRoles:
    @pytest.mark.parametrize("role", ["owner", "moderator", "nonmember"])
    def test_the_membership_stores_how_mail_is_delivered(self, api, subscribe, role):
        path = subscribe("anne@example.com", role=role)
        stored = api.get(f"{path}/preferences").json
        assert stored["delivery_mode"] == "regular"
        assert "delivery_status" not in stored
        assert "preferred_language" not in stored

    def test_what_the_user_prefers_stays(self, api, subscribe):
        subscribe("anne@example.com")
        path = "/3.1/users/anne@example.com/preferences"
        api.patch(path, {"preferred_language": "de"}, status=204)
        subscribe("anne@example.com", role="owner")
        assert api.get(path).json["preferred_language"] == "de"

    @pytest.mark.parametrize("role", ["owner", "moderator", "nonmember"])
    def test_a_user_id_stands_for_the_preferred_address(self, api, ant, role):
        api.post("/3.1/users", {"email": "anne@example.com"}, status=201)
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        given = {"list_id": ant, "subscriber": user_id, "role": role}
        answer = api.post("/3.1/members", given, status=400)
        assert answer.json["description"] == "User without preferred address"
        api.post("/3.1/addresses/anne@example.com/verify", status=204)
        preferred = f"/3.1/users/{user_id}/preferred_address"
        api.post(preferred, {"email": "anne@example.com"}, status=201)
        path = api.post("/3.1/members", given, status=201).headers["Location"]
        member = api.get(path.removeprefix("http://localhost:8001")).json
        assert member["subscription_mode"] == "as_address"
        api.delete("/3.1/addresses/anne@example.com/user", status=204)

    @pytest.mark.parametrize("flag", [*FLAGS, "invitation", "send_welcome_message"])
    def test_flags_for_members_are_ignored(self, subscribe, mails, flag):
        subscribe("anne@example.com", role="owner", **{flag: "yes"})
        assert mails() == []
