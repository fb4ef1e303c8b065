from __future__ import annotations

import pytest

from mmcore.interfaces.action import Action
from mmcore.interfaces.member import MembershipIsBannedError
from mmcore.interfaces.subscription import NoSuchRequestError
from mmcore.services.request_answers import answer_request, request_of_list
from mmcore.services.subscriptions import register, unregister
from tests.support.queues import queued


@pytest.fixture
def token(engine, site, mlist):
    token, _, _ = register(engine, mlist, site.addresses.add("Bart@example.com"))
    queued(engine, site, "virgin")
    return token


class TestAnswers:
    def test_accepting_is_a_step(self, engine, site, mlist, token):
        answer_request(engine, mlist, token, Action.accept)
        assert mlist.members.get("bart@example.com") is not None
        assert site.pendings.get(token) is None

    def test_discarding_is_silent(self, engine, site, mlist, token):
        answer_request(engine, mlist, token, Action.discard, "why")
        assert site.pendings.get(token) is None
        assert queued(engine, site, "virgin") == []

    def test_rejecting_tells_the_reason(self, engine, site, mlist, token):
        answer_request(engine, mlist, token, Action.reject, "The list is closed")
        assert site.pendings.get(token) is None
        [(msg, msgdata)] = queued(engine, site, "virgin")
        assert msgdata["recipients"] == ["Bart@example.com"]
        assert "The list is closed" in msg.get_payload(decode=True).decode()

    @pytest.mark.parametrize("action", [Action.defer, Action.hold])
    def test_nothing_happens_to_what_is_left_alone(self, engine, site, mlist, token, action):
        answer_request(engine, mlist, token, action)
        assert site.pendings.get(token) is not None

    def test_the_language_is_the_members_or_else_the_lists(self, engine, site, mlist, anne):
        mlist.preferred_language = "de"
        anne.preferences.preferred_language = "en"
        leaving, _, _ = unregister(engine, anne)
        joining, _, _ = register(engine, mlist, site.addresses.add("cris@example.com"))
        queued(engine, site, "virgin")
        answer_request(engine, mlist, leaving, Action.reject)
        answer_request(engine, mlist, joining, Action.reject)
        texts = [m.get_payload(decode=True).decode() for m, _ in queued(engine, site, "virgin")]
        assert "refused" in texts[0]
        assert "abgelehnt" in texts[1]

    @pytest.mark.parametrize("action", Action)
    def test_a_request_is_answered_for_its_list(self, engine, site, mlist, token, action):
        other = site.lists.add("other@example.com")
        with pytest.raises(NoSuchRequestError):
            answer_request(engine, other, token, action)
        assert request_of_list(mlist, token)["email"] == "bart@example.com"

    def test_what_cannot_be_accepted_is_as_it_was(self, engine, site, mlist, token):
        before = site.pendings.get(token)
        mlist.bans.add("bart@example.com")
        with pytest.raises(MembershipIsBannedError):
            answer_request(engine, mlist, token, Action.accept)
        assert site.pendings.get(token) == before
        assert site.addresses.get("bart@example.com").verified_on is None
        assert queued(engine, site, "virgin") == []
