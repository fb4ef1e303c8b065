"""What is remembered of automatic answers, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ZODB.POSException import ConflictError
from zope.interface.verify import verifyObject

from mmcore.interfaces.auto_response import IAutoResponses, Response
from resources.check import problems

DAY = timedelta(days=1)
LIST = "test.example.com"
ANNE = "Anne@example.com"


@pytest.fixture
def answers(site, mlist):
    """The container; the list exists."""
    return site.auto_responses


@pytest.fixture
def clock(monkeypatch):
    """Call it with days to let them pass."""
    moment = [datetime(2026, 2, 27, 23, 59)]
    monkeypatch.setattr("resources.auto_responses.model.now", lambda: moment[0])

    def pass_by(days):
        moment[0] += timedelta(days=days)
        return moment[0].date()

    return pass_by


def counts(answers, email=ANNE):
    return [answers.todays_count(LIST, email, response) for response in Response]


class TestCounting:
    def test_it_keeps_its_promises(self, answers):
        assert verifyObject(IAutoResponses, answers)
        assert bool(answers)

    def test_numbers_of_the_kinds_are_those_of_the_protocol(self):
        assert [(r.name, r.value) for r in Response] == [
            ("hold", 1), ("command", 2), ("owner", 3), ("postings", 4), ("results", 5),
        ]  # fmt: skip

    def test_nobody_has_got_anything_yet(self, answers):
        assert counts(answers) == [0] * 5
        assert answers.last_response(LIST, ANNE, Response.hold) is None

    def test_kinds_lists_and_addresses_are_counted_apart(self, answers, site):
        answers.response_sent(LIST, ANNE, Response.hold, DAY)
        answers.response_sent(LIST, ANNE.lower(), Response.hold, DAY)
        answers.response_sent(LIST, ANNE, Response.owner, DAY)
        answers.response_sent("other.example.com", ANNE, Response.owner, DAY)
        answers.response_sent(LIST, "bart@example.com", Response.command, DAY)
        assert counts(answers) == [2, 0, 1, 0, 0]
        assert counts(answers, "BART@example.com") == [0, 1, 0, 0, 0]
        assert len(answers) == 4
        assert problems(site) == []

    def test_every_day_begins_with_none_but_the_last_day_is_known(self, answers, clock):
        first = clock(0)
        answers.response_sent(LIST, ANNE, Response.owner, 5 * DAY)
        answers.response_sent(LIST, ANNE, Response.owner, 5 * DAY)
        clock(1)
        assert counts(answers) == [0] * 5
        assert answers.last_response(LIST, ANNE, Response.owner) == first
        answers.response_sent(LIST, ANNE, Response.owner, 5 * DAY)
        assert answers.todays_count(LIST, ANNE, Response.owner) == 1
        assert answers.last_response(LIST, ANNE, Response.owner) == first + DAY


class TestForgetting:
    def test_what_is_no_longer_needed_is_evicted(self, answers, site, clock):
        answers.response_sent(LIST, ANNE, Response.hold, timedelta())
        answers.response_sent(LIST, ANNE, Response.owner, 3 * DAY)
        assert answers.evict() == 0
        clock(1)
        assert answers.evict() == 1
        clock(1)
        assert answers.evict() == 0
        clock(1)
        assert answers.evict() == 1
        assert len(answers) == 0
        assert problems(site) == []

    def test_it_is_done_in_pieces(self, answers, clock):
        for number in range(5):
            answers.response_sent(LIST, f"a{number}@example.com", Response.hold, DAY)
        clock(1)
        assert [answers.evict(2) for _ in range(4)] == [2, 2, 1, 0]

    def test_who_asks_for_ever_is_not_heard(self, answers, clock):
        answers.response_sent(LIST, ANNE, Response.owner, timedelta.max)
        clock(4000)
        assert answers.evict() == 1

    def test_it_goes_with_the_list(self, answers, site, mlist):
        other = site.lists.add("other@example.com")
        answers.response_sent(LIST, ANNE, Response.hold, DAY)
        answers.response_sent(other.list_id, ANNE, Response.hold, DAY)
        site.lists.remove(mlist)
        assert counts(answers) == [0] * 5
        assert answers.todays_count(other.list_id, ANNE, Response.hold) == 1

    def test_it_goes_with_the_address(self, answers, site):
        address = site.addresses.add(ANNE)
        answers.response_sent(LIST, ANNE, Response.hold, DAY)
        answers.response_sent(LIST, "anne@example.com.au", Response.hold, DAY)
        site.addresses.remove(address)
        assert counts(answers) == [0] * 5
        assert len(answers) == 1
        assert problems(site) == []

    @pytest.mark.unsound
    def test_wrong_indexes_are_noticed(self, answers, site):
        answers.response_sent(LIST, ANNE, Response.hold, DAY)
        answers._by_day.clear()
        answers._by_address.clear()
        assert len(problems(site)) == 2


class TestAtTheSameTime:
    def begin(self, database):
        session = database.session()
        session.begin()
        return session

    def test_different_addresses_do_not_conflict(self, database, session, answers):
        for number in range(60):
            answers.response_sent(LIST, f"a{number:02}@example.com", Response.hold, DAY)
        session.commit()
        one, two = self.begin(database), self.begin(database)
        for name, each in (("a07x", one), ("a08", two)):
            each.site.auto_responses.response_sent(LIST, f"{name}@example.com", Response.hold, DAY)
        one.commit()
        two.commit()
        session.begin()
        found = session.site.auto_responses
        assert found.todays_count(LIST, "a07x@example.com", Response.hold) == 1
        assert found.todays_count(LIST, "a08@example.com", Response.hold) == 2
        one.close()
        two.close()

    def test_the_same_address_is_counted_again_rather_than_once(self, database, session, answers):
        session.commit()
        one, two = self.begin(database), self.begin(database)
        for each in (one, two):
            each.site.auto_responses.response_sent(LIST, ANNE, Response.hold, DAY)
        one.commit()
        with pytest.raises(ConflictError):
            two.commit()
        two.abort()
        session.begin()
        one.close()
        two.close()
