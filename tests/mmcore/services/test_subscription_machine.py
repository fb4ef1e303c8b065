"""Joining and leaving in any order, beside a model that knows the tables of the contract only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import ZODB
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ZODB.DemoStorage import DemoStorage

from mmcore.app import ensure_site
from mmcore.database import Database
from mmcore.interfaces.action import Action
from mmcore.interfaces.member import AlreadySubscribedError, MembershipIsBannedError
from mmcore.interfaces.subscription import (
    NoSuchRequestError,
    SubscriptionPendingError,
    SubscriptionPolicy,
)
from mmcore.services.request_answers import answer_request
from mmcore.services.subscriptions import register, unregister
from resources.check import problems
from tests.support.queues import queued

EMAILS = st.sampled_from([f"{name}@people.example.net" for name in ("anne", "bart", "cris")])
FLAGS = st.booleans()
SELDOM = st.integers(0, 4).map(lambda number: number == 0)
CHOICE = st.integers(0, 11)
POLICIES = st.sampled_from([policy.name for policy in SubscriptionPolicy])
CONFIRMING = ("confirm", "confirm_then_moderate")
MODERATED = ("moderate", "confirm_then_moderate")


def chosen(items: Iterable[str], choice: int) -> str:
    """One of them; the same for the same choice."""
    known = list(items)
    return known[choice % len(known)]


@dataclass
class Wish:
    """What the model knows of a request."""

    email: str
    joins: bool
    owner: str
    approved: bool = False
    invited: bool = False


class Joining(RuleBasedStateMachine):
    """Three people and a list whose policies and bans change."""

    engine: Any

    def __init__(self) -> None:
        super().__init__()
        self.database = Database(ZODB.DB(DemoStorage()))
        self.session = self.database.session()
        ensure_site(self.session, self.engine.settings)
        self.site = self.session.begin()
        self.site.domains.add("example.com")
        self.mlist = self.site.lists.add("test@example.com")
        self.joining = self.leaving = "confirm"
        # A dictionary keeps its order.
        self.members: dict[str, None] = {}
        self.verified: set[str] = set()
        self.banned: set[str] = set()
        self.waiting: dict[str, Wish] = {}

    def teardown(self) -> None:
        self.session.close()
        self.database.close()

    def mails(self) -> int:
        return len(queued(self.engine, self.site, "virgin"))

    def pending(self, email: str, joins: bool) -> str | None:
        for token, wish in self.waiting.items():
            if (wish.email, wish.joins) == (email, joins):
                return token
        return None

    @rule(joining=POLICIES, leaving=POLICIES)
    def set_policy(self, joining: str, leaving: str) -> None:
        self.joining, self.leaving = joining, leaving
        self.mlist.subscription_policy = SubscriptionPolicy[joining]
        self.mlist.unsubscription_policy = SubscriptionPolicy[leaving]

    @rule(email=EMAILS)
    def ban_or_forgive(self, email: str) -> None:
        if email in self.banned:
            self.mlist.bans.remove(email)
        else:
            self.mlist.bans.add(email)
        self.banned ^= {email}

    @rule(email=EMAILS, verified=FLAGS, confirmed=FLAGS, approved=FLAGS, inv=SELDOM)
    def join(self, email: str, verified: bool, confirmed: bool, approved: bool, inv: bool) -> None:
        address = self.site.addresses.get(email) or self.site.addresses.add(email)
        refusal: type[Exception] | None = None
        if email in self.members:
            refusal = AlreadySubscribedError
        elif email in self.banned:
            refusal = MembershipIsBannedError
        elif self.pending(email, True):
            refusal = SubscriptionPendingError
        given = {
            "pre_verified": verified,
            "pre_confirmed": confirmed,
            "pre_approved": approved,
            "invitation": inv,
        }
        if refusal is not None:
            with pytest.raises(refusal):
                register(self.engine, self.mlist, address, **given)
            assert self.mails() == 0
            return
        token, owner, member = register(self.engine, self.mlist, address, **given)
        assert self.mails() == 1
        if verified and not inv:
            self.verified.add(email)
        if inv or email not in self.verified or (self.joining in CONFIRMING and not confirmed):
            expected = "subscriber"
        elif self.joining in MODERATED and not approved:
            expected = "moderator"
        else:
            expected = "no_one"
        assert owner.name == expected
        self.went_on(token, member, Wish(email, True, expected, approved, inv))

    def went_on(self, token: str | None, member: Any, wish: Wish) -> None:
        """Take down what came of a wish."""
        if wish.owner == "no_one":
            assert token is None
            if wish.joins:
                self.members[wish.email] = None
            else:
                self.members.pop(wish.email, None)
            return
        assert token is not None
        assert (member is None) == wish.joins
        self.waiting[token] = wish

    @precondition(lambda self: self.members)
    @rule(choice=CHOICE, confirmed=FLAGS, approved=FLAGS)
    def leave(self, choice: int, confirmed: bool, approved: bool) -> None:
        email = chosen(self.members, choice)
        member = self.mlist.members.get(email)
        if self.pending(email, False):
            # Asking twice is looked at in the tests of the service.
            return
        given = {"pre_confirmed": confirmed, "pre_approved": approved}
        token, owner, left = unregister(self.engine, member, **given)
        assert self.mails() == 1
        if self.leaving == "open" or (self.leaving in CONFIRMING and confirmed):
            expected = "no_one"
        elif self.leaving in CONFIRMING:
            expected = "subscriber"
        else:
            expected = "no_one" if approved else "moderator"
        assert owner.name == expected
        self.went_on(token, left, Wish(email, False, expected, approved))

    def used_up(self, token: str) -> Wish:
        """A token cannot be used again; returns what it stood for."""
        for action in Action:
            with pytest.raises(NoSuchRequestError):
                answer_request(self.engine, self.mlist, token, action)
        assert self.mails() == 0
        return self.waiting.pop(token)

    @precondition(lambda self: self.waiting)
    @rule(choice=CHOICE)
    def accept(self, choice: int) -> None:
        token = chosen(self.waiting, choice)
        wish = self.waiting[token]
        before = set(self.waiting)
        if wish.joins and wish.email in self.banned:
            with pytest.raises(MembershipIsBannedError):
                answer_request(self.engine, self.mlist, token, Action.accept)
            assert self.mails() == 0
            return
        answer_request(self.engine, self.mlist, token, Action.accept)
        assert self.mails() == 1
        self.used_up(token)
        asked = wish.owner == "subscriber"
        if wish.joins and asked:
            self.verified.add(wish.email)
        policy = self.joining if wish.joins else self.leaving
        more = asked and policy in MODERATED and not wish.approved and not wish.invited
        owner = "moderator" if more else "no_one"
        [new] = set(self.found()) - before or {None}
        self.went_on(new, None if wish.joins else wish, Wish(
            wish.email, wish.joins, owner, wish.approved
        ))  # fmt: skip

    @precondition(lambda self: self.waiting)
    @rule(choice=CHOICE, action=st.sampled_from([Action.discard, Action.reject]))
    def refuse(self, choice: int, action: Action) -> None:
        token = chosen(self.waiting, choice)
        answer_request(self.engine, self.mlist, token, action)
        assert self.mails() == (action is Action.reject)
        self.used_up(token)

    @rule(email=EMAILS)
    def forget_address(self, email: str) -> None:
        address = self.site.addresses.get(email)
        if address is None:
            return
        self.site.addresses.remove(address)
        self.members.pop(email, None)
        self.verified.discard(email)
        self.waiting = {t: wish for t, wish in self.waiting.items() if wish.email != email}

    def found(self) -> dict[str, str]:
        """Token and whose move it is of all requests of the list."""
        pendings, list_id = self.site.pendings, self.mlist.list_id
        return {
            token: data["token_owner"]
            for kind in ("subscription", "unsubscription")
            for token, data in pendings.requests(list_id, kind)
        }

    @invariant()
    def tree_and_model_agree(self) -> None:
        assert set(self.mlist.members.emails()) == self.members.keys()
        for email in self.verified:
            assert self.site.addresses.get(email).verified_on is not None
        assert self.found() == {token: wish.owner for token, wish in self.waiting.items()}
        count = self.site.pendings.count_requests
        joining = sum(wish.joins for wish in self.waiting.values())
        assert count(self.mlist.list_id, "subscription") == joining
        assert problems(self.site) == []


class TestMachine:
    def test_tree_and_model_agree_after_any_steps(self, engine, tmp_path: Path):
        class Machine(Joining):
            pass

        Machine.engine = engine
        run_state_machine_as_test(
            Machine,
            settings=how(
                max_examples=60,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
