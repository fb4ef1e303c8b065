"""The library's guesses are taken, and its faults are not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.message import Message
from mmcore.services import bounce_heuristics
from mmcore.services.bounce_heuristics import LONGEST, Guess, guess
from tests.mmcore.message.samples import SAMPLES
from tests.support.failure_reports import parsed
from tests.support.malformed import MALFORMED

QMAIL = """\
Subject: failure notice

Hi. This is the qmail-send program at example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.

<anne@example.com>:
Sorry, no mailbox here by that name.

--- Below this line is a copy of the message.
"""


class TestGuess:
    def test_a_form_that_follows_no_standard(self):
        assert guess(parsed(QMAIL)) == Guess(frozenset(["anne@example.com"]))

    def test_a_failure_for_now(self):
        msg = parsed(
            "Subject: x\n\nYour message to:\nanne@example.com\n"
            "This is just a warning, you do not need to take any action\n"
        )
        assert guess(msg) == Guess(temporary=frozenset(["anne@example.com"]))

    def test_what_is_no_report(self):
        assert guess(parsed("Subject: Hello\n\nHow are you?\n")) == Guess()

    @pytest.mark.parametrize("sample", [*SAMPLES, *MALFORMED])
    def test_strange_messages(self, sample):
        guess(Message.parse({**SAMPLES, **MALFORMED}[sample]))

    @given(st.binary())
    def test_strange_bytes(self, data):
        guess(Message.parse(QMAIL.encode().replace(b"Sorry", data)))
        guess(Message.parse(data))

    @pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), AttributeError("x")])
    def test_what_makes_the_library_fail_is_no_report(self, monkeypatch, error):
        def fail(msg):
            raise error

        monkeypatch.setattr(bounce_heuristics, "all_failures", fail)
        assert guess(parsed(QMAIL)) == Guess()

    def test_addresses_that_are_no_text_are_left_out(self, monkeypatch):
        found = frozenset([b"\xff@example.com", b"b@example.com"])
        monkeypatch.setattr(bounce_heuristics, "all_failures", lambda msg: (frozenset(), found))
        assert guess(parsed(QMAIL)).permanent == {"b@example.com"}

    def test_large_messages_and_long_lines_cost_no_more_than_they_are_worth(self):
        starts = "The following addresses had\nfailed addresses follow:\nYour message to:\n"
        started = time.process_time()
        guess(
            parsed(f"Subject: x\n\n{starts}" + "a" * 5_000_000 + "\n" + ("b" * 400 + "\n") * 5000)
        )
        assert time.process_time() - started < 5

    def test_what_stands_far_behind_is_not_read(self):
        assert guess(parsed("Subject: x\n\n" + "x\n" * LONGEST + QMAIL)) == Guess()
