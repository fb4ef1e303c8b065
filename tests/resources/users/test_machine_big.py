"""Users, addresses and memberships: whatever is done to them, nothing dangles."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from resources.check import problems
from tests.resources.test_check import EMAILS, LISTS, Operation, apply, everything, new_site

KINDS = frozenset({
    "add_address", "remove_address", "make_user", "remove_user", "own", "link", "unlink",
    "hand_over", "merge", "prefer", "prefer_none", "verify", "rename_address", "rename_user",
    "own_server", "subscribe", "subscribe_user", "unsubscribe", "move", "ask", "user_mode",
    "address_status", "member_status", "remove_list", "add_list",
})  # fmt: skip

BEGINNING: tuple[Operation, ...] = (
    ("add_domain", "example.com"),
    *(("add_list", name) for name in LISTS[:2]),
    *(("make_user", email) for email in EMAILS),
    *(("prefer", email) for email in EMAILS),
    *(("subscribe_user", email, LISTS[0]) for email in EMAILS),
)


def any_operation() -> st.SearchStrategy[Operation]:
    """Each kind as likely as any other, however many arguments it has."""
    by_kind: dict[str, list[Operation]] = {}
    for operation in everything(EMAILS, LISTS[:2]):
        if operation[0] in KINDS:
            by_kind.setdefault(operation[0], []).append(operation)
    assert by_kind.keys() == KINDS
    return st.sampled_from(sorted(by_kind)).flatmap(lambda kind: st.sampled_from(by_kind[kind]))


class People(RuleBasedStateMachine):
    """Three people, two lists."""

    def __init__(self) -> None:
        super().__init__()
        self.database, self.session = new_site()
        self.site: Any = self.session.begin()

    def teardown(self) -> None:
        self.session.close()
        self.database.close()

    @initialize()
    def begin(self) -> None:
        for operation in BEGINNING:
            assert apply(self.site, operation), operation

    @rule(operation=any_operation())
    def change(self, operation: Operation) -> None:
        if apply(self.site, operation):
            self.session.commit()
        else:
            self.session.abort()
        self.site = self.session.begin()

    @invariant()
    def nothing_dangles(self) -> None:
        assert problems(self.site) == []

    @invariant()
    def every_membership_has_an_address_that_exists(self) -> None:
        for member in self.site.members.values():
            assert member.email == member.address.email
            assert member.roster().get(member.email) is not None

    @invariant()
    def every_address_has_one_user_at_most(self) -> None:
        users = self.site.users.values()
        linked = [email for user in users for email in user.emails]
        assert len(linked) == len(set(linked))
        for user in users:
            assert all(address.user is user for address in user.addresses)


class TestPeople:
    def test_nothing_dangles_after_any_operations(self):
        run_state_machine_as_test(
            People,
            settings=settings(
                max_examples=2500,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
