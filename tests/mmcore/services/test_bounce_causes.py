"""Whose fault a refusal is, by what the other server said."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.interfaces.bounce import BounceCause, BounceContext
from mmcore.services.bounce_causes import classify
from mmcore.services.bounce_phrases import PHRASES

DATA = Path(__file__).parents[2] / "data" / "refusals.txt"
LINES = DATA.read_text("utf-8").splitlines()
REFUSALS = [
    [field.strip() for field in line.split("|", 3)]
    for line in LINES
    if line and not line.startswith("#")
]


class TestRefusals:
    @pytest.mark.parametrize(
        "refusal", REFUSALS, ids=[f"{r[1]}-{r[2]}-{r[3][:40]}" for r in REFUSALS]
    )
    def test_the_right_party_is_blamed(self, refusal):
        cause, code, enhanced, text = refusal
        assert classify(int(code), enhanced, text) is BounceCause[cause]

    @pytest.mark.parametrize(
        "refusal",
        [refusal for refusal in REFUSALS if refusal[1] != "0"],
        ids=lambda refusal: f"{refusal[1]}-{refusal[2]}-{refusal[3][:40]}",
    )
    def test_codes_may_stand_in_the_text_and_in_each_of_its_lines(self, refusal):
        cause, code, enhanced, text = refusal
        words, prefix = text.split(" "), f"{code}-{enhanced}" if enhanced else f"{code}-"
        lines = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
        told = "smtp; " + " ".join(f"{prefix} {line}" for line in lines)
        assert classify(0, "5.0.0", told) is BounceCause[cause]

    def test_there_are_refusals_of_every_kind(self):
        kinds = Counter(refusal[0] for refusal in REFUSALS)
        assert set(kinds) == {cause.name for cause in BounceCause} - {"complaint"}
        assert min(kinds.values()) >= 8

    def test_a_complaint_is_one_whatever_is_said(self):
        cause = classify(550, "5.1.1", "User unknown", BounceContext.complaint)
        assert cause is BounceCause.complaint

    def test_what_a_message_was_about_does_not_matter_to_a_probe(self):
        cause = classify(550, "5.1.1", "User unknown", BounceContext.probe)
        assert cause is BounceCause.mailbox_gone

    @given(st.integers(), st.text(max_size=12), st.text())
    def test_nothing_is_too_strange(self, code, enhanced, text):
        assert isinstance(classify(code, enhanced, text), BounceCause)

    @pytest.mark.parametrize("text", ["mailbox " * 50_000, "a" * 400_000, "550-" * 100_000])
    def test_long_texts_take_no_time(self, text):
        begin = time.process_time()
        classify(550, "", text)
        assert time.process_time() - begin < 0.1


class TestPhrases:
    def test_they_are_written_as_replies_are_read(self):
        for _, phrases in PHRASES:
            for phrase in phrases:
                assert phrase == phrase.lower() == phrase.strip()
                assert not set(phrase) & set('<>()[]{}",;:|=!?')
                assert "*" not in phrase[1:]

    def test_none_is_written_twice_in_a_group(self):
        for _, phrases in PHRASES:
            assert len(phrases) == len(set(phrases))
