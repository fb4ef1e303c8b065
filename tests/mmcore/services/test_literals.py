"""Texts that must be there wherever a pattern is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcore.services.literals import required
from mmcore.services.patterns import compiled

#: What patterns are made of.
PIECES = (
    "abc", "ABC", "a", "?", "*", "+", "{0,2}", "{2}", "(", ")", "(?:", "|", "[ab]", "[]a]", "[^a]",
    ".", "^", "$", r"\.", r"\b", r"\w", r"\x61", r"\1", "(?#", "}", "{", "]", "(?x)", "(?s)",
    "(?=", "(?!", " ",
)  # fmt: skip


class TestRequired:
    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            ("viagra", "viagra"),
            ("^VIAGRA now$", "viagra now"),
            (r"\bfree\b.*money", "money"),
            (r"192\.0\.2\.\d+", "192.0.2."),
            ("lotter(y|ies)", "lotter"),
            ("colou?rs", "colo"),
            ("xxxy*", "xxx"),
            ("xxxy{0,3}zz", "xxx"),
            ("xxxy+zzz", "xxxy"),
            ("[abc]defg", "defg"),
            (r"\[list\]", "[list]"),
            ("(?i)winner", "winner"),
        ],
    )
    def test_it_is_the_longest_that_cannot_be_missing(self, pattern, text):
        assert required(pattern) == text

    @pytest.mark.parametrize(
        "pattern",
        ["", "ab", ".*", "spam|scam", "(spam)?", "(spam|scam)", "[spam]", r"\d{4}", "a?b?c?d?",
         "(?x)s p a m", "(?x:s p a m)", "(?#spam)x", r"\x73pam", r"\u0073pam", r"spam\n", "größe",
         r"(spam)\1spam", "(?!spam)"],
    )  # fmt: skip
    def test_often_there_is_none(self, pattern):
        assert required(pattern) == ""

    def test_an_alternative_in_a_group_is_none_of_the_others_business(self):
        assert required("(a|b)spam") == "spam"

    @given(
        st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
        st.text("abcABC.{}] ", max_size=12),
    )
    @settings(max_examples=3000, deadline=None)
    def test_whatever_has_the_pattern_has_it(self, pattern, text):
        try:
            found = compiled(pattern).search(text)
        except ValueError:
            return
        if found:
            assert required(pattern) in text.lower()
