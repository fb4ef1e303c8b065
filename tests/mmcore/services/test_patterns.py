"""Regular expressions of administrators never take for ever."""

from __future__ import annotations

import logging
import time

import pytest

from mmcore.services import patterns
from mmcore.services.pattern_helper import try_all
from mmcore.services.patterns import (
    MAX_LENGTH,
    MAX_SUBJECT,
    PatternError,
    compiled,
    matches_any,
    may_take_long,
)

#: Each of them takes longer than the universe will last.
CATASTROPHIC = [
    "^(a+)+$",
    "^(a|aa)+$",
    "^(a*)*$",
    "^((a+)b?)+$",
    "^" + "(a|a)" * 40 + "b",
    "^" + "a?" * 60 + "b",
    "(?x)^(a+) +$",
    r"^(a*)\1*\1*\1*\1*\1*$",
]
HARMLESS = [
    "^.*@example.net",
    r"^[^@]+@(.+\.)?example\.com$",
    r"^\(+\)+$",
    "^[(+)*]+$",
    "^[]+*]x[^]*+]y+",
    "^(?:anne|bart)@example.com",
    "^(" + "|".join(f"name{n}" for n in range(50)) + ")@.*?example",
]


@pytest.fixture(autouse=True)
def no_failures(monkeypatch):
    """As in a process that has just begun."""
    monkeypatch.setattr(patterns, "_failures", {})
    patterns._matches_slowly.cache_clear()


class TestCompiling:
    def test_letter_case_does_not_matter(self):
        assert compiled("^Anne").match("aNNE@example.com")

    @pytest.mark.parametrize("text", ["^(", "^[z-a]", "^a{99999999999999}", "^" + "(" * 900])
    def test_what_is_no_pattern_is_refused(self, text):
        with pytest.raises(PatternError, match="Not a regular expression"):
            compiled(text)

    def test_it_has_a_length(self):
        compiled("^" + "a" * (MAX_LENGTH - 1))
        with pytest.raises(ValueError, match="at most"):
            compiled("^" + "a" * MAX_LENGTH)

    def test_the_worst_patterns_compile_soon(self):
        began = time.monotonic()
        compiled("^" + "[a-\U0010ffff]" * (MAX_LENGTH // 5 - 1))
        assert time.monotonic() - began < 60

    def test_advice_for_programmers_is_not_given(self):
        assert compiled("^[[a]").match("[")


class TestJudging:
    @pytest.mark.parametrize("pattern", CATASTROPHIC)
    def test_what_may_take_long(self, pattern):
        assert may_take_long(pattern)

    @pytest.mark.parametrize("pattern", HARMLESS)
    def test_what_does_not(self, pattern):
        assert not may_take_long(pattern)


class TestMatching:
    def test_at_the_start_in_any_case(self):
        assert matches_any(["^x", "^.*@Example"], "anne@example.com")
        assert not matches_any(["example"], "anne@example.com")
        assert not matches_any([], "anne@example.com")

    def test_what_may_take_long_matches_too(self):
        assert matches_any(["^z", "^([a-z]+\\.)+example"], "a.b.example")
        assert not matches_any(["^([a-z]+\\.)+example"], "a.b.org")

    def test_what_takes_too_long_does_not_match_and_the_log_says_so(self, caplog):
        began = time.monotonic()
        assert not matches_any(["^(a+)+$"], "a" * 60 + "!")
        assert time.monotonic() - began < 5
        assert "took too long" in caplog.text

    def test_another_one_is_still_tried(self):
        assert matches_any(["^(a+)+$", "^(a|b)+!"], "a" * 60 + "!")

    def test_all_together_have_a_limit(self, monkeypatch, caplog):
        monkeypatch.setattr(patterns, "ALL_LIMIT", 0.5)
        slow = [f"^(a+)+{n}$" for n in range(20)]
        began = time.monotonic()
        assert not matches_any(slow, "a" * 60 + "?")
        assert time.monotonic() - began < 3
        assert 0 < caplog.text.count("took too long") < 20

    def test_several_texts_are_tried_together(self):
        for pattern in ("^b.*z", "^(b|bb)+z"):
            assert matches_any([pattern], "anne", "bz", "cris")
            assert not matches_any([pattern], "anne", "cris")
            assert not matches_any([pattern])

    def test_any_number_of_texts_takes_no_longer(self):
        began = time.monotonic()
        texts = ["a" * 60 + f"!{number}" for number in range(500)]
        assert not matches_any(["^(a+)+$"], *texts)
        assert time.monotonic() - began < 3

    def test_who_fails_again_and_again_rests_for_a_while(self, monkeypatch, caplog):
        monkeypatch.setattr(patterns, "ONE_LIMIT", 0.02)
        slow = ["^(a+)+$", "^(b|bb)+z"]
        for number in range(patterns.MAX_FAILURES):
            assert not matches_any(slow, "a" * 60 + f"!{number}")
        assert "'^(a+)+$' is not tried for 600 seconds" in caplog.text
        caplog.clear()
        assert not matches_any(slow, "a" * 60 + "!x")
        assert not matches_any(slow, "aa")
        # The others are still tried, and it is when it has rested.
        assert matches_any(slow, "bz")
        assert caplog.text == ""
        monkeypatch.setattr(patterns, "REST", 0.0)
        assert matches_any(slow, "aaa")

    def test_helper_that_does_not_answer_has_found_nothing_this_time(self, monkeypatch, caplog):
        with monkeypatch.context() as busy:
            busy.setattr(patterns, "ALL_LIMIT", 0.0)
            assert not matches_any(["^(b|bb)+z"], "bz")
        assert "1 regular expressions were not tried in time" in caplog.text
        assert matches_any(["^(b|bb)+z"], "bz")

    def test_helper_that_cannot_be_started_has_found_nothing(self, monkeypatch, caplog):
        monkeypatch.setattr(patterns.sys, "executable", "/nonexistent/python")
        assert not matches_any(["^(b|bb)+y"], "by")
        assert "were not tried in time" in caplog.text

    def test_ordinary_patterns_start_no_process(self, monkeypatch):
        monkeypatch.setattr(patterns.subprocess, "run", None)
        assert not matches_any(HARMLESS, "nobody@example.org")
        assert matches_any(HARMLESS, "nobody@example.net")

    def test_the_start_of_a_long_text_is_looked_at(self):
        text = "a" * MAX_SUBJECT + "b"
        assert matches_any(["^a+$"], text)
        assert not matches_any(["^a+b"], text)

    def test_a_broken_one_is_left_out(self, caplog):
        with caplog.at_level(logging.ERROR):
            assert matches_any(["^(", "^a"], "anne")
        assert "Not matched: '^('" in caplog.text


class TestHelper:
    def test_it_says_what_was_found_and_where_and_what_took_long(self):
        groups = [["cris", "anne"], ["a" * 60 + "!"]]
        assert try_all("match", [("^b", 0), ("^A", 0)], groups, False, 1, 1) == ([(1, 1)], [])
        jobs = [("^(a+)+$", 1), ("^b", 0), ("n", 0)]
        assert try_all("match", jobs, groups, False, 0.05, 1) == ([], [0])
        assert try_all("search", jobs, groups, False, 0.05, 1) == ([(2, 1)], [0])

    def test_the_first_that_is_found_can_be_enough(self):
        jobs = [("^b", 0), ("^a", 0), ("^an", 0)]
        assert try_all("match", jobs, [["anne"]], True, 1, 1) == ([(1, 0)], [])
        assert try_all("match", jobs, [["anne"]], False, 1, 1) == ([(1, 0), (2, 0)], [])

    def test_after_the_limit_no_other_is_begun(self):
        jobs = [("^(a+)+$", 0), ("^a", 0)]
        assert try_all("match", jobs, [["a" * 60 + "!"]], True, 0.05, 0.01) == ([], [0])
