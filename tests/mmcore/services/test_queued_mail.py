"""Finding what waits in queues."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from mmcore.services.queued_mail import QueueSearch
from tests.support.messages import message

FIRST = "Message-ID: <first>\n\nHello.\n"


@pytest.fixture
def search(engine, site):
    """A look into the queues that may take its time."""
    return QueueSearch(engine, site, math.inf)


@pytest.fixture
def enqueue(engine, site):
    """Put a message into a queue; returns the name of the entry."""

    def enqueuing(queue, *emails, text=FIRST, **data):
        if emails:
            data["recipients"] = [f"{name}@example.com" for name in emails]
        return engine.mailroom(site).enqueue(queue, message(text), {"listid": "a.b", **data})

    return enqueuing


class TestOfAnAddress:
    @pytest.mark.parametrize("queue", ["out", "retry", "virgin", "shunt"])
    def test_where_recipients_are_known_they_are_found(self, search, enqueue, queue):
        enqueue(queue, "bart")
        name = enqueue(queue, "anne", "bart")
        [found] = search.of_address("ANNE@example.com")
        assert (found.queue, found.name, found.message_id) == (queue, name, "<first>")
        assert (found.list_id, found.emails) == ("a.b", ["ANNE@example.com"])
        assert search.complete

    def test_elsewhere_nobody_is(self, search, enqueue):
        enqueue("in")
        enqueue("pipeline", "anne")
        assert search.of_address("anne@example.com") == []

    def test_long_lists_of_recipients_are_searched_too(self, search, enqueue):
        enqueue("out", *(f"member{number}" for number in range(1000)))
        assert len(search.of_address("member999@example.com")) == 1
        assert search.of_address("member99@example.co") == []
        assert search.of_address("ember9@example.com") == []

    def test_those_of_another_list_are_left_out(self, search, enqueue):
        enqueue("out", "anne")
        assert search.of_address("anne@example.com", "a.b") != []
        assert search.of_address("anne@example.com", "b.c") == []


class TestOfAMessage:
    @pytest.mark.parametrize("queue", ["out", "retry", "virgin", "shunt"])
    def test_with_its_recipients(self, search, enqueue, queue):
        enqueue(queue, "anne", "bart")
        enqueue(queue, "anne", text="Message-ID: <other>\nReferences: <first>\n\n")
        [found] = search.of_message("<first>")
        assert found.emails == ["anne@example.com", "bart@example.com"]
        assert search.of_message("<first>", "b.c") == []
        assert search.of_message("<first>", "a.b", "cris@example.com") == []
        assert search.of_message("<first>", None, "bart@example.com")[0].emails == [
            "bart@example.com"
        ]

    @pytest.mark.parametrize("queue", ["in", "pipeline"])
    def test_before_it_is_known_who_gets_it(self, search, enqueue, queue):
        enqueue(queue)
        [found] = search.of_message("<first>", "a.b", "anne@example.com")
        assert (found.queue, found.emails) == (queue, None)

    def test_a_header_that_was_changed_counts(self, engine, site, search):
        mailroom = engine.mailroom(site)
        name = mailroom.enqueue("in", message(FIRST))
        msg, msgdata = mailroom.load(site.queues["in"].get(name))
        msg.replace_header("Message-ID", "<second>")
        mailroom.enqueue("out", msg, {**msgdata, "recipients": ["anne@example.com"]})
        assert [found.queue for found in search.of_message("<second>")] == ["out"]
        assert [found.queue for found in search.of_message("<first>")] == ["in"]


class TestTimes:
    def test_next_attempt_is_when_an_entry_of_retry_is_due(self, site, search):
        name = f"1800000000.5+{'0' * 40}"
        site.queues["retry"].create(name, "k:00", None, {"recipients": ["anne@example.com"]})
        # Its text is gone: nothing can be said of it.
        assert search.of_address("anne@example.com") == []

    def test_since_when_it_has_been_in_the_house(self, engine, site, search, enqueue):
        received = datetime(2026, 3, 1, 12)
        first = enqueue("out", "anne", received_time=received)
        entry = site.queues["out"].get(first)
        name = f"1800000000.5+{'0' * 40}"
        site.queues["retry"].create(name, entry.content, entry.header, entry.msgdata())
        out, retry = search.of_address("anne@example.com")
        assert (out.queue, out.since, out.next_attempt) == ("out", received, None)
        assert (retry.queue, retry.since) == ("retry", received)
        assert retry.next_attempt == datetime(2027, 1, 15, 8, 0, 0, 500_000)

    def test_else_since_when_it_has_been_in_the_queue(self, search, enqueue):
        before = datetime.now(UTC).replace(tzinfo=None)
        enqueue("out", "anne")
        [found] = search.of_address("anne@example.com")
        assert before <= found.since <= datetime.now(UTC).replace(tzinfo=None)

    def test_a_name_without_a_time_says_nothing(self, engine, site, search, enqueue):
        entry = site.queues["out"].get(enqueue("out", "anne"))
        for name in ("x+0", "1e99+0"):
            site.queues["virgin"].create(name, entry.content, None, entry.msgdata())
        found = search.of_address("anne@example.com")
        assert [waiting.since for waiting in found[1:]] == [None, None]


class TestTrouble:
    def test_a_long_queue_ends_the_search(self, engine, site, enqueue):
        enqueue("out", "anne")
        search = QueueSearch(engine, site, 0.0)
        assert search.of_address("anne@example.com") == []
        assert not search.complete

    def test_what_cannot_be_read_is_told_in_the_log(self, site, search, enqueue, caplog):
        site.queues["out"].create("1.0+0", "k:00", None, {"recipients": ["anne@example.com"]})
        enqueue("out", "anne")
        assert len(search.of_address("anne@example.com")) == 1
        assert len(search.of_message("<first>")) == 1
        assert "out: 1.0+0 cannot be read: content k:00" in caplog.text

    def test_strange_ids_do_no_harm(self, search, enqueue):
        enqueue("out", "anne", text="Message-ID: <\udcff>\n\n")
        for message_id in ("<\ud800>", "", "<\udcff>", "<é>"):
            search.of_message(message_id)
        strange = search.of_address("anne@example.com")[0].message_id
        assert len(search.of_message(strange)) == 1
