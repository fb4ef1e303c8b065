"""Tests of mmcore.mta.division."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.deliver import Transaction
from mmcore.mta.division import Lookahead, divide, too_many
from mmcore.mta.journal import Reply
from mmcore.mta.offers import Limits, domain_of

_ADDRESSES = st.lists(st.sampled_from(["a@x.org", "b@X.org", "c@y.org", "d@z.org", "e", ""]))


class TestDivision:
    @given(_ADDRESSES, st.integers(0, 4), st.integers(0, 3))
    def test_puts_each_recipient_into_one_transaction_within_the_limits(
        self, recipients: list[str], most: int, domains: int
    ) -> None:
        parts = divide(recipients, Limits(most, 0, domains))
        if not parts:
            parts = [list(range(len(recipients)))]
        assert sorted(position for part in parts for position in part) == list(
            range(len(recipients))
        )
        for part in parts:
            assert not most or len(part) <= most
            assert not domains or len({domain_of(recipients[n]) for n in part}) <= domains

    def test_keeps_domains_together(self) -> None:
        recipients = ["a@x.org", "b@y.org", "c@x.org", "d@y.org"]
        assert divide(recipients, Limits(0, 0, 1)) == [[0, 2], [1, 3]]

    def test_leaves_alone_what_fits(self) -> None:
        assert divide(["a@x.org", "b@y.org"], Limits(2, 1, 2)) == []
        assert divide(["a@x.org"] * 1000, Limits()) == []


class TestTooMany:
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (Reply(452, "4.5.3", "Too many recipients"), True),
            (Reply(452, "", "too many recipients"), True),
            (Reply(552, "", "Too many RCPTs"), True),
            (Reply(452, "", "Too many local recipients"), True),
            (Reply(550, "5.5.3", "RESOLVER.ADR.RecipLimit"), True),
            (Reply(452, "4.2.2", "Over quota"), False),
            (Reply(452, "4.3.1", "Out of memory"), False),
            (Reply(552, "5.2.2", "Mailbox full"), False),
            (Reply(451, "4.7.0", "too many recipients this hour"), False),
            (Reply(250, "2.5.3", "Too many recipients"), False),
        ],
    )
    def test_is_told_from_other_refusals(self, reply: Reply, expected: bool) -> None:
        assert too_many(reply) is expected


def post(name: str) -> Transaction:
    return Transaction("", list(name), b"")


def names(todo: Lookahead) -> list[str]:
    found = []
    while todo.current is not None:
        found.append("".join(todo.current.recipients))
        todo.advance()
    return found


class TestLookahead:
    def test_has_the_next_one_in_sight(self) -> None:
        todo = Lookahead(map(post, ["ab", "c"]))
        following = todo.following()
        assert following is not None
        assert todo.following() is following
        todo.advance()
        assert todo.current is following
        assert todo.following() is None
        todo.advance()
        assert todo.current is None

    def test_takes_one_ahead_and_not_more(self) -> None:
        taken: list[str] = []
        todo = Lookahead(post(name) for name in "abc" if not taken.append(name))
        assert taken == ["a"]
        todo.following()
        todo.following()
        assert taken == ["a", "b"]

    def test_parts_take_the_place_of_the_whole(self) -> None:
        todo = Lookahead(map(post, ["abc", "de"]))
        todo.following()
        todo.divide([[0, 2], [1]])
        assert names(todo) == ["ac", "b", "de"]

    def test_parts_of_the_following_one_too(self) -> None:
        todo = Lookahead(map(post, ["a", "bcd", "e"]))
        todo.following()
        todo.divide_following([[1], [0], [2]])
        assert names(todo) == ["a", "c", "b", "d", "e"]
