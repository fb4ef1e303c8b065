"""Tests of mmcore.mta.ledger."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.journal import Reply
from mmcore.mta.ledger import Ledger, LedgerFormatError, pack
from mmcore.mta.outcomes import Outcomes, State

OK = Reply(250, "2.0.0", "Ok: queued as 1A2B3C")
FULL = Reply(452, "4.2.2", "Mailbox full")
NOBODY = Reply(550, "5.1.1", "Nobody")

STATES = {OK: State.DELIVERED, FULL: State.TEMPORARY, NOBODY: State.PERMANENT}

#: A record of the first release: delivered, refused for now and for good, in doubt, not tried.
OLD = bytes.fromhex(
    "0101 05000000 03000000 0102030400 0102030000 fa00 05 0000 322e302e30"
    "c401 05 0c00 342e322e32 4d61696c626f782066756c6c"
    "2602 05 0600 352e312e31 4e6f626f6479"
)


def mixed() -> Outcomes:
    """One recipient in each state."""
    outcomes = Outcomes(5)
    outcomes.settle([0], State.DELIVERED, OK, 1, 1_800_000_000)
    outcomes.settle([1], State.TEMPORARY, FULL, 2, 1_800_000_007)
    outcomes.settle([2], State.PERMANENT, NOBODY, 2, 1_800_000_007)
    outcomes.doubt([3])
    return outcomes


def bulk(count: int, size: int) -> Outcomes:
    """A healthy delivery, `size` recipients per transaction, those of two kinds apart."""
    outcomes = Outcomes(count)
    batch = 0
    # Every fifth is in another bucket, as where there are several top-level domains.
    for bucket in (
        [index for index in range(count) if index % 5],
        list(range(0, count, 5)),
    ):
        for start in range(0, len(bucket), size):
            batch += 1
            reply = Reply(250, "2.0.0", f"Ok: queued as {batch}")
            when = 1_800_000_000 + batch // 80
            outcomes.settle(bucket[start : start + size], State.DELIVERED, reply, batch, when)
    return outcomes


def damaged(body: bytes) -> bytes:
    """A record that is damaged although its checksum is right."""
    return b"\x02" + zlib.compress(body)


class TestPack:
    def test_every_outcome_can_be_read_back(self) -> None:
        ledger = Ledger(pack(mixed()))
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
        assert [ledger.batch_of(index) for index in range(5)] == [1, 2, 2, 0, 0]
        assert [ledger.time_of(index) for index in range(5)] == [
            1_800_000_000,
            1_800_000_007,
            1_800_000_007,
            0,
            0,
        ]
        assert ledger.batches == 2
        assert ledger.count(State.DELIVERED) == 1
        assert ledger.indices(State.TEMPORARY, State.WAITING) == [1, 4]
        assert len(ledger) == 5

    def test_nobody_at_all_is_a_record_too(self) -> None:
        ledger = Ledger(pack(Outcomes(0)))
        assert len(ledger) == 0
        assert ledger.count(State.DELIVERED) == 0

    def test_the_text_of_a_delivery_is_not_kept(self) -> None:
        assert Ledger(pack(mixed())).reply_of(0) == Reply(250, "2.0.0", "")

    @pytest.mark.parametrize("size", [10, 1])
    def test_a_healthy_delivery_costs_less_than_two_bytes_a_recipient(self, size: int) -> None:
        for count in (50, 1000, 10_000):
            assert len(pack(bulk(count, size))) < 2 * count

    def test_times_are_kept_per_recipient_if_those_of_a_batch_differ(self) -> None:
        outcomes = mixed()
        outcomes.times[2] = 1_800_000_099
        assert Ledger(pack(outcomes)).time_of(1) == 1_800_000_007
        assert Ledger(pack(outcomes)).time_of(2) == 1_800_000_099

    def test_few_recipients_of_late_batches_cost_little(self) -> None:
        outcomes = Outcomes(2)
        outcomes.settle([0], State.DELIVERED, OK, 4_000_000_000, 1_800_000_000)
        outcomes.settle([1], State.DELIVERED, OK, 3, 4_294_967_295)
        record = pack(outcomes)
        assert len(record) < 100
        ledger = Ledger(record)
        assert [ledger.batch_of(0), ledger.batch_of(1)] == [4_000_000_000, 3]
        assert [ledger.time_of(0), ledger.time_of(1)] == [1_800_000_000, 4_294_967_295]

    @pytest.mark.parametrize("count", [255, 256, 300, 70_000])
    def test_any_number_of_different_replies_fits(self, count: int) -> None:
        outcomes = Outcomes(count)
        replies = [Reply(550, "5.1.1", f"No {index}") for index in range(count)]
        for index, reply in enumerate(replies):
            outcomes.settle([index], State.PERMANENT, reply, index, 1)
        ledger = Ledger(pack(outcomes))
        for index in (0, 1, 254, count - 1):
            assert ledger.reply_of(index) == replies[index]

    def test_texts_that_are_no_utf_8_do_no_harm(self) -> None:
        outcomes = Outcomes(1)
        outcomes.settle([0], State.PERMANENT, Reply(550, "5.0.\udc80", "No \udcff"))
        assert Ledger(pack(outcomes)).reply_of(0) == Reply(550, "5.0.?", "No ?")

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([OK, FULL, NOBODY]),
                st.integers(0, 5) | st.integers(0, 2**32 - 1),
                st.integers(0, 5) | st.integers(0, 2**32 - 1),
            )
        )
    )
    def test_whatever_became_of_recipients_is_read_as_it_was(
        self, settled: list[tuple[Reply, int, int]]
    ) -> None:
        outcomes = Outcomes(len(settled))
        for index, (reply, batch, when) in enumerate(settled):
            outcomes.settle([index], STATES[reply], reply, batch, when)
        ledger = Ledger(pack(outcomes))
        for index, (reply, batch, when) in enumerate(settled):
            assert ledger.state_of(index) == STATES[reply]
            assert ledger.reply_of(index) == outcomes.reply_of(index)
            assert ledger.batch_of(index) == batch
            assert ledger.time_of(index) == when


class TestLedger:
    def test_records_of_the_first_release_are_read(self) -> None:
        ledger = Ledger(OLD)
        assert len(ledger) == 5
        assert [ledger.state_of(index) for index in range(5)] == [
            State.DELIVERED,
            State.TEMPORARY,
            State.PERMANENT,
            State.IN_DOUBT,
            State.WAITING,
        ]
        assert [ledger.reply_of(index) for index in range(5)] == [
            Reply(250, "2.0.0"),
            FULL,
            NOBODY,
            None,
            None,
        ]
        assert {ledger.batch_of(index) for index in range(5)} == {0}
        assert {ledger.time_of(index) for index in range(5)} == {0}

    @pytest.mark.parametrize("record", [OLD, pack(mixed())])
    @pytest.mark.parametrize("index", [-1, 5])
    def test_an_index_of_nobody_is_an_error(self, record: bytes, index: int) -> None:
        ledger = Ledger(record)
        for question in (ledger.state_of, ledger.reply_of, ledger.batch_of, ledger.time_of):
            with pytest.raises(IndexError):
                question(index)

    def test_a_later_version_is_refused(self) -> None:
        with pytest.raises(LedgerFormatError, match="version 3"):
            Ledger(b"\x03" + pack(mixed())[1:])

    @pytest.mark.parametrize("record", [OLD, pack(mixed())])
    def test_a_record_cut_short_is_refused(self, record: bytes) -> None:
        for end in range(len(record)):
            with pytest.raises(LedgerFormatError):
                Ledger(record[:end])

    def test_a_record_with_another_bit_is_refused(self) -> None:
        record = pack(mixed())
        for place in range(len(record)):
            for bit in range(8):
                other = bytearray(record)
                other[place] ^= 1 << bit
                # Some bits of the compressed form mean nothing; those may be any.
                try:
                    ledger = Ledger(bytes(other))
                except LedgerFormatError:
                    continue
                assert ledger.state_of(2) is State.PERMANENT
                assert ledger.batch_of(2) == 2

    def test_columns_that_do_not_fit_each_other_are_refused(self) -> None:
        body = zlib.decompress(pack(mixed())[1:])
        head = struct.Struct("<II?")
        for count, notes, by_batch in ((4, 3, True), (6, 3, True), (5, 4, True), (5, 3, False)):
            other = head.pack(count, notes, by_batch) + body[head.size :]
            with pytest.raises(LedgerFormatError):
                Ledger(damaged(other))

    def test_a_state_that_is_none_is_refused(self) -> None:
        with pytest.raises(LedgerFormatError, match="state"):
            Ledger(OLD[:10] + b"\x05" + OLD[11:])

    def test_a_note_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(LedgerFormatError, match="note"):
            Ledger(OLD[:15] + b"\x04" + OLD[16:])

    def test_a_width_that_is_none_is_refused(self) -> None:
        with pytest.raises(LedgerFormatError):
            Ledger(OLD[:1] + b"\x03" + OLD[2:])

    @given(st.binary())
    def test_any_bytes_are_a_record_or_refused(self, data: bytes) -> None:
        for record in (data, b"\x01" + data, b"\x02" + data, damaged(data)):
            try:
                Ledger(record)
            except LedgerFormatError:
                continue
