"""Whose move it is (rest-api section 16.2), and what is stored of a request."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from itertools import product

import pytest

from mmcore.interfaces.subscription import NoSuchRequestError, SubscriptionPolicy, TokenOwner
from mmcore.services.subscription_requests import (
    Request,
    discard,
    request_data,
    stored_request,
    wait,
    whose_move,
)


def request(*consents: str, **more) -> Request:
    given = {"type": "subscription", "list_id": "test.example.com", "email": "anne@example.com"}
    return Request(**{**given, **dict.fromkeys(consents, True), **more})


class TestWhoseMove:
    @pytest.mark.parametrize(
        ("policy", "consents", "owner"),
        [
            ("open", ["verified"], "no_one"),
            ("confirm", ["verified"], "subscriber"),
            ("confirm", ["verified", "confirmed"], "no_one"),
            ("moderate", ["verified"], "moderator"),
            ("moderate", ["verified", "confirmed"], "moderator"),
            ("moderate", ["verified", "approved"], "no_one"),
            ("confirm_then_moderate", ["verified"], "subscriber"),
            ("confirm_then_moderate", ["verified", "approved"], "subscriber"),
            ("confirm_then_moderate", ["verified", "confirmed"], "moderator"),
            ("confirm_then_moderate", ["verified", "confirmed", "approved"], "no_one"),
        ],
    )
    def test_policy_and_consents_decide(self, policy, consents, owner):
        found = whose_move(SubscriptionPolicy[policy], request(*consents))
        assert found is TokenOwner[owner]

    @pytest.mark.parametrize("policy", SubscriptionPolicy)
    def test_the_unverified_and_the_invited_are_always_asked(self, policy):
        for confirmed, approved in product([False, True], repeat=2):
            flags = {"confirmed": confirmed, "approved": approved}
            assert whose_move(policy, request(**flags)) is TokenOwner.subscriber
            invited = request("verified", "invitation", **flags)
            assert whose_move(policy, invited) is TokenOwner.subscriber


class TestStoring:
    @pytest.mark.parametrize(
        ("owner", "setting"),
        [("subscriber", "pending_request_life"), ("moderator", "moderator_request_life")],
    )
    def test_it_lives_as_long_as_its_owner_may_take(
        self, engine, site, mlist, anne, owner, setting
    ):
        wanted = request("verified", email="aperson@example.com")
        token = wait(engine, mlist, wanted, TokenOwner[owner])
        pending = site.pendings._data[token]
        assert pending.expires - pending.created == getattr(engine.settings.mmcore, setting)
        assert stored_request(request_data(site, token)) == wanted
        assert request_data(site, token)["token_owner"] == owner

    def test_what_is_stored_is_a_request_and_two_words_more(self, engine, site, mlist, anne):
        wanted = request(email="aperson@example.com")
        token = wait(engine, mlist, wanted, TokenOwner.subscriber)
        assert request_data(site, token).keys() - asdict(wanted) == {"when", "token_owner"}

    def test_other_tokens_are_not_requests(self, site, mlist):
        other = {"type": "held message", "list_id": mlist.list_id}
        token = site.pendings.add(other, timedelta(days=1))
        for name in (token, "x"):
            for question in (request_data, discard):
                with pytest.raises(NoSuchRequestError):
                    question(site, name)
        assert site.pendings.get(token) == other
