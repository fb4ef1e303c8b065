"""Collecting for digests and sending what was collected; volumes and numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mmcore.interfaces.mailing_list import DigestFrequency
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.message.message import Message
from mmcore.services.digests import (
    act,
    bump,
    collect,
    drop_abandoned,
    next_number,
    overdue,
    period,
    send,
    send_full,
    send_overdue,
    send_periodic,
    settle,
    sources,
)
from tests.support.digests import post
from tests.support.queues import queued

LIST_ID = "test.example.com"

Y, M, Q, W, D = (
    DigestFrequency.yearly,
    DigestFrequency.monthly,
    DigestFrequency.quarterly,
    DigestFrequency.weekly,
    DigestFrequency.daily,
)


class TestBump:
    def test_the_first_digest_begins_no_volume(self, mlist):
        bump(mlist, datetime(2026, 3, 1))
        assert (mlist.volume, mlist.next_digest_number) == (1, 2)
        assert mlist.digest_last_sent_at == datetime(2026, 3, 1)

    @pytest.mark.parametrize(
        ("frequency", "last", "now", "new"),
        [
            (Y, (2026, 1, 1), (2026, 12, 31), False),
            (Y, (2026, 12, 31), (2027, 1, 1), True),
            (M, (2026, 1, 1), (2026, 1, 31), False),
            (M, (2026, 1, 31), (2026, 2, 1), True),
            (M, (2026, 12, 31), (2027, 1, 1), True),
            (Q, (2026, 1, 1), (2026, 3, 31), False),
            (Q, (2026, 3, 31), (2026, 4, 1), True),
            (Q, (2026, 4, 1), (2026, 6, 30), False),
            (Q, (2026, 6, 30), (2026, 7, 1), True),
            (Q, (2026, 9, 30), (2026, 10, 1), True),
            (Q, (2026, 10, 1), (2026, 12, 31), False),
            (Q, (2026, 12, 31), (2027, 1, 1), True),
            (W, (2026, 3, 2), (2026, 3, 8), False),
            (W, (2026, 3, 8), (2026, 3, 9), True),
            # One week, of the year 2020, that ends in January.
            (W, (2020, 12, 30), (2021, 1, 2), False),
            (W, (2021, 1, 2), (2021, 1, 4), True),
            (D, (2026, 3, 1), (2026, 3, 1), False),
            (D, (2026, 3, 1), (2026, 3, 2), True),
            # A clock that went backwards begins no volume.
            (D, (2026, 3, 2), (2026, 3, 1), False),
        ],
    )
    def test_a_volume_begins_with_its_period(self, mlist, frequency, last, now, new):
        mlist.digest_volume_frequency = frequency
        mlist.digest_last_sent_at = datetime(*last)
        mlist.volume, mlist.next_digest_number = 4, 7
        bump(mlist, datetime(*now, 23, 59))
        assert (mlist.volume, mlist.next_digest_number) == ((5, 1) if new else (4, 8))
        assert mlist.digest_last_sent_at == datetime(*now, 23, 59)

    def test_the_time_is_now_in_utc(self, mlist):
        bump(mlist)
        age = datetime.now(UTC).replace(tzinfo=None) - mlist.digest_last_sent_at
        assert 0 <= age.total_seconds() < 60


class TestPeriod:
    def test_every_frequency_has_one(self):
        moment = datetime(2026, 5, 3)
        found = {frequency.name: period(frequency, moment) for frequency in DigestFrequency}
        assert found == {
            "yearly": (2026,),
            "monthly": (2026, 5),
            "quarterly": (2026, 1),
            "weekly": (2026, 18),
            "daily": (moment.toordinal(),),
        }


@pytest.fixture
def collected(engine, site, mlist):
    """Have the list collect so many posts; returns what it has."""

    def collect_posts(count=1, **values):
        for number in range(1, count + 1):
            collect(engine, mlist, post(number, **values))
        return site.digests.get(LIST_ID)

    return collect_posts


class TestCollect:
    def test_the_post_is_kept_as_it_is_now(self, engine, site, mlist):
        name = engine.mailroom(site).enqueue("pipeline", post(1), listid=LIST_ID)
        entry = site.queues["pipeline"].get(name)
        msg, _ = engine.mailroom(site).load(entry)
        msg["List-Id"] = "<test.example.com>"
        collect(engine, mlist, msg)
        [found] = site.digests.get(LIST_ID).posts()
        # The body is not written again.
        assert found.content == entry.content
        assert found.size == len(msg.as_bytes())
        again = engine.mailroom(site).read(found.content, found.header)
        assert again.as_bytes() == msg.as_bytes()

    def test_a_changed_body_is_written(self, engine, site, mlist):
        msg = post(1)
        msg.set_payload("Another text.\r\n")
        collect(engine, mlist, msg)
        [found] = site.digests.get(LIST_ID).posts()
        assert found.header is None
        assert engine.content.get(found.content) == msg.as_bytes()
        assert found.size == len(msg.as_bytes())

    @pytest.mark.parametrize(
        ("threshold", "size", "full"),
        [(30.0, 29, False), (30.0, 30, True), (0.5, 1, True), (0, 1000, False), (-1, 1000, False)],
    )
    def test_a_list_is_full_when_it_has_as_much_as_it_wants(
        self, site, mlist, collected, threshold, size, full
    ):
        mlist.digest_size_threshold = threshold
        collected(size=size * 1024)
        assert site.digests.full() == ([LIST_ID] if full else [])


class TestSend:
    def test_what_was_collected_stands_in_the_queue(self, engine, site, mlist, collected):
        collected(2)
        assert send(engine, mlist) == (1, 1)
        [(msg, msgdata)] = queued(engine, site, "digest")
        assert msg.as_bytes().strip() == b""
        assert (msgdata["listid"], msgdata["volume"], msgdata["digest_number"]) == (LIST_ID, 1, 1)
        assert len(site.digests.issue(msgdata["digest_id"]).posts()) == 2
        assert (mlist.volume, mlist.next_digest_number) == (1, 2)
        assert mlist.digest_last_sent_at is not None

    def test_nothing_is_not_sent_and_takes_no_number(self, engine, site, mlist):
        assert send(engine, mlist) is None
        assert queued(engine, site, "digest") == []
        assert (mlist.next_digest_number, mlist.digest_last_sent_at) == (1, None)

    @pytest.mark.parametrize("wanted", [True, False])
    def test_periodically_only_for_lists_that_want_it(self, engine, mlist, collected, wanted):
        collected()
        mlist.digest_send_periodic = wanted
        assert send_periodic(engine, mlist) == ((1, 1) if wanted else None)

    def test_a_full_list_is_sent_once(self, engine, site, mlist, collected):
        collected(size=40 * 1024)
        assert send_full(engine, site, LIST_ID)
        assert not send_full(engine, site, LIST_ID)
        assert not send_full(engine, site, "gone.example.com")
        assert len(site.queues["digest"]) == 1

    @pytest.mark.parametrize(
        ("wanted", "sent", "at"),
        [
            ({}, None, (1, 1)),
            ({"bump": False, "send": False, "periodic": False}, None, (1, 1)),
            ({"bump": True}, None, (1, 2)),
            ({"send": True}, (1, 1), (1, 2)),
            ({"periodic": True}, (1, 1), (1, 2)),
            # First the one, then the other: two numbers are used.
            ({"bump": True, "send": True}, (1, 2), (1, 3)),
        ],
    )
    def test_what_clients_ask_for(self, engine, mlist, collected, wanted, sent, at):
        collected()
        assert act(engine, mlist, wanted) == sent
        assert (mlist.volume, mlist.next_digest_number) == at


class TestNumbers:
    def test_the_first_digest_of_a_period_is_the_first_of_its_volume(self, mlist):
        mlist.volume, mlist.next_digest_number = 4, 7
        assert next_number(mlist, datetime(2026, 3, 30)) == (4, 7)
        assert next_number(mlist, datetime(2026, 3, 31)) == (4, 8)
        assert next_number(mlist, datetime(2026, 4, 1)) == (5, 1)
        assert next_number(mlist, datetime(2026, 4, 1)) == (5, 2)
        assert (mlist.volume, mlist.next_digest_number) == (5, 3)
        assert mlist.digest_last_sent_at == datetime(2026, 4, 1)


class TestOverdue:
    DAY = timedelta(days=1)

    def wait(self, site, age):
        """Have the list have waited for so long."""
        found = site.digests.get(LIST_ID)
        site.digests._waiting.remove((found.since, LIST_ID))
        found.since -= age
        site.digests._waiting.add((found.since, LIST_ID))

    def test_what_has_waited_for_long_enough_is_sent(self, engine, site, mlist, collected):
        collected()
        self.wait(site, self.DAY - timedelta(minutes=1))
        assert overdue(site, self.DAY) == []
        assert not send_overdue(engine, site, LIST_ID, self.DAY)
        self.wait(site, timedelta(minutes=2))
        assert overdue(site, self.DAY) == [LIST_ID]
        assert send_overdue(engine, site, LIST_ID, self.DAY)
        assert overdue(site, self.DAY) == []
        assert not send_overdue(engine, site, LIST_ID, self.DAY)

    def test_never_is_never(self, site, collected):
        collected()
        self.wait(site, 100 * self.DAY)
        assert overdue(site, timedelta(0)) == []

    def test_a_list_that_does_not_want_it_is_asked_again_later(
        self, engine, site, mlist, collected
    ):
        mlist.digest_send_periodic = False
        collected()
        self.wait(site, 2 * self.DAY)
        assert not send_overdue(engine, site, LIST_ID, self.DAY)
        assert overdue(site, self.DAY) == []
        assert len(site.queues["digest"]) == 0
        self.wait(site, 2 * self.DAY)
        mlist.digest_send_periodic = True
        assert send_overdue(engine, site, LIST_ID, self.DAY)

    def test_a_list_that_is_gone_is_no_trouble(self, engine, site):
        assert not send_overdue(engine, site, "gone.example.com", self.DAY)


class TestSettle:
    def settle_all(self, engine, site):
        return {ref for source in sources(site) for ref in settle(engine, site, source)}

    def age(self, posts):
        for each in posts:
            each.received_at -= timedelta(hours=2)

    def test_posts_that_wait_for_long_get_copies_of_their_own(self, engine, site, mlist):
        name = engine.mailroom(site).enqueue("pipeline", post(1), listid=LIST_ID)
        msg, _ = engine.mailroom(site).load(site.queues["pipeline"].get(name))
        msg["List-Id"] = "<test.example.com>"
        collect(engine, mlist, msg)
        send(engine, mlist)
        collect(engine, mlist, post(2))
        waiting = site.digests.get(LIST_ID).posts()
        sending = site.digests.issue(site.digests.issue_ids()[0]).posts()
        before = {found.content for found in waiting + sending}
        assert self.settle_all(engine, site) == set()
        self.age(waiting + sending)
        assert self.settle_all(engine, site) == before
        assert self.settle_all(engine, site) == set()
        [found] = sending
        assert (found.content[:2], found.header) == ("k:", None)
        assert engine.content.get(found.content) == msg.as_bytes()
        assert {found.content for found in waiting + sending} == set(site.digests.references())

    def test_a_lost_text_is_no_trouble(self, engine, site, mlist, collected):
        posts = collected(2).posts()
        posts[0].content = "s:nothing.seg:0:9"
        self.age(posts)
        assert len(self.settle_all(engine, site)) == 1
        with pytest.raises(UnreadableEntryError):
            engine.mailroom(site).read(posts[0].content)
        assert settle(engine, site, ("waiting", "gone.example.com")) == set()
        assert settle(engine, site, ("issue", "gone")) == set()


class TestDropAbandoned:
    @pytest.mark.parametrize("queue", ["digest", "shunt", "bad"])
    def test_an_issue_goes_when_nobody_will_send_it(self, engine, site, mlist, collected, queue):
        collected()
        send(engine, mlist)
        [(_, msgdata)] = queued(engine, site, "digest")
        name = engine.mailroom(site).enqueue(queue, Message(), msgdata)
        assert drop_abandoned(site) == 0
        assert site.digests.issue_ids() == [msgdata["digest_id"]]
        site.queues[queue].remove(name)
        assert drop_abandoned(site) == 1
        assert site.digests.issue_ids() == []
        assert drop_abandoned(site) == 0
