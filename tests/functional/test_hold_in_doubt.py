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
        mlist = List(engine, 60)
        mlist.post()
        until(lambda: len(smarthost.transactions) == 3)
        os.kill(engine.pid_of("-r out:"), signal.SIGKILL)
        until(lambda: len(mlist.copies(smarthost)) == 60 or engine.queue("shunt"))
        settle(engine)
        assert max(mlist.copies(smarthost).values()) == 1
        held: set[str] = set()
        for name in entries(engine, "shunt"):
            shown = json.loads(engine.mmcore("qfile", "--json", name).stdout)
            held.update(shown["msgdata"]["recipients"])
        assert set(mlist.copies(smarthost)) | held == set(mlist.members)
        assert len(held) <= 10

    def test_the_whole_engine_stopped_in_the_middle_goes_on_after_its_start(
        self, engine, smarthost
    ):
        smarthost.delay = 0.2
        mlist = List(engine, 60)
        mlist.post()
        until(lambda: len(smarthost.transactions) == 3)
        assert engine.stop() == 0
        sent = mlist.copies(smarthost)
        assert 0 < len(sent) < 60
        engine.start()
        until(lambda: mlist.copies(smarthost) == mlist.once_each())
        settle(engine)
        assert mlist.copies(smarthost) == mlist.once_each()
