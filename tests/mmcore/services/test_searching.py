"""Patterns are searched for in header values, and never for ever."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcore.services import patterns, searching
from mmcore.services.patterns import compiled
from mmcore.services.searching import MAX_LENGTH, searched
from tests.mmcore.services.test_patterns import CATASTROPHIC


@pytest.fixture(autouse=True)
def no_failures(monkeypatch):
    """As in a process that has just begun."""
    monkeypatch.setattr(patterns, "_failures", {})


def found(pattern, *texts):
    """Whether a pattern is found; and it must not matter whether that is done at once."""
    (where,) = searched([(pattern, texts)])
    return where is not None


def is_quick(pattern, length):
    return searching._is_quick(searching._prepared(pattern), ("x" * length,))


class TestSearching:
    def test_anywhere_in_any_case(self):
        assert found("ANNE", "Dear anne,")
        assert found("^dear", "Dear Anne")
        assert not found("^anne", "Dear Anne")
        assert found("anne$", "Dear Anne")
        assert not found("bart", "Dear Anne")
        assert not found("anne")

    def test_it_says_in_which_text_each_is(self):
        texts = ("anne", "bart", "bart and anne")
        searches = [(pattern, texts) for pattern in ("bart", "cris", "anne", "and", "(n+)+e")]
        assert list(searched(searches)) == [1, None, 0, 2, 0]

    def test_what_is_no_pattern_is_not_found_and_logged_once(self, caplog):
        searching._prepared.cache_clear()
        with caplog.at_level(logging.ERROR):
            for _ in range(2):
                assert list(searched([("b(", ("b",)), ("b", ("b",))])) == [None, 0]
        assert caplog.text.count("Not searched for: 'b('") == 1

    @pytest.mark.parametrize(
        ("pattern", "essence"),
        [
            (".*spam", "spam"), ("^.*spam", "spam"), ("^.*?spam.*$", "spam"), ("spam.*?", "spam"),
            (".*", ""), ("^.*|x", "|x"), ("^spam.*", "^spam"), (r"spam\.*", r"spam\.*"),
            (r"spam\\.*", r"spam\\"), (".*+spam", ".*+spam"), (r"\.*x", r"\.*x"),
            ("a.*b", "a.*b"), ("[.*]", "[.*]"),
        ],
    )  # fmt: skip
    def test_what_goes_without_saying_is_left_out(self, pattern, essence):
        assert searching._essence(pattern) == essence

    @given(
        st.text("ab.*?^$|\\x+", max_size=8).map(lambda text: text[:1] + text),
        st.text("ab.*x\\", max_size=8),
    )
    @settings(max_examples=500)
    def test_the_short_form_finds_the_same(self, pattern, text):
        try:
            expected = compiled(pattern).search(text) is not None
        except ValueError:
            expected = False
        assert found(pattern, text) == expected


class TestTime:
    @pytest.mark.parametrize("pattern", CATASTROPHIC)
    def test_what_takes_too_long_is_not_found(self, pattern, monkeypatch):
        monkeypatch.setattr(patterns, "ONE_LIMIT", 0.1)
        began = time.monotonic()
        assert not found(pattern, "a" * 60 + "!")
        assert time.monotonic() - began < 10

    @pytest.mark.parametrize("length", [70, 500, MAX_LENGTH])
    @pytest.mark.parametrize(
        "pattern",
        ["a+b", "a.*b", "^a.*b", "a.*a.*b", "^a+a+a+b", "(a|b)c?d", "a?a?a?a?a?b", "(.+)x(.+)",
         "a*a*a*a*b", "(?=.*a)(?=.*b)", r"\s+\S+\s+x", "x{1,500}y{1,500}z"],
    )  # fmt: skip
    def test_whatever_the_length_it_has_an_end(self, pattern, length):
        for letter in ("a", "x", " "):
            began = time.monotonic()
            found(pattern, letter * length)
            assert time.monotonic() - began < 10

    def test_usual_patterns_in_usual_values_start_no_process(self, monkeypatch):
        monkeypatch.setattr(patterns.subprocess, "run", None)
        assert not found(r"\bviagra\b|cialis|casino|lottery|winner|loan|crypto", "x" * MAX_LENGTH)
        assert not found("(buy|get|order) (now|today)", "x" * MAX_LENGTH)
        assert not found("^.*unsubscribe.*$", "x" * MAX_LENGTH)
        assert not found("[*]{3,5}", "x" * 1000)
        assert not found("free.*money", "x" * 1000)
        assert not found(r"^\s*re:\s*urgent.*transfer", "x" * 300)

    def test_how_long_a_value_may_be_depends_on_the_loops(self):
        assert is_quick("abc", MAX_LENGTH)
        assert is_quick("a.*b", 4000)
        assert not is_quick("a.*b", 5000)
        assert not is_quick("a.*b.*c", 400)
        assert not is_quick("(a+)+", 1)

    def test_all_that_is_slow_goes_to_one_process(self, monkeypatch):
        calls = []
        try_slowly = searching.try_slowly
        monkeypatch.setattr(
            searching, "try_slowly", lambda *args: calls.append(args) or try_slowly(*args)
        )
        texts = ("b" * 9000 + "cz",)
        slow = [(pattern, texts) for pattern in ("(x|y)*z", "b+c", "(c)+$", "(z)+$")]
        assert list(searched([("b", texts), *slow, ("q", texts)])) == [0, 0, 0, None, 0, None]
        assert len(calls) == 1
        # The text is sent once.
        assert len(calls[0][2]) == 1

    def test_what_has_not_the_word_is_not_searched(self, monkeypatch):
        monkeypatch.setattr(patterns.subprocess, "run", None)
        assert not found(r"([a-z]+\.)+SPAM\.example", "mail.example.org", "spam.invalid")
        assert not found(r"([a-z]+\.)+SPAM\.example", "spam.", "example")

    def test_other_alphabets_are_searched_anyway(self):
        # The sign for Kelvin is a k to regular expressions, and the long s an s.
        assert found("kilo", "\u212ailo")
        assert found("spam", "\u017fpam")
        assert found("spam", "grün", "SPAM")

    def test_who_has_seen_enough_starts_no_process(self, monkeypatch):
        monkeypatch.setattr(patterns.subprocess, "run", None)
        assert next(searched([("a", ("a",)), ("(a+)+", ("a",))])) == 0

    def test_the_process_sees_no_more_than_the_beginning(self):
        text = "a" * (MAX_LENGTH - 1) + "bc"
        assert found("(ab)+", text)
        assert not found("(bc)+", text)

    def test_who_fails_again_and_again_rests_for_a_while(self, monkeypatch, caplog):
        monkeypatch.setattr(patterns, "ONE_LIMIT", 0.02)
        for number in range(patterns.MAX_FAILURES):
            assert not found("(a+)+$", "a" * 60 + f"!{number}")
        assert not found("(a+)+$", "aaa")
        assert "is not tried for" in caplog.text

    def test_process_that_does_not_answer_has_found_nothing(self, monkeypatch, caplog):
        monkeypatch.setattr(patterns.sys, "executable", "/nonexistent/python")
        assert list(searched([("(a+)+", ("a",)), ("a", ("a",))])) == [None, 0]
        assert "1 regular expressions were not tried in time" in caplog.text

    def test_all_together_have_an_end(self, monkeypatch, caplog):
        monkeypatch.setattr(patterns, "ALL_LIMIT", 0.05)
        texts = tuple("a" * 3000 for _ in range(30))
        began = time.monotonic()
        assert len(list(searched([(f"a+b{'c?' * n}", texts) for n in range(20)] * 10))) < 200
        assert time.monotonic() - began < 10
        assert "were not tried in time" in caplog.text
