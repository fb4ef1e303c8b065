"""A site that decides itself about what is in doubt: `[mta] in_doubt = hold`."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter

from tests.support.engine import until
from tests.support.lists import List, entries, settle
from tests.support.smtpd import DROP

#: Of the engine of these tests.
SETTINGS = {"mta": {"in_doubt": "hold"}}


def engine_held(engine) -> set[str]:
    """Who is in the shunt."""
    held: set[str] = set()
    for name in entries(engine, "shunt"):
        shown = json.loads(engine.mmcore("qfile", "--json", name).stdout)
        held.update(shown["msgdata"]["recipients"])
    return held


class TestHolding:
    def test_what_is_in_doubt_waits_for_a_human(self, engine, smarthost):
        mlist = List(engine, 25)
        smarthost.script("DOT", DROP, skip=1, times=1)
        mlist.post()
        until(lambda: engine.queue("shunt") == 1)
        settle(engine)
        assert mlist.copies(smarthost) == mlist.once_each()
        doubted = mlist.transactions(smarthost)[1].recipients
        shown = json.loads(engine.mmcore("qfile", "--json", entries(engine, "shunt")[0]).stdout)
        assert sorted(shown["msgdata"]["recipients"]) == sorted(doubted)
        assert "in doubt" in shown["msgdata"]["shunt_error"]
        assert engine.mmcore("unshunt").returncode == 0
        until(lambda: mlist.copies(smarthost) == mlist.once_each() + Counter(doubted))
        settle(engine)

    def test_killed_in_the_middle_nobody_gets_it_twice(self, engine, smarthost):
        smarthost.delay = 0.2
        mlist = List(engine, 100)
        mlist.post()
        until(lambda: len(smarthost.transactions) >= 3)
        os.kill(engine.pid_of("-r out:"), signal.SIGKILL)
        until(lambda: set(mlist.copies(smarthost)) | engine_held(engine) == set(mlist.members))
        settle(engine)
        assert max(mlist.copies(smarthost).values()) == 1
        held = engine_held(engine)
        assert set(mlist.copies(smarthost)) | held == set(mlist.members)
        # One transaction of each of four connections.
        assert len(held) <= 40

    def test_the_whole_engine_stopped_in_the_middle_goes_on_after_its_start(
        self, engine, smarthost
    ):
        smarthost.delay = 0.2
        mlist = List(engine, 100)
        mlist.post()
        until(lambda: len(smarthost.transactions) >= 3)
        assert engine.stop() == 0
        sent = mlist.copies(smarthost)
        assert 0 < len(sent) < 100
        engine.start()
        until(lambda: mlist.copies(smarthost) == mlist.once_each())
        settle(engine)
        assert mlist.copies(smarthost) == mlist.once_each()
