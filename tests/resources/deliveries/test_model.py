"""The ledger of deliveries: finding records, forgetting what is old, many writers at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from transaction.interfaces import TransientError
from zope.interface.verify import verifyObject

from mmcore.interfaces.delivery import DeliveryState, IDeliveries, IDeliveryRecord, IOpenRecord
from mmcore.mta.outcomes import State
from mmcore.queue.address_lines import AddressLines
from resources.check import problems
from resources.deliveries.model import GROUP, SHELVES
from resources.queues.model import Recipients
from tests.support.outcomes import LATER, NOBODY, OK, WHEN, delivered, packed

DAY = timedelta(days=1)


def name_of(number: int, shelf: int = 0) -> str:
    """A name as entries have it, for one shelf of four."""
    return f"17637{number:05d}.5+{shelf * 4:x}{number:039x}"


class TestRecords:
    def test_a_record_is_found_by_the_name_of_the_entry(self, site):
        record = site.deliveries.record("n", "<x>", "a.b", ["c@d.e"], packed(OK))
        assert verifyObject(IDeliveries, site.deliveries)
        assert verifyObject(IDeliveryRecord, record)
        assert site.deliveries["n"] is record
        assert (record.message_id, record.recipients) == ("<x>", ["c@d.e"])
        assert "n" in site.deliveries
        assert site.deliveries.get("m") is None
        with pytest.raises(KeyError):
            site.deliveries["m"]

    @pytest.mark.parametrize("name", ["", "+", "1.5", "1.5+", "1.5+zz", "1.5+ff", "\udc80+0"])
    def test_any_name_will_do(self, site, name):
        record = site.deliveries.record(name, "<x>", "", None, packed())
        assert site.deliveries[name] is record

    def test_a_name_and_a_message_may_be_the_same(self, site):
        site.deliveries.record("<x>", "<x>", "", None, packed())
        assert problems(site) == []
        assert site.deliveries.evict(-DAY) == 1
        assert len(site.deliveries) == 0

    def test_a_record_of_the_same_name_takes_the_place_of_the_first(self, site):
        site.deliveries.record("n", "<x>", "a.b", [], packed())
        second = site.deliveries.record("n", "<y>", "a.b", [], packed())
        assert list(site.deliveries.values()) == [second]
        assert len(site.deliveries) == 1
        assert site.deliveries.of_message("<x>") == []

    def test_those_of_a_message_come_in_order_of_time(self, site):
        records = [
            site.deliveries.record(name_of(number, number % 4), "<x>", list_id, [], packed())
            for number, list_id in enumerate(["one", "two", "one", "one"])
        ]
        site.deliveries.record(name_of(9), "<other>", "one", [], packed())
        found = site.deliveries.of_message
        assert found("<x>") == records
        assert found("<x>", "one") == [records[0], *records[2:]]
        assert found("<x>", since=records[1].finished_at) == records[1:]
        assert found("<x>", until=records[1].finished_at) == records[:2]
        assert found("<none>") == []

    def test_two_of_the_same_instant_are_two(self, site, monkeypatch):
        moment = datetime(2027, 1, 1)
        monkeypatch.setattr("resources.deliveries.model.now", lambda: moment)
        for number in range(3):
            site.deliveries.record(name_of(number), "<x>", "a.b", [], packed())
        assert len(list(site.deliveries.newest())) == 3
        assert len(site.deliveries.of_message("<x>")) == 3


class TestNewest:
    @pytest.fixture
    def records(self, site, monkeypatch):
        """Twelve records, an hour apart, on all shelves and two lists."""
        begin = datetime(2027, 1, 1)
        made = []
        for number in range(12):
            moment = begin + timedelta(hours=number)
            monkeypatch.setattr("resources.deliveries.model.now", lambda moment=moment: moment)
            made.append(
                site.deliveries.record(
                    name_of(number, number * 7 % SHELVES), f"<{number}>", "ab"[number % 2], [], b""
                )
            )
        return made[::-1]

    def test_all_of_them(self, site, records):
        assert [record for _, record in site.deliveries.newest()] == records
        assert list(site.deliveries.values()) == records
        assert site.deliveries.count() == 12

    def test_of_a_list(self, site, records):
        assert [record for _, record in site.deliveries.newest("b")] == records[::2]
        assert site.deliveries.count("b") == 6
        assert site.deliveries.count("c") == 0
        assert list(site.deliveries.newest("c")) == []

    def test_of_a_time(self, site, records):
        since, until = datetime(2027, 1, 1, 3), datetime(2027, 1, 1, 5)
        assert [r for _, r in site.deliveries.newest(None, since, until)] == records[6:9]
        assert site.deliveries.count(None, since, until) == 3
        assert site.deliveries.count("a", since) == 4
        assert site.deliveries.count("a", None, until) == 3
        assert site.deliveries.count(None, datetime.min, datetime.max) == 12

    def test_a_page_of_them(self, site, records):
        assert site.deliveries.page(2, 3) == records[2:5]
        assert site.deliveries.page(1, 2, list_id="a") == records[3:7:2]
        assert site.deliveries.page(11, 5) == records[11:]

    def test_from_any_place_on(self, site, records):
        places = [place for place, _ in site.deliveries.newest()]
        for number, place in enumerate(places):
            after = [r for _, r in site.deliveries.newest(after=place)]
            assert after == records[number + 1 :]
        assert [r for _, r in site.deliveries.newest("a", after=places[3])] == records[5::2]
        until = records[8].finished_at
        assert [r for _, r in site.deliveries.newest(None, None, until, places[2])] == records[8:]

    @pytest.mark.parametrize("place", ["x", "1", "1.x", ".", "g.1"])
    def test_what_is_no_place_is_an_error(self, site, place):
        with pytest.raises(ValueError, match="invalid"):
            list(site.deliveries.newest(after=place))

    @pytest.mark.parametrize("place", ["f" * 99 + ".1", "0.99", "-5.0"])
    def test_a_place_where_nothing_is_has_nothing_behind_or_all(self, site, records, place):
        assert len(list(site.deliveries.newest(after=place))) in (0, 12)

    def test_what_was_read_does_not_stay_in_memory(self, database, session, site):
        for number in range(GROUP + 5):
            emails = AddressLines.of(f"a{n}@example.com" for n in range(60))
            site.deliveries.record(
                name_of(number), "<x>", "a", Recipients(emails), packed(*[OK] * 60)
            )
        session.commit()
        reader = database.session()
        site = reader.begin()
        for _, record in site.deliveries.newest(recipients=True):
            assert record.find("a7@example.com") == 7
        for _, record in site.deliveries.newest():
            assert record.recipients._p_changed is None
        assert all(
            record._p_changed is None for record in site.deliveries._shelves[0].records.values()
        )
        reader.close()


class TestOpened:
    def test_what_became_of_each(self, site):
        record = delivered(
            site, "n", anne=OK, bart=LATER, cris=NOBODY, dora=State.IN_DOUBT, elly=State.WAITING
        )
        opened = record.opened()
        assert verifyObject(IOpenRecord, opened)
        assert len(opened) == 5
        states = [opened.state(index) for index in range(5)]
        assert [state.name for state in states] == [
            "delivered", "deferred", "failed", "in_doubt", "waiting",
        ]  # fmt: skip
        assert opened.totals() == dict.fromkeys(states, 1)
        for index, state in enumerate(states):
            assert list(opened.indices(state)) == [index]
        fate = opened.fate(2)
        assert (fate.email, fate.state) == ("cris@example.com", DeliveryState.failed)
        assert (fate.code, fate.enhanced, fate.text) == (550, "5.1.1", "Nobody")
        assert (fate.when, fate.batch, fate.record) == (datetime(2027, 1, 15, 8), 2, "n")
        assert (fate.message_id, fate.list_id) == ("<m>", "test.example.com")
        assert opened.batches == 2

    def test_the_time_of_a_record_without_times_is_its_end(self, site):
        record = delivered(site, "n", anne=State.IN_DOUBT)
        assert record.opened().fate(0).when == record.finished_at

    @pytest.mark.parametrize("states", [b"", b"\x02", b"nonsense", packed(OK)[:-3]])
    def test_of_a_damaged_record_nothing_is_known(self, site, states, caplog):
        record = site.deliveries.record("n", "<m>", "a", ["a@b.cc", "d@e.ff"], states)
        opened = record.opened()
        assert "delivery record n: " in caplog.text
        assert len(opened) == 2
        assert opened.batches == 0
        assert opened.totals() == {DeliveryState.unknown: 2}
        assert list(opened.indices(DeliveryState.unknown)) == [0, 1]
        assert list(opened.indices(DeliveryState.delivered)) == []
        assert opened.fate(1).email == "d@e.ff"
        assert opened.fate(1).state is DeliveryState.unknown

    def test_of_recipients_behind_the_end_nothing_is_known(self, site):
        record = site.deliveries.record("n", "<m>", "a", ["a@b.cc", "d@e.ff"], packed(OK))
        assert record.opened().fate(1).state is DeliveryState.unknown
        assert list(record.opened().indices(DeliveryState.unknown)) == []


class TestEviction:
    def test_old_records_are_forgotten_some_at_a_time(self, site):
        for number in range(5):
            site.deliveries.record(name_of(number, number % 4), "<x>", "a.b", [], packed())
        assert site.deliveries.evict(DAY) == 0
        assert site.deliveries.evict(timedelta(seconds=-1), limit=3) == 3
        assert problems(site) == []
        assert site.deliveries.evict(timedelta(seconds=-1), limit=3) == 2
        assert len(site.deliveries) == 0
        assert problems(site) == []

    def test_what_is_younger_stays(self, site, monkeypatch):
        monkeypatch.setattr("resources.deliveries.model.now", lambda: datetime(2020, 1, 1))
        site.deliveries.record("old", "<x>", "a.b", [], packed())
        monkeypatch.undo()
        site.deliveries.record("new", "<x>", "a.b", [], packed())
        assert site.deliveries.evict(30 * DAY) == 1
        assert [record.__name__ for record in site.deliveries.values()] == ["new"]


@pytest.fixture
def two(database):
    """Two sessions over one database."""
    sessions = database.session(), database.session()
    yield sessions
    for session in sessions:
        session.close()


def write(session, shelf, numbers):
    for number in numbers:
        session.site.deliveries.record(
            name_of(number, shelf), f"<{number}>", "a.b", ["anne@example.com"], packed(OK)
        )


class TestTwoProcesses:
    def test_out_runners_never_conflict(self, two):
        one, other = two
        # Those of two instances own the lower and the upper half of all hashes.
        for start in range(0, 400, 40):
            one.begin()
            other.begin()
            write(one, 0, range(start, start + 20))
            write(one, 1, range(start + 20, start + 40))
            write(other, 2, range(start, start + 20))
            write(other, 3, range(start + 20, start + 40))
            one.commit()
            other.commit()
        site = one.begin()
        assert len(site.deliveries) == 800
        assert problems(site) == []
        moments = [record.finished_at for record in site.deliveries.values()]
        assert all(later >= earlier for later, earlier in pairwise(moments))

    def test_of_more_instances_than_shelves_nothing_is_lost(self, two):
        one, other = two
        for start in range(0, 200, 10):
            one.begin()
            write(one, 0, range(start, start + 5))
            other.begin()
            write(other, 0, range(start + 5, start + 10))
            one.commit()
            try:
                other.commit()
            except TransientError:
                other.abort()
                other.run(lambda _, s=start: write(other, 0, range(s + 5, s + 10)))
        site = one.begin()
        assert len(site.deliveries) == 200
        assert problems(site) == []

    def test_records_are_forgotten_while_others_are_made(self, two, monkeypatch):
        one, other = two
        one.begin()
        monkeypatch.setattr("resources.deliveries.model.now", lambda: datetime(2020, 1, 1))
        write(one, 0, range(100))
        one.commit()
        monkeypatch.undo()
        one.begin()
        write(one, 0, range(100, 200))
        one.commit()
        one.begin()
        other.begin()
        write(one, 0, range(200, 210))
        assert other.site.deliveries.evict(DAY, limit=90) == 90
        one.commit()
        try:
            other.commit()
        except TransientError:
            other.abort()
            other.run(lambda site: site.deliveries.evict(DAY, limit=90))
        site = one.begin()
        assert len(site.deliveries) == 120
        assert problems(site) == []


def test_the_time_in_these_tests_is_what_it_says_it_is():
    assert datetime(2027, 1, 15, 8) == datetime(1970, 1, 1) + timedelta(seconds=WHEN)
