"""Tests of mmcore.mta.ledger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.deliver import Result
from mmcore.mta.journal import Reply
from mmcore.mta.ledger import Ledger, LedgerFormatError, State, fold

OK = Reply(250, "2.0.0", "Ok: queued as 1A2B3C")
FULL = Reply(452, "4.2.2", "Mailbox full")
NOBODY = Reply(550, "5.1.1", "Nobody")


class TestFold:
    def test_every_outcome_can_be_read_back(self) -> None:
        result = Result("key", {0: OK}, {1: FULL}, {2: NOBODY}, in_doubt=(3,), unattempted=(4,))
        ledger = Ledger(fold(result, 5))
        assert [ledger.state_of(index) for index in range(5)] == [
            State.DELIVERED,
            State.TEMPORARY,
            State.PERMANENT,
            State.IN_DOUBT,
            State.WAITING,
        ]
        assert ledger.reply_of(1) == FULL
        assert ledger.reply_of(2) == NOBODY
        assert ledger.reply_of(3) is None
        assert ledger.reply_of(4) is None
        assert ledger.count(State.DELIVERED) == 1
        assert ledger.indices(State.TEMPORARY, State.WAITING) == {1, 4}
        assert len(ledger) == 5

    def test_the_text_of_a_delivery_is_not_kept(self) -> None:
        assert Ledger(fold(Result("key", {0: OK}), 1)).reply_of(0) == Reply(250, "2.0.0", "")

    def test_a_healthy_delivery_costs_two_bytes_a_recipient(self) -> None:
        delivered = {n: Reply(250, "2.0.0", f"Queued as {n // 10}") for n in range(10_000)}
        assert len(fold(Result("key", delivered), 10_000)) <= 2 * 10_000 + 50

    def test_a_later_attempt_overrides_an_earlier_one(self) -> None:
        first = fold(Result("key", {0: OK}, {1: FULL, 2: FULL}), 3)
        ledger = Ledger(fold(Result("key", {1: OK}, {}, {2: NOBODY}), 3, first))
        assert ledger.indices(State.DELIVERED) == {0, 1}
        assert ledger.reply_of(2) == NOBODY
        assert ledger.done() == {0, 1, 2}

    def test_notes_that_nobody_needs_any_more_are_dropped(self) -> None:
        waiting = {n: Reply(451, "4.0.0", f"Come again {n}") for n in range(100)}
        first = fold(Result("key", {}, waiting), 100)
        second = fold(Result("key", dict.fromkeys(range(100), OK)), 100, first)
        assert len(second) < len(first) / 5
        assert Ledger(second).reply_of(99) == Reply(250, "2.0.0", "")

    @pytest.mark.parametrize("count", [255, 256, 300, 70_000])
    def test_any_number_of_different_replies_fits(self, count: int) -> None:
        refused = {n: Reply(550, "5.1.1", f"No {n}") for n in range(count)}
        ledger = Ledger(fold(Result("key", {}, {}, refused), count))
        for index in (0, 1, 254, count - 1):
            assert ledger.reply_of(index) == refused[index]

    def test_recipients_in_doubt_are_not_tried_again(self) -> None:
        assert Ledger(fold(Result("key", in_doubt=(1,)), 2)).done() == {1}

    def test_another_number_of_recipients_is_refused(self) -> None:
        with pytest.raises(ValueError, match="2 recipients instead of 3"):
            fold(Result("key"), 3, fold(Result("key"), 2))

    @given(st.dictionaries(st.integers(0, 40), st.sampled_from([OK, FULL, NOBODY])))
    def test_the_latest_reply_counts(self, replies: dict[int, Reply]) -> None:
        result = Result("key")
        for index, reply in replies.items():
            outcome = {250: result.delivered, 452: result.temporary, 550: result.permanent}
            outcome[reply.code][index] = reply
        ledger = Ledger(fold(result, 41, fold(Result("key", {}, {0: FULL}), 41)))
        for index in range(41):
            note = replies.get(index, FULL if index == 0 else None)
            found = ledger.reply_of(index)
            assert (found and found.code) == (note and note.code)
        assert ledger.done() == result.delivered.keys() | result.permanent.keys()


class TestLedger:
    @pytest.mark.parametrize("index", [-1, 2])
    def test_an_index_of_nobody_is_an_error(self, index: int) -> None:
        ledger = Ledger(fold(Result("key"), 2))
        with pytest.raises(IndexError):
            ledger.state_of(index)
        with pytest.raises(IndexError):
            ledger.reply_of(index)

    def test_another_version_is_refused(self) -> None:
        with pytest.raises(LedgerFormatError, match="version 2"):
            Ledger(b"\x02" + fold(Result("key"), 2)[1:])

    def test_a_record_cut_short_is_refused(self) -> None:
        record = fold(Result("key", {}, {0: FULL}), 2)
        for end in range(len(record)):
            with pytest.raises(LedgerFormatError):
                Ledger(record[:end])

    def test_a_width_that_is_none_is_refused(self) -> None:
        record = fold(Result("key"), 2)
        with pytest.raises(LedgerFormatError):
            Ledger(record[:1] + b"\x03" + record[2:])
