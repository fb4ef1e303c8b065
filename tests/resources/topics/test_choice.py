"""Choices of topics as texts, and who has which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.topics import choice
from resources.topics.choice import Choosers, is_void, pack, together, unpack, wanting

NUMBERS = st.frozensets(st.integers(1, 30), max_size=5)


class TestText:
    @given(NUMBERS, st.booleans())
    def test_a_choice_can_be_read_again(self, numbers, others):
        choice = pack(numbers, others)
        assert unpack(choice) == (numbers, others)
        assert not set(choice) & {" ", "!", "|"}

    def test_what_one_of_several_memberships_wants_is_wanted(self):
        assert together(["1", "1"]) == "1"
        assert together(["2+", "1"]) == "1|2+"
        assert together(["1", ""]) == ""


def wants(choice, hits, known):
    return wanting(hits, known)(choice)


class TestWants:
    KNOWN = frozenset({1, 2, 3})

    @pytest.mark.parametrize(
        ("choice", "hits", "wanted"),
        [
            ("1,2", {2}, True),
            ("1,2", {3}, False),
            ("1,2", {2, 3}, True),
            ("1,2", (), False),
            ("1,2+", (), True),
            ("1,2+", {3}, False),
            ("+", {1}, False),
            ("+", (), True),
            ("1|3+", {3}, True),
            ("1|3+", (), True),
            ("1|3+", {2}, False),
        ],
    )
    def test_topics_or_none(self, choice, hits, wanted):
        assert wants(choice, frozenset(hits), self.KNOWN) is wanted

    def test_a_choice_of_which_nothing_is_left_is_none(self):
        assert is_void("7,8", self.KNOWN)
        assert wants("7,8", frozenset({1}), self.KNOWN)
        assert wants("1|7", frozenset({2}), self.KNOWN)
        assert not is_void("7,3", self.KNOWN)
        assert not wants("7,3", frozenset({1}), self.KNOWN)
        # Posts without a topic are left.
        assert not wants("7+", frozenset({1}), self.KNOWN)

    @given(st.lists(st.tuples(NUMBERS, st.booleans()), min_size=1, max_size=3), NUMBERS)
    def test_together_is_one_or_the_other(self, choices, hits):
        texts = [pack(*choice) for choice in choices if choice[0] or choice[1]]
        known = frozenset(range(1, 31))
        for_each = any(wants(text, hits, known) for text in texts)
        assert not texts or wants(together(texts), hits, known) == for_each


class TestChoosers:
    @given(
        st.sets(
            st.tuples(
                st.sampled_from(["1", "1,2", "1+", "+", "10", "1|2+"]),
                st.sampled_from(["a@x.y", "b@x.y", "!@x.y", "~@x.y", "+@x.y"]),
            )
        )
    )
    def test_groups_are_those_that_were_entered(self, pairs):
        choosers = Choosers()
        for pair in pairs:
            choosers.enter(*pair)
        assert choosers.choices() == sorted(
            {choice for choice, _ in pairs}, key=lambda choice: choice + " "
        )
        for group in choosers.choices():
            emails = sorted(email for other, email in pairs if other == group)
            assert list(choosers.emails(lambda other, c=group: other == c)) == emails
        for pair in pairs:
            choosers.leave(*pair)
            choosers.leave(*pair)
        assert choosers.choices() == []

    @pytest.mark.parametrize(("many", "very_many"), [(20, 2000), (3, 2000), (3, 5)])
    def test_however_many_choices_there_are(self, monkeypatch, many, very_many):
        monkeypatch.setattr(choice, "_MANY", many)
        monkeypatch.setattr(choice, "_VERY_MANY", very_many)
        choosers = Choosers()
        for number in range(3000):
            choosers.enter(pack({number % 7 + 1}, number % 2), f"{number:04d}@example.com")
        found = list(choosers.emails(wanting([3], range(1, 8))))
        assert sorted(found) == [f"{n:04d}@example.com" for n in range(3000) if n % 7 == 2]
        found = list(choosers.emails(wanting([], range(1, 8))))
        assert sorted(found) == [f"{n:04d}@example.com" for n in range(3000) if n % 2]
