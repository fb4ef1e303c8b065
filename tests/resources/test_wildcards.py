"""Text with wildcards."""

from __future__ import annotations

import re

import pytest

from resources.wildcards import like


@pytest.mark.parametrize(
    ("text", "fits", "fits_not"),
    [
        ("", [""], ["a"]),
        ("a.b", ["a.b"], ["axb", "a.bc"]),
        ("a_b", ["axb", "a_b", "a\nb"], ["ab", "axxb"]),
        ("%", ["", "anything"], []),
        ("a%", ["a", "abc"], ["ba"]),
        ("%a", ["a", "cba"], ["ab"]),
        ("a%b%c", ["abc", "axbxc", "abbc", "abcc"], ["acb", "ab"]),
        ("%ab%ab%", ["abab", "xabxabx"], ["ab", "aab"]),
        ("%%a%%", ["a", "bab"], [""]),
        ("%a_c%c", ["abcc", "aacabcc"], ["abc"]),
    ],
)
def test_what_fits(text, fits, fits_not):
    pattern = re.compile(like(text), re.DOTALL)
    assert [each for each in fits if not pattern.fullmatch(each)] == []
    assert [each for each in fits_not if pattern.fullmatch(each)] == []


def test_a_wildcard_stands_only_for_certain_characters():
    pattern = re.compile(like("a%b_c", "[^/]"))
    assert pattern.search("x/axbxc/")
    assert not pattern.search("a/bxc")
    assert not pattern.search("axb/c")


def test_many_wildcards_take_no_time():
    # With backtracking this would not end in anybody's life.
    assert not re.fullmatch(like("%a" * 200 + "b"), "a" * 2000)
