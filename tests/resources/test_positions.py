"""An index that knows positions: what it counts is true, also while it is divided."""

from __future__ import annotations

import pytest
import ZODB
from hypothesis import given
from hypothesis import strategies as st
from transaction import TransactionManager
from transaction.interfaces import TransientError
from ZODB.DemoStorage import DemoStorage

from resources import positions
from resources.positions import Positions


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Stretches of at most ten entries, groups of at most four stretches."""
    monkeypatch.setattr(positions, "LONG", 10)
    monkeypatch.setattr(positions, "WIDE", 4)


def key(number: int) -> tuple[str, str]:
    return f"{number:04d}", "x"


def filled(numbers) -> Positions:
    index = Positions()
    for number in numbers:
        index._insert(key(number), str(number))
    return index


def counts(index: Positions) -> list[int]:
    return [count for _, group in index._groups for count in group.counts]


class TestPositions:
    def test_it_is_divided_as_it_grows(self):
        index = filled(range(100))
        assert len(index) == 100
        assert max(counts(index)) <= 10
        assert sum(counts(index)) == 100
        assert max(len(group.begins) for _, group in index._groups) <= 4
        assert list(index.wrong_counts()) == []

    def test_every_slice_is_that_of_a_list(self):
        numbers = list(range(35))
        index = filled(reversed(numbers))
        everything = [(key(number), str(number)) for number in numbers]
        for start in range(40):
            assert list(index._slice(start, None)) == everything[start:]
            for count in (0, 1, 7, 40):
                assert list(index._slice(start, count)) == everything[start : start + count]

    def test_the_same_key_twice_is_refused(self):
        index = filled([1])
        with pytest.raises(KeyError):
            index._insert(key(1), "again")
        with pytest.raises(KeyError):
            index._remove(key(2))
        assert len(index) == 1

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=150))
    def test_it_behaves_like_a_sorted_dictionary(self, steps):
        index, model = Positions(), {}
        for adding, number in steps:
            if adding and key(number) not in model:
                index._insert(key(number), str(number))
                model[key(number)] = str(number)
            elif not adding and key(number) in model:
                index._remove(key(number))
                del model[key(number)]
        assert list(index._slice(0, None)) == sorted(model.items())
        assert len(index) == len(model)
        assert list(index.wrong_counts()) == []
        for start in range(0, len(model), 7):
            assert list(index._slice(start, 5)) == sorted(model.items())[start : start + 5]


class TestWrongCounts:
    def test_a_wrong_count_is_told(self):
        index = filled(range(30))
        index._groups[0][1].change(key(3), 1)
        assert [problem.partition(" has ")[0] for problem in index.wrong_counts()] == [
            "the stretch from () counts 6,"
        ]

    def test_stretches_out_of_order_are_told(self):
        index = filled(range(100))
        index._groups = tuple(reversed(index._groups))
        assert "stretches begin with" in next(index.wrong_counts())

    def test_keys_with_the_same_first_part_are_told_apart(self):
        index = Positions()
        for number in range(30):
            index._insert(("same", f"{number:02d}"), "")
        assert list(index.wrong_counts()) == []
        assert [key[1] for key, _ in index._slice(12, 3)] == ["12", "13", "14"]


class TestTwoSessions:
    @pytest.fixture
    def sessions(self):
        db = ZODB.DB(DemoStorage())
        managers = [TransactionManager(explicit=True) for _ in range(2)]
        with db.transaction() as connection:
            connection.root()["index"] = filled(range(0, 18, 2))
        opened = [db.open(manager) for manager in managers]
        yield list(zip(managers, opened, strict=True))
        for manager, connection in zip(managers, opened, strict=True):
            if manager._txn is not None:
                manager.abort()
            connection.close()
        db.close()

    def at_once(self, sessions, first, second):
        for (manager, connection), number in zip(sessions, (first, second), strict=True):
            manager.begin()
            connection.root()["index"]._insert(key(number), str(number))
        sessions[0][0].commit()
        sessions[1][0].commit()

    def after(self, sessions):
        manager, connection = sessions[0]
        manager.begin()
        return connection.root()["index"]

    def test_two_additions_are_both_counted(self, sessions):
        (manager, connection), _ = sessions
        manager.begin()
        connection.root()["index"]._remove(key(16))
        manager.commit()
        self.at_once(sessions, 1, 9)
        assert len(self.after(sessions)) == 10

    def test_an_addition_that_missed_the_division_starts_anew(self, sessions):
        (one, first), (two, second) = sessions
        one.begin()
        two.begin()
        for number in (1, 3):
            first.root()["index"]._insert(key(number), "first")
        second.root()["index"]._insert(key(17), "second")
        one.commit()
        with pytest.raises(TransientError):
            two.commit()
        two.abort()
        index = self.after(sessions)
        assert len(counts(index)) == 2
        assert len(index) == len(index._entries) == 11
