"""Held messages: numbered over the whole site, listed by list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from transaction.interfaces import TransientError

from resources.check import problems
from resources.held.check import check
from resources.held.numbers import Numbers
from tests.support.messages import message

POST = "From: anne@example.com\nSubject: Hi\nMessage-ID: <x>\n\nText\n"


def hold(site, mlist, lane="", age=0):
    msg = message(POST)
    msg.content_ref = "k:00"
    held = site.held.add(mlist, msg, {"rule_hits": ["a"]}, ["a reason"], lane)
    if age:
        site.held._by_date.remove((held.list_id, held.hold_date, held.request_id))
        held.hold_date -= timedelta(days=age)
        site.held._by_date.add((held.list_id, held.hold_date, held.request_id))
    return held


@pytest.fixture
def other(site, mlist):
    return site.lists.add("other@example.com")


class TestHeldMessages:
    def test_they_know_what_a_moderator_wants_to_know(self, site, mlist):
        held = hold(site, mlist)
        assert (held.request_id, held.list_id) == (1, "test.example.com")
        assert (held.message_id, held.sender, held.subject) == ("<x>", "anne@example.com", "Hi")
        assert held.reasons == ["a reason"]
        assert held.msgdata() == {"rule_hits": ["a"]}
        assert held.hold_date is not None
        assert held.token is None

    @pytest.mark.unsound
    def test_no_subject_is_not_an_empty_one(self, site, mlist):
        none = site.held.add(mlist, message("From: a@example.com\n\nText\n"), {}, [])
        empty = site.held.add(mlist, message("Subject:\n\nText\n"), {}, [])
        assert (none.subject, empty.subject) == (None, "")

    def test_numbers_ascend_over_all_lists_and_are_not_used_again(self, site, mlist, other):
        held = [hold(site, where) for where in (mlist, other, mlist)]
        assert [h.request_id for h in held] == [1, 2, 3]
        assert site.held.of_list("test.example.com") == [held[0], held[2]]
        site.held.remove(3)
        assert hold(site, mlist).request_id == 4
        assert site.held.get(3) is None
        with pytest.raises(KeyError):
            site.held.remove(3)

    def test_they_are_counted_and_paged_by_list(self, site, mlist, other):
        held = [hold(site, mlist) for _ in range(5)]
        hold(site, other)
        assert site.held.count("test.example.com") == 5
        assert site.held.count("nowhere") == 0
        assert site.held.of_list("test.example.com", 1, 2) == held[1:3]
        assert site.held.of_list("test.example.com", 4, 2) == held[4:]
        assert site.held.of_list("nowhere") == []
        assert site.held.list_ids() == ["other.example.com", "test.example.com"]
        for each in held:
            site.held.remove(each.request_id)
        assert site.held.count("test.example.com") == 0
        assert site.held.list_ids() == ["other.example.com"]
        assert list(check(site)) == []

    def test_those_that_wait_for_long_are_found(self, site, mlist, other):
        oldest, old = hold(site, mlist, age=9), hold(site, mlist, age=4)
        young = hold(site, mlist)
        hold(site, other, age=20)
        now = young.hold_date
        for days, found in (
            (3, [oldest, old]),
            (5, [oldest]),
            (10, []),
            (-1, [oldest, old, young]),
        ):
            moment = now - timedelta(days=days)
            ids = [held.request_id for held in found]
            assert site.held.before("test.example.com", moment) == ids
        assert site.held.before("test.example.com", now) == [1, 2]
        assert site.held.before("test.example.com", now, 1) == [1]
        assert site.held.before("nowhere", now) == []

    def test_a_list_takes_them_along(self, site, mlist, other):
        hold(site, mlist)
        kept = hold(site, other)
        site.lists.remove(mlist)
        assert site.held.values() == [kept]
        assert site.held.count("test.example.com") == 0
        assert list(check(site)) == []

    @pytest.mark.unsound
    def test_databases_of_older_releases_get_what_they_miss(self, site, mlist, other, session):
        held = [hold(site, mlist), hold(site, other), hold(site, mlist)]
        for name in ("_numbers", "_counts", "_by_date"):
            delattr(site.held, name)
        site.held._next = 4
        session.commit()
        session.begin()
        session.site.held.reindex()
        assert session.site.held.count("test.example.com") == 2
        assert session.site.held.of_list("other.example.com") == [held[1]]
        assert hold(site, mlist).request_id == 4
        assert not hasattr(site.held, "_next")
        assert list(check(site)) == []
        # Again, it changes nothing.
        site.held.reindex()
        assert list(check(site)) == []
        assert hold(site, mlist).request_id == 5

    @pytest.mark.unsound
    def test_damage_is_found(self, site, mlist):
        held = hold(site, mlist)
        held.content, held.list_id = "s:x:0:1", "gone.example.com"
        found = " ".join(check(site))
        assert "held: 1 is for gone.example.com, which does not exist" in found
        assert "held: 1 is not kept for long, but s:x:0:1" in found
        held.content, held.list_id = "k:00", mlist.list_id
        held.request_id = 2
        assert "held: 1 is 2" in check(site)
        held.request_id = 1
        assert list(check(site)) == []
        site.held._counts[mlist.list_id].change(1)
        assert "held counts: is {'test.example.com': 2}, should be" in " ".join(check(site))
        site.held._by_date.clear()
        assert "held by date: is []" in " ".join(check(site))
        site.held._numbers = Numbers()
        assert "held: 1 was never handed out" in check(site)


@pytest.fixture
def two(database, session, mlist, other):
    """Two sessions that see the two lists, each in a transaction."""
    hold(session.site, mlist, "a")
    hold(session.site, mlist, "b")
    session.commit()
    session.begin()
    second = database.session()
    second.begin()
    yield session, second
    second.close()


def at_once(two, first, second):
    """Do two things at the same time, the second one again if it has to be; how often it was."""
    one, other = two
    first(one.site)
    second(other.site)
    one.commit()
    again = 0
    try:
        other.commit()
    except TransientError:
        other.abort()
        again = 1
        second(other.begin())
        other.commit()
    assert problems(one.begin()) == []
    return again


def holding(list_id, lane):
    def work(site):
        if (mlist := site.lists.get(list_id)) is not None:
            hold(site, mlist, lane)

    return work


def removing_list(list_id):
    def work(site):
        if (mlist := site.lists.get(list_id)) is not None:
            site.lists.remove(mlist)

    return work


class TestTwoProcesses:
    def test_two_hold_posts_for_one_list(self, two):
        first, second = holding("test.example.com", "a"), holding("test.example.com", "b")
        assert at_once(two, first, second) == 0
        assert two[0].site.held.count("test.example.com") == 4

    @pytest.mark.parametrize("list_id", ["test.example.com", "other.example.com"])
    @pytest.mark.parametrize("lane", ["a", "b", "new"])
    @pytest.mark.parametrize("list_goes_first", [True, False])
    def test_nothing_is_held_for_a_list_that_goes(self, two, list_id, lane, list_goes_first):
        works = [removing_list(list_id), holding(list_id, lane)]
        if not list_goes_first:
            works.reverse()
        assert at_once(two, *works) == 1
        assert two[0].site.held.count(list_id) == 0

    def test_one_goes_while_another_comes(self, two):
        def deciding(site):
            site.held.remove(site.held.of_list("test.example.com")[0].request_id)

        at_once(two, deciding, holding("test.example.com", "b"))
        assert two[0].site.held.count("test.example.com") == 2

    def test_the_last_one_goes_while_another_comes(self, two):
        def emptying(site):
            for held in site.held.of_list("test.example.com"):
                site.held.remove(held.request_id)

        at_once(two, emptying, holding("test.example.com", "b"))
        assert two[0].site.held.count("test.example.com") == 1

    def test_only_one_of_two_decides(self, two):
        done = []

        def deciding(site):
            if site.held.get(1) is not None:
                site.held.remove(1)
                done.append(site)

        assert at_once(two, deciding, deciding) == 1
        assert len(done) == 2  # the attempt of the second was in vain
        assert two[0].site.held.count("test.example.com") == 1
