"""«Did Anne get it?»"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mmcore.interfaces.delivery import DeliveryState
from mmcore.mta.outcomes import State
from mmcore.services.deliveries import as_message_id, find_address, find_message
from mmcore.services.delivery_history import History, find_everybody
from tests.support.messages import message
from tests.support.outcomes import LATER, NOBODY, OK, delivered

ANNE = "anne@example.com"
TEST = "test.example.com"
LONG_AGO = timedelta(seconds=-1)


@pytest.fixture
def enqueue(engine, site):
    """Put <m> into a queue for some people."""

    def enqueuing(queue, *names, text="Message-ID: <m>\n\nHello.\n", **data):
        if names:
            data["recipients"] = [f"{name}@example.com" for name in names]
        mailroom = engine.mailroom(site)
        name = mailroom.enqueue(queue, message(text), {"listid": TEST, **data})
        entry = site.queues[queue].get(name)
        if queue == "retry":
            site.queues[queue].remove(name)
            entry.name = f"1800000000.0+{name.partition('+')[2]}"
            site.queues[queue].add(entry)

    return enqueuing


@pytest.fixture
def now(engine, site):
    """What became of <m> for Anne, in short."""

    def asking(email=ANNE, message_id="<m>", **options):
        found = find_message(engine, site, message_id, email, **options)
        return [(entry.now.state.name, entry.now.queue, entry.now.code) for entry in found.entries]

    return asking


class TestMessage:
    def test_nothing_is_known_of_what_never_was(self, now):
        assert now() == []

    @pytest.mark.parametrize(
        ("outcome", "expected"),
        [
            (OK, ("delivered", "", 250)),
            (NOBODY, ("failed", "", 550)),
            (State.IN_DOUBT, ("in_doubt", "", 0)),
            # Given up: nothing waits any more.
            (LATER, ("failed", "", 451)),
        ],
    )
    def test_what_one_attempt_says(self, site, now, outcome, expected):
        delivered(site, "n", anne=outcome, bart=OK)
        assert now() == [expected]
        assert now("ANNE@Example.com") == [expected]

    def test_who_was_no_recipient_is_unknown_there(self, site, now):
        delivered(site, "n", bart=OK)
        assert now() == [("unknown", "", 0)]

    def test_before_the_first_attempt_it_waits(self, now, enqueue):
        enqueue("out", "anne")
        assert now() == [("waiting", "out", 0)]
        assert now("bart@example.com") == []

    @pytest.mark.parametrize("queue", ["in", "pipeline"])
    def test_before_it_is_known_who_gets_it_it_may_be_for_her(self, now, enqueue, queue):
        enqueue(queue)
        assert now() == [("waiting", queue, 0)]

    def test_refused_for_now_it_waits_for_the_next_attempt(self, engine, site, now, enqueue):
        delivered(site, "n", anne=LATER, bart=OK)
        enqueue("retry", "anne")
        assert now() == [("waiting", "retry", 451)]
        [entry] = find_message(engine, site, "<m>", ANNE).entries
        assert entry.now.next_attempt == datetime(2027, 1, 15, 8)
        assert (entry.now.text, entry.now.attempt, entry.now.record) == ("Greylisted", 1, "n")

    def test_the_latest_attempt_counts(self, engine, site, now):
        delivered(site, "1.5+0", anne=LATER, bart=OK)
        delivered(site, "2.5+1", anne=LATER)
        delivered(site, "3.5+2", anne=NOBODY)
        assert now() == [("failed", "", 550)]
        [entry] = find_message(engine, site, "<m>", ANNE).entries
        assert [fate.state.name for fate in entry.attempts] == ["deferred", "deferred", "failed"]
        assert [fate.attempt for fate in entry.attempts] == [1, 2, 3]
        assert [fate.record for fate in entry.attempts] == ["1.5+0", "2.5+1", "3.5+2"]
        assert entry.now.attempt == 3
        assert now("bart@example.com") == [("delivered", "", 250)]

    def test_who_has_it_has_it(self, site, now, enqueue):
        delivered(site, "1.5+0", anne=OK)
        delivered(site, "2.5+0", anne=NOBODY)
        enqueue("out", "anne")
        assert now() == [("delivered", "", 250)]

    def test_in_doubt_stays_in_doubt_while_somebody_has_to_decide(self, site, now, enqueue):
        delivered(site, "n", anne=State.IN_DOUBT)
        enqueue("shunt", "anne")
        assert now() == [("in_doubt", "shunt", 0)]

    def test_of_several_queues_the_next_to_be_tried_counts(self, site, now, enqueue):
        enqueue("shunt", "anne")
        enqueue("retry", "anne")
        assert now() == [("waiting", "retry", 0)]
        enqueue("out", "anne")
        assert now() == [("waiting", "out", 0)]

    def test_each_list_has_an_answer(self, engine, site, now):
        delivered(site, "n", anne=OK)
        site.deliveries.record("m", "<m>", "zebra.example.com", [ANNE], b"")
        assert now() == [("delivered", "", 250), ("unknown", "", 0)]
        assert now(list_id=TEST) == [("delivered", "", 250)]

    def test_without_time_for_the_queues_nobody_is_called_given_up(self, engine, site, enqueue):
        delivered(site, "n", anne=LATER)
        enqueue("out", "bart")
        found = find_message(engine, site, "<m>", ANNE, seconds=0)
        assert not found.complete
        assert found.entries[0].now.state is DeliveryState.waiting

    def test_people_type_ids_without_brackets(self):
        assert as_message_id(" m@example.com ") == "<m@example.com>"
        assert as_message_id("<m>") == "<m>"
        assert as_message_id("") == ""


class TestAddress:
    @pytest.fixture
    def search(self, engine, site):
        """The messages for Anne: (id, state)."""

        def searching(email=ANNE, **options):
            found = find_address(engine, site, email, **options)
            return [(entry.now.message_id, entry.now.state.name) for entry in found.entries]

        return searching

    def test_the_newest_comes_first(self, site, search):
        delivered(site, "1.5+0", "<a>", anne=OK)
        delivered(site, "2.5+f", "<b>", bart=OK)
        delivered(site, "3.5+7", "<c>", bart=OK, anne=NOBODY)
        assert search() == [("<c>", "failed"), ("<a>", "delivered")]
        assert search("Bart@example.com") == [("<c>", "delivered"), ("<b>", "delivered")]

    def test_a_message_is_there_once_with_its_latest_state(self, engine, site, search):
        delivered(site, "1.5+0", "<a>", anne=LATER, bart=OK)
        delivered(site, "2.5+f", "<b>", anne=OK)
        delivered(site, "3.5+7", "<a>", anne=OK)
        assert search() == [("<a>", "delivered"), ("<b>", "delivered")]
        assert search("bart@example.com") == [("<a>", "delivered")]
        first = find_address(engine, site, ANNE).entries[0]
        assert [fate.record for fate in first.attempts] == ["1.5+0", "3.5+7"]

    def test_what_waits_counts_and_was_not_tried_comes_first(self, site, search, enqueue):
        delivered(site, "1.5+0", "<m>", anne=LATER)
        delivered(site, "2.5+0", "<gone>", anne=LATER)
        enqueue("retry", "anne")
        enqueue("out", "anne", text="Message-ID: <new>\n\n")
        assert search() == [("<new>", "waiting"), ("<gone>", "failed"), ("<m>", "waiting")]

    def test_one_list_or_one_time(self, site, search, enqueue, monkeypatch):
        for day in (1, 2, 3):
            moment = datetime(2026, 3, day)
            monkeypatch.setattr("resources.deliveries.model.now", lambda moment=moment: moment)
            delivered(site, f"{day}.5+0", f"<{day}>", anne=OK)
        enqueue("out", "anne", text="Message-ID: <new>\n\n", received_time=datetime(2026, 3, 4))
        site.deliveries.record("x", "<x>", "other", [ANNE], b"")
        assert search(list_id="other") == [("<x>", "unknown")]
        assert search(since=datetime(2026, 3, 2), list_id=TEST) == [
            ("<new>", "waiting"), ("<3>", "delivered"), ("<2>", "delivered"),
        ]  # fmt: skip
        assert search(until=datetime(2026, 3, 2)) == [("<2>", "delivered"), ("<1>", "delivered")]
        assert search(since=datetime(2026, 3, 5)) == []

    def test_a_search_goes_on_where_the_time_was_over(self, engine, site, enqueue):
        for number in range(20):
            people = {"anne": OK} if number % 3 == 0 else {"bart": OK}
            delivered(site, f"{number}.5+{number % 16:x}", f"<{number}>", **people)
        enqueue("out", "anne", text="Message-ID: <new>\n\n")
        found, after, answers = [], "", 0
        while answers == 0 or after:
            answer = find_address(engine, site, ANNE, after=after, seconds=0)
            after, answers = answer.after, answers + 1
            assert bool(after) == (answer.searched_until is not None)
            found += [entry.now.message_id for entry in answer.entries]
        assert found == [f"<{number}>" for number in (18, 15, 12, 9, 6, 3, 0)]
        assert answers == 21

    def test_a_page_ends_when_there_are_enough(self, engine, site, search):
        for number in range(5):
            delivered(site, f"{number}.5+{number:x}", f"<{number}>", anne=OK)
        first = find_address(engine, site, ANNE, most=3)
        assert [entry.now.message_id for entry in first.entries] == ["<4>", "<3>", "<2>"]
        assert search(after=first.after) == [("<1>", "delivered"), ("<0>", "delivered")]

    def test_a_place_that_is_none_is_an_error(self, engine, site):
        with pytest.raises(ValueError, match="invalid"):
            find_address(engine, site, ANNE, after="nowhere")


class TestHistory:
    @pytest.fixture
    def first(self, site):
        """A first attempt for five, and a second one for three of them."""
        record = delivered(site, "1.5+0", anne=OK, bart=LATER, cris=LATER, dora=NOBODY, elly=LATER)
        delivered(site, "2.5+7", bart=OK, cris=LATER, elly=LATER)
        return record

    def test_totals_are_what_is_true_now(self, engine, site, first, enqueue):
        enqueue("retry", "cris")
        history = History(engine, site, first)
        assert history.totals() == {
            DeliveryState.delivered: 2,
            DeliveryState.waiting: 1,
            DeliveryState.failed: 2,
        }
        assert history.complete
        assert [record.__name__ for record in history.records] == ["1.5+0", "2.5+7"]

    def test_recipients_by_state(self, engine, site, first, enqueue):
        enqueue("retry", "cris")
        history = History(engine, site, first)
        assert list(history.indices()) == [0, 1, 2, 3, 4]
        assert history.indices(DeliveryState.delivered) == [0, 1]
        assert history.indices(DeliveryState.failed) == [3, 4]
        assert history.indices(DeliveryState.waiting) == [2]
        assert history.indices(DeliveryState.in_doubt) == []

    def test_one_recipient_by_address(self, engine, site, first):
        history = History(engine, site, first)
        assert history.indices(None, "BART@example.com") == [1]
        assert history.indices(DeliveryState.delivered, "bart@example.com") == [1]
        assert history.indices(DeliveryState.failed, "bart@example.com") == []
        assert history.indices(None, "nobody@example.com") == []

    def test_what_is_true_of_a_recipient(self, engine, site, first, enqueue):
        enqueue("retry", "cris")
        history = History(engine, site, first)
        bart, cris = history.status(1), history.status(2)
        assert (bart.now.state.name, bart.now.record, bart.now.attempt) == (
            "delivered", "2.5+7", 2,
        )  # fmt: skip
        assert (cris.now.state.name, cris.now.queue) == ("waiting", "retry")
        assert [fate.state.name for fate in cris.attempts] == ["deferred", "deferred"]

    def test_a_later_attempt_looks_back_too(self, engine, site, first):
        history = History(engine, site, site.deliveries["2.5+7"])
        assert history.totals() == {DeliveryState.delivered: 1, DeliveryState.failed: 2}
        assert len(history.status(0).attempts) == 2

    def test_of_a_healthy_one_only_the_states_are_looked_at(self, engine, site, monkeypatch):
        record = delivered(site, "n", anne=OK, bart=NOBODY)
        record.recipients = None
        assert History(engine, site, record).totals() == {
            DeliveryState.delivered: 1,
            DeliveryState.failed: 1,
        }

    def test_a_damaged_record_says_that_nothing_is_known(self, engine, site):
        record = site.deliveries.record("n", "<m>", TEST, [ANNE], b"\x02damaged")
        history = History(engine, site, record)
        assert history.totals() == {DeliveryState.unknown: 1}
        assert history.indices(DeliveryState.unknown) == [0]
        assert history.status(0).now.email == ANNE

    def test_without_time_for_the_queues_that_is_said(self, engine, site, enqueue):
        record = delivered(site, "n", anne=LATER)
        enqueue("out", "bart")
        history = History(engine, site, record, seconds=0)
        assert history.totals() == {DeliveryState.waiting: 1}
        assert not history.complete


class TestEverybody:
    @pytest.fixture
    def ask(self, engine, site):
        """What became of <m>: (list, states, names of those who do not have it) of each list."""

        def asking(**options):
            return [
                (
                    now.list_id,
                    {state.name: count for state, count in now.totals.items()},
                    [entry.now.email.partition("@")[0] for entry in now.undelivered],
                )
                for now in find_everybody(engine, site, "<m>", **options)
            ]

        return asking

    def test_nothing_is_known_of_what_never_was(self, ask):
        assert ask() == []

    def test_each_recipient_counts_once_with_what_is_true_now(self, site, ask, enqueue):
        delivered(site, "1.5+0", anne=OK, bart=LATER, cris=LATER, dora=NOBODY, elly=LATER)
        delivered(site, "2.5+7", bart=OK, cris=LATER, elly=LATER)
        # Another copy of the same message, for somebody else.
        delivered(site, "3.5+7", fred=OK, anne=NOBODY)
        enqueue("retry", "cris")
        enqueue("out", "gwen", "anne")
        expected = {"delivered": 3, "waiting": 2, "failed": 2}
        assert ask() == [(TEST, expected, ["cris", "dora", "elly", "gwen"])]
        assert ask(most=2) == [(TEST, expected, ["cris", "dora"])]
        assert ask(list_id="other") == []

    def test_everybody_may_have_it(self, engine, site):
        delivered(site, "n", anne=OK, bart=OK)
        [now] = find_everybody(engine, site, "<m>")
        assert now.is_delivered
        assert now.records == ["n"]
        assert now.complete

    def test_it_may_not_be_known_yet_who_gets_it(self, engine, site, ask, enqueue):
        delivered(site, "n", anne=OK)
        enqueue("pipeline")
        [now] = find_everybody(engine, site, "<m>")
        assert now.undecided == ["pipeline"]
        assert not now.is_delivered

    def test_each_list_by_itself(self, site, ask, enqueue):
        delivered(site, "n", anne=OK)
        enqueue("out", "anne", listid="bee.example.com")
        assert ask() == [
            ("bee.example.com", {"waiting": 1}, ["anne"]),
            (TEST, {"delivered": 1}, []),
        ]
