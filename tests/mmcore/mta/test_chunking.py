"""Tests of mmcore.mta.chunking."""

from __future__ import annotations

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.chunking import arrange

ADDRESSES = st.builds(
    "{}@{}.{}".format,
    st.sampled_from("abcdefgh"),
    st.sampled_from(["example", "x.example"]),
    st.sampled_from(["com", "COM", "net", "org", "edu", "us", "ca", "de", "localhost"]),
)
BUCKETS = {"com": 1, "net": 2, "org": 2, "edu": 3, "us": 3, "ca": 3}


def chunks(recipients: list[str], most: int) -> list[tuple[int, ...]]:
    """The transactions that follow from an arrangement."""
    order, ends = arrange(recipients, most)
    result, begin = [], 0
    for end in ends:
        size = most if most > 0 else end - begin
        result += [tuple(order[at : min(at + size, end)]) for at in range(begin, end, size)]
        begin = end
    return result


def bucket(address: str) -> int:
    return BUCKETS.get(address.rpartition(".")[2].lower(), 0)


class TestArrange:
    @given(st.lists(ADDRESSES), st.integers(2, 12))
    def test_is_a_partition_in_sorted_chunks_of_one_bucket(
        self, recipients: list[str], most: int
    ) -> None:
        result = chunks(recipients, most)
        assert sorted(itertools.chain(*result)) == list(range(len(recipients)))
        for chunk in result:
            names = [recipients[index] for index in chunk]
            assert 1 <= len(names) <= most
            assert names == sorted(names)
            assert len({bucket(name) for name in names}) == 1

    @given(st.lists(ADDRESSES), st.integers(2, 12))
    def test_buckets_stand_together_largest_first(self, recipients: list[str], most: int) -> None:
        order = [bucket(recipients[chunk[0]]) for chunk in chunks(recipients, most)]
        groups = [number for number, _ in itertools.groupby(order)]
        sizes = [sum(bucket(name) == number for name in recipients) for number in groups]
        assert len(groups) == len(set(groups))
        assert sizes == sorted(sizes, reverse=True)

    def test_only_the_last_chunk_of_a_bucket_is_short(self) -> None:
        recipients = [f"{n}@example.com" for n in range(7)] + ["a@example.net", "b@example.org"]
        assert [len(chunk) for chunk in chunks(recipients, 3)] == [3, 3, 1, 2]

    def test_equal_buckets_come_in_the_order_of_their_numbers(self) -> None:
        recipients = ["a@example.edu", "b@example.org", "c@example.com", "d@example.de"]
        assert chunks(recipients, 10) == [(3,), (2,), (1,), (0,)]

    def test_no_limit_means_one_chunk_of_all(self) -> None:
        recipients = ["b@example.org", "c@example.com", "a@example.de"]
        assert chunks(recipients, 0) == chunks(recipients, -1) == [(2, 0, 1)]

    def test_each_for_itself_keeps_the_order(self) -> None:
        assert chunks(["b@example.org", "c@example.com"], 1) == [(0,), (1,)]

    @given(st.lists(ADDRESSES), st.integers(0, 12), st.sets(st.integers(0, 20)))
    def test_some_are_left_out(self, recipients: list[str], most: int, without: set[int]) -> None:
        order, _ = arrange(recipients, most, without)
        assert sorted(order) == [n for n in range(len(recipients)) if n not in without]

    def test_nobody_gives_nothing(self) -> None:
        assert chunks([], 10) == chunks([], 0) == []

    def test_a_hundred_thousand_take_a_moment(self) -> None:
        tops = ("com", "net", "de", "edu")
        recipients = [f"member{n * 7919 % 100000}@example.{tops[n % 4]}" for n in range(100_000)]
        best = min(self.seconds(recipients) for _ in range(3))
        assert best < 0.15

    def seconds(self, recipients: list[str]) -> float:
        start = time.process_time()
        chunks(recipients, 10)
        return time.process_time() - start
