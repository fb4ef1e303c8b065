"""From a post to the smarthost: who gets what, and what becomes of trouble on the way."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter

import pytest

from mmcore.app import opened
from mmcore.config import load
from tests.support.engine import RunningEngine, until
from tests.support.lists import List, settle, smarthost_of, subject, waiting
from tests.support.smtpd import DROP, ScriptedServer


class TestPost:
    def test_it_reaches_everybody_in_batches_with_bounces_as_sender(self, engine, smarthost):
        mlist = List(engine, 25)
        mlist.post()
        until(lambda: mlist.copies(smarthost) == mlist.once_each())
        settle(engine)
        transactions = mlist.transactions(smarthost)
        assert sorted(len(caught.recipients) for caught in transactions) == [5, 10, 10]
        assert {caught.sender for caught in smarthost.transactions} == {
            f"{mlist.name}-bounces@example.com"
        }
        assert mlist.copies(smarthost) == mlist.once_each()

    def test_five_posts_reach_everybody_once_each(self, engine, smarthost):
        mlist = List(engine, 3)
        for number in range(5):
            mlist.post(f"Number{number}")
        until(lambda: sum(mlist.copies(smarthost).values()) == 15)
        settle(engine)
        for member in mlist.members:
            got = [
                subject(caught)[-7:]
                for caught in mlist.transactions(smarthost)
                if member in caught.recipients
            ]
            assert sorted(got) == [f"Number{number}" for number in range(5)]

    def test_mail_for_the_owners_comes_from_the_site_owner(self, engine, smarthost):
        mlist = List(engine, 1)
        for role, address in (("owner", "olga@example.org"), ("moderator", "max@example.org")):
            status, answer = engine.rest(
                "POST", "/members", list_id=mlist.list_id, subscriber=address, role=role
            )
            assert status == 201, answer
        owner = mlist.address.replace("@", "-owner@")
        engine.post(
            "stranger@example.net", [owner],
            f"From: stranger@example.net\nTo: {owner}\nSubject: Help\nMessage-ID: <h>\n\nHow?\n",
        )  # fmt: skip
        until(lambda: len(smarthost.accepted) == 2)
        settle(engine)
        assert sorted(smarthost.accepted) == ["max@example.org", "olga@example.org"]
        assert {caught.sender for caught in smarthost.transactions} == {"owner@example.com"}


class TestDispositions:
    def test_a_held_post_is_announced_to_both_sides(self, engine, smarthost):
        mlist = List(engine, 2)
        mlist.post("Spring", sender="stranger@example.net")
        until(lambda: len(smarthost.accepted) == 2)
        settle(engine)
        owner = mlist.address.replace("@", "-owner@")
        assert sorted(smarthost.accepted) == sorted([owner, "stranger@example.net"])
        subjects = sorted(map(subject, smarthost.transactions))
        assert subjects[0] == f"Your message to {mlist.address} awaits moderator approval"
        assert "requires approval" in " ".join(subjects[1].split())

    def test_a_rejected_post_goes_back_to_its_author(self, engine, smarthost):
        mlist = List(engine, 2)
        mlist.config(default_nonmember_action="reject")
        message_id = mlist.post("Summer", sender="stranger@example.net")
        until(lambda: smarthost.accepted)
        settle(engine)
        [notice] = smarthost.transactions
        assert notice.recipients == ["stranger@example.net"]
        assert message_id.encode() in notice.content
        assert b"message/rfc822" in notice.content

    def test_a_post_that_came_round_reaches_nobody(self, engine, smarthost):
        mlist = List(engine, 2)
        message_id = mlist.post("Loop", fields=f"List-Post: <mailto:{mlist.address}>\n")
        until(lambda: f"DISCARD: {message_id}" in engine.log())
        settle(engine)
        assert smarthost.transactions == []
        assert [engine.queue(name) for name in ("shunt", "bad")] == [0, 0]


class TestTrouble:
    def test_who_is_refused_for_now_gets_it_later_and_only_once(self, engine, smarthost):
        mlist = List(engine, 25)
        late = mlist.members[3]
        smarthost.script("RCPT", "451 4.2.1 Later, please", match=f"<{late}>", times=2)
        mlist.post()
        until(lambda: late in mlist.copies(smarthost))
        settle(engine)
        assert mlist.copies(smarthost) == mlist.once_each()
        assert mlist.transactions(smarthost)[-1].recipients == [late]

    def test_who_is_refused_for_good_becomes_a_bounce_event(self, engine, smarthost):
        mlist = List(engine, 25)
        gone = mlist.members[7]
        smarthost.script("RCPT", "550 5.1.1 Nobody of that name", match=f"<{gone}>")
        message_id = mlist.post()
        until(lambda: len(mlist.copies(smarthost)) == 24)
        settle(engine)
        assert mlist.copies(smarthost) == mlist.once_each() - Counter([gone])
        with opened(load(engine.config)) as (_, site):
            [event] = [
                event for event in site.bounce_events.values() if event.list_id == mlist.list_id
            ]
            assert (event.email, event.code, event.enhanced) == (
                gone, 550, "5.1.1",
            )  # fmt: skip
            assert event.message_id == message_id

    def test_nothing_is_lost_while_the_server_is_away(self, engine):
        mlist = List(engine, 12)
        mlist.post()
        until(lambda: "refused" in engine.log() and waiting(engine)["retry"] == 1)
        with smarthost_of(engine) as smarthost:
            until(lambda: mlist.copies(smarthost) == mlist.once_each())
            settle(engine)
            assert mlist.copies(smarthost) == mlist.once_each()

    def test_what_a_lost_reply_leaves_in_doubt_is_reported_and_sent_again(self, engine, smarthost):
        mlist = List(engine, 25)
        # The server has the second message whole, but its reply never comes.
        smarthost.script("DOT", DROP, skip=1, times=1)
        message_id = mlist.post()
        until(lambda: len(mlist.copies(smarthost)) == 25)
        settle(engine)
        doubted = mlist.transactions(smarthost)[1].recipients
        assert mlist.copies(smarthost) == mlist.once_each() + Counter(doubted)
        assert re.search(rf"{re.escape(message_id)} smtp .* {len(doubted)} in doubt", engine.log())


#: `[mta] max_delivery_threads`, as nobody sets it.
CONNECTIONS = 4


def in_doubt(engine: RunningEngine, message_id: str) -> set[str]:
    """Recipients of whom the log says that they are in doubt."""
    found: set[str] = set()
    for names in re.findall(rf"in doubt: {re.escape(message_id)} for (.*)", engine.log()):
        found.update(names.split(", "))
    return found


class TestInterrupted:
    """The out runner ends in the middle of a delivery to 100 recipients."""

    @pytest.fixture
    def slow(self, smarthost: ScriptedServer) -> ScriptedServer:
        smarthost.delay = 0.2
        return smarthost

    def begin(self, mlist: List, server: ScriptedServer) -> str:
        """Post, and return when a part of the list has it."""
        message_id = mlist.post()
        until(lambda: len(server.transactions) >= 3)
        assert len(mlist.copies(server)) < 100
        return message_id

    def test_killed_it_resends_only_what_is_in_doubt(self, engine, slow):
        mlist = List(engine, 100)
        message_id = self.begin(mlist, slow)
        os.kill(engine.pid_of("-r out:"), signal.SIGKILL)
        until(lambda: len(mlist.copies(slow)) == 100)
        settle(engine)
        twice = mlist.copies(slow) - mlist.once_each()
        doubted = in_doubt(engine, message_id)
        assert set(mlist.copies(slow)) == set(mlist.members)
        assert set(twice) <= doubted
        assert set(twice.values()) <= {1}
        # One transaction of each connection was on its way.
        assert len(doubted) <= 10 * CONNECTIONS

    def test_restarted_it_goes_on_where_it_was(self, engine, slow):
        mlist = List(engine, 100)
        message_id = self.begin(mlist, slow)
        os.kill(engine.pid_of("-r out:"), signal.SIGUSR1)
        until(lambda: len(mlist.copies(slow)) == 100)
        settle(engine)
        assert mlist.copies(slow) == mlist.once_each()
        assert in_doubt(engine, message_id) == set()
