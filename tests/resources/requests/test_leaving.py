"""Leaving by URL: every policy with every flag, the mails, the steps (rest-api section 16.4)."""

from __future__ import annotations

import pytest

POLICIES = ("open", "confirm", "moderate", "confirm_then_moderate")
GOODBYE = "You are no longer a member of Ant"
SUBJECTS = {
    "subscriber": "Please confirm that you want to leave ant@example.com",
    "moderator": "anne@example.com wants to leave Ant",
    "no_one": GOODBYE,
}
BY_ADDRESS = "/3.1/lists/ant.example.com/member/anne@example.com"


def expected(policy: str, confirmed: bool, approved: bool) -> str:
    """Whose move it is, as the table in section 16.4 says."""
    if policy == "open":
        return "no_one"
    if policy == "moderate":
        return "no_one" if approved else "moderator"
    return "no_one" if confirmed else "subscriber"


@pytest.fixture
def member(subscribe, mails):
    """The path of Anne's membership."""
    path = subscribe("anne@example.com", display_name="Anne Person")
    mails()
    return path


class TestAtOnce:
    @pytest.mark.parametrize("name", POLICIES)
    @pytest.mark.parametrize("confirmed", [None, False, True])
    @pytest.mark.parametrize("approved", [None, False, True])
    def test_policy_and_flags_decide(
        self, api, requests, policy, member, mails, name, confirmed, approved
    ):
        policy(leaving=name)
        flags = {"pre_confirmed": confirmed, "pre_approved": approved}
        given = {flag: str(value) for flag, value in flags.items() if value is not None}
        owner = expected(name, confirmed is not False, bool(approved))
        # Both URLs are the same resource.
        path = member if approved else BY_ADDRESS
        answer = api.delete(path, params=given, status=204 if owner == "no_one" else 202)
        [mail] = mails()
        assert mail["Subject"] == SUBJECTS[owner]
        assert mail["Auto-Submitted"] == "auto-generated"
        api.get(member, status=404 if owner == "no_one" else 200)
        if owner == "no_one":
            assert answer.body == b""
            return
        assert answer.json.keys() == {"token", "token_owner", "http_etag"}
        assert answer.json["token_owner"] == owner
        found = api.get(f"{requests}/{answer.json['token']}").json
        assert found["type"] == "unsubscription"
        assert found["display_name"] == "Anne Person"
        assert api.get(requests).json["total_size"] == 0
        counted = api.get(f"{requests}/count?request_type=unsubscription&token_owner={owner}")
        assert counted.json["count"] == 1

    def test_unknown_parameters_are_400(self, api, member):
        answer = api.delete(member, params={"colour": "red"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"
        api.get(member, status=200)

    def test_flags_may_come_as_json(self, api, policy, member):
        api.delete_json(member, {"pre_confirmed": False}, status=202)


class TestAccepting:
    @pytest.mark.parametrize("name", POLICIES)
    @pytest.mark.parametrize("approved", ["no", "yes"])
    def test_after_the_member_may_come_the_moderator(
        self, api, requests, policy, leave, mails, name, approved
    ):
        token, owner = leave(pre_approved=approved)
        assert owner == "subscriber"
        policy(leaving=name)
        mails()
        api.post(f"{requests}/{token}", {"action": "accept"}, status=204)
        subjects = [mail["Subject"] for mail in mails()]
        if name.endswith("moderate") and approved == "no":
            assert subjects == [SUBJECTS["moderator"]]
            api.get(BY_ADDRESS, status=200)
            [waiting] = api.get(f"{requests}?request_type=unsubscription").json["entries"]
            assert waiting["token_owner"] == "moderator"
            assert waiting["token"] != token
            api.post(f"{requests}/{waiting['token']}", {"action": "accept"}, status=204)
            subjects = [mail["Subject"] for mail in mails()]
        assert subjects == [GOODBYE]
        api.get(BY_ADDRESS, status=404)

    def test_a_discarded_request_changes_nothing(self, api, requests, leave, mails):
        token, _ = leave()
        mails()
        api.post(f"{requests}/{token}", {"action": "discard"}, status=204)
        api.get(BY_ADDRESS, status=200)
        assert mails() == []


class TestTwice:
    def test_asking_again_sends_the_same_question_again(self, api, requests, member, mails):
        given = {"pre_confirmed": "no"}
        first = api.delete(member, params=given, status=202).json
        second = api.delete(member, params=given, status=202).json
        assert second == first
        assert len(mails()) == 2
        path = f"{requests}?request_type=unsubscription"
        assert api.get(path).json["total_size"] == 1

    def test_moderators_are_not_told_again(self, api, policy, member, mails):
        policy(leaving="moderate")
        first = api.delete(member, status=202).json
        assert api.delete(member, status=202).json == first
        assert len(mails()) == 1

    def test_a_consent_that_comes_later_counts(self, api, requests, policy, member):
        policy(leaving="confirm_then_moderate")
        first = api.delete(member, params={"pre_confirmed": "no"}, status=202).json
        given = {"pre_confirmed": "no", "pre_approved": "yes"}
        second = api.delete(member, params=given, status=202).json
        assert second["token"] != first["token"]
        api.get(f"{requests}/{first['token']}", status=404)
        api.post(f"{requests}/{second['token']}", {"action": "accept"}, status=204)
        api.get(member, status=404)

    def test_who_need_not_be_asked_any_more_leaves(self, api, member):
        api.delete(member, params={"pre_confirmed": "no"}, status=202)
        api.delete(member, status=204)
        api.get(member, status=404)


class TestMails:
    def body(self, mail) -> str:
        return mail.get_payload(decode=True).decode()

    def test_a_reply_to_the_question_carries_the_token(self, leave, mails):
        token, _ = leave("Anne@example.com")
        mail = mails()[-1]
        assert mail["From"] == f"ant-confirm+{token}@example.com"
        assert mail["To"] == "Anne@example.com"
        assert f"confirm {token}" in self.body(mail)
        assert "precedence" not in mail

    @pytest.mark.parametrize("goodbye", ["yes", "no"])
    @pytest.mark.parametrize("notify", ["yes", "no"])
    def test_a_former_member(self, api, policy, member, mails, goodbye, notify):
        policy(send_goodbye_message=goodbye, admin_notify_mchanges=notify)
        api.delete(member, status=204)
        found = mails()
        expected = [GOODBYE] if goodbye == "yes" else []
        expected += ["Ant: a member has left"] if notify == "yes" else []
        assert [mail["Subject"] for mail in found] == expected
        if goodbye == "yes":
            assert found[0]["To"] == "Anne Person <anne@example.com>"
            assert found[0]["From"] == "ant-bounces@example.com"
            assert "anne@example.com" in self.body(found[0])
        if notify == "yes":
            assert "Anne Person <anne@example.com>" in self.body(found[-1])

    @pytest.mark.parametrize("notify", ["yes", "no"])
    def test_moderators_are_told_if_they_want(self, api, policy, member, mails, notify):
        policy(leaving="moderate", admin_immed_notify=notify)
        api.delete(member, status=202)
        assert len(mails()) == (notify == "yes")

    def test_the_farewell_is_in_the_members_language(self, api, policy, member, mails):
        policy(preferred_language="de")
        api.patch(f"{member}/preferences", {"preferred_language": "en"}, status=204)
        api.delete(member, status=204)
        assert "You are no longer a member of the mailing list" in self.body(mails()[0])

    def test_mass_removal_is_silent_and_of_one_role(self, api, policy, member, subscribe, mails):
        policy(leaving="moderate", admin_notify_mchanges="yes")
        subscribe("anne@example.com", role="owner")
        roster = "/3.1/lists/ant.example.com/roster"
        given = {"emails": "ANNE@example.com"}
        answer = api.delete(f"{roster}/owner", params=given, status=200).json
        assert answer["ANNE@example.com"] is True
        api.get(member, status=200)
        api.delete(f"{roster}/member", params=given, status=200)
        api.get(member, status=404)
        assert mails() == []
