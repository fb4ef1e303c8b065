"""What cannot be processed is set aside, can be looked at, and brought back."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcore.app import opened
from mmcore.config import load
from tests.support.engine import RunningEngine, until
from tests.support.lists import (
    List,
    empty,
    entries,
    sending_engine,
    settle,
    subject,
)

#: A handler that fails while a file exists, and a pipeline with it.
SITE_PACKAGE = '''\
"""Parts of this site."""

from pathlib import Path

from zope.interface import implementer

from mmcore.directives import handler, pipeline
from mmcore.interfaces.handler import IHandler
from mmcore.pipelines.posting import PostingPipeline

BROKEN = Path({flag!r})


@handler
@implementer(IHandler)
class Fragile:
    name = "fragile"
    description = "Fails as long as it is broken."

    def __init__(self, engine):
        self.engine = engine

    def process(self, mlist, msg, msgdata):
        if BROKEN.exists():
            raise RuntimeError("the fragile part is broken")
        msg["X-Fragile"] = "mended"


@pipeline
class FragilePipeline(PostingPipeline):
    name = "fragile-pipeline"
    handlers = ("fragile", *PostingPipeline.handlers)
'''


@pytest.fixture(scope="module")
def flag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file exists, the site's own handler fails."""
    return Path(tmp_path_factory.mktemp("site")) / "broken"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, flag: Path) -> Iterator[RunningEngine]:
    """One engine for all tests, with a part of this site."""
    package = flag.parent / "fragile_site.py"
    package.write_text(SITE_PACKAGE.format(flag=str(flag)))
    engine = sending_engine(Path(tmp_path_factory.mktemp("d")))
    engine.environment["PYTHONPATH"] = str(flag.parent)
    engine.set("mmcore", includes="fragile_site")
    engine.start()
    with pytest.MonkeyPatch.context() as patch:
        # For tests that look into its database.
        patch.setattr(sys, "path", [*sys.path, str(flag.parent)])
        yield engine
    engine.stop()


class TestShunt:
    def test_a_failing_part_costs_nothing_but_time(self, engine, smarthost, flag):
        mlist, other = List(engine, 3), List(engine, 3)
        mlist.config(posting_pipeline="fragile-pipeline")
        flag.touch()
        mlist.post("First")
        mlist.post("Second")
        other.post("Third")
        until(lambda: other.copies(smarthost) == other.once_each())
        until(lambda: engine.queue("shunt") == 2)
        settle(engine)
        assert mlist.copies(smarthost) == Counter()

        name = entries(engine, "shunt")[0]
        shown = json.loads(engine.mmcore("qfile", "--json", name).stdout)
        assert shown["queue"] == "shunt"
        msgdata = shown["msgdata"]
        assert msgdata["whichq"] == "pipeline"
        assert "the fragile part is broken" in msgdata["shunt_error"]
        assert "fragile_site.py" in msgdata["shunt_traceback"]
        assert msgdata["shunt_state"]["runner"] == "pipeline:0:1"
        assert "Subject: First" in shown["message"]

        flag.unlink()
        done = engine.mmcore("unshunt")
        assert (done.returncode, done.stdout) == (0, "2 messages unshunted\n")
        until(lambda: mlist.copies(smarthost) == mlist.once_each() + mlist.once_each())
        settle(engine)
        assert [engine.queue("shunt"), mlist.copies(smarthost)[mlist.members[0]]] == [0, 2]
        assert b"X-Fragile: mended" in mlist.transactions(smarthost)[0].content

    def test_what_is_shunted_can_be_thrown_away(self, engine, smarthost, flag):
        mlist = List(engine, 2)
        mlist.config(posting_pipeline="fragile-pipeline")
        flag.touch()
        mlist.post()
        until(lambda: engine.queue("shunt") == 1)
        done = engine.mmcore("unshunt", "--discard")
        assert (done.returncode, done.stdout) == (0, "1 message discarded\n")
        flag.unlink()
        settle(engine)
        assert engine.queue("shunt") == 0
        assert smarthost.transactions == []


class TestUnreadable:
    def test_an_entry_without_its_content_goes_to_bad_and_stops_nobody(self, engine, smarthost):
        mlist = List(engine, 2)
        data = {"listid": mlist.list_id, "recipients": ["x@example.org"], "to_list": True}
        names = {}
        with opened(load(engine.config)) as (_, site):
            for number, queue in enumerate(("in", "out", "pipeline", "virgin", "retry")):
                names[queue] = f"{time.time()!r}+{number}5b0c"
                site.queues[queue].create(names[queue], "s:gone.seg:0:10", None, dict(data))
        mlist.post()
        until(lambda: mlist.copies(smarthost) == mlist.once_each())
        until(lambda: engine.queue("bad") == 5)
        settle(engine)
        # In `bad` it keeps its name; `retry` has given it another before.
        assert {names[queue] for queue in ("in", "out", "pipeline", "virgin")} <= set(
            entries(engine, "bad")
        )
        shown = engine.mmcore("qfile", "-q", "bad", names["in"])
        assert shown.returncode == 0
        assert "'whichq': 'in'" in shown.stdout
        assert "unreadable" in shown.stdout
        empty(engine, "bad")


class TestCommands:
    def test_inject_puts_a_message_in_as_if_it_had_come_by_lmtp(self, engine, smarthost):
        mlist = List(engine, 3)
        text = f"From: {mlist.members[0]}\nTo: {mlist.address}\nSubject: By hand\n\nHello.\n"
        done = engine.mmcore("inject", mlist.address, input=text)
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(r"[\d.]+\+[0-9a-f]{40}\n", done.stdout)
        until(lambda: mlist.copies(smarthost) == mlist.once_each())
        assert subject(mlist.transactions(smarthost)[0]).endswith("By hand")

    def test_inject_into_a_queue_that_nobody_empties_and_qfile_shows_it(self, engine, tmp_path):
        mlist = List(engine, 1)
        file = tmp_path / "message"
        file.write_text("From: a@example.com\nSubject: For later\n\nHello.\n")
        done = engine.mmcore(
            "inject", "-q", "nntp", "-f", str(file), "-m", "why=test", mlist.list_id
        )
        name = done.stdout.strip()
        shown = engine.mmcore("qfile", name.partition("+")[2][:12])
        assert shown.returncode == 0, shown.stderr
        assert f"[----- nntp: {name} -----]" in shown.stdout
        assert "'why': 'test'" in shown.stdout
        assert "Subject: For later" in shown.stdout
        assert engine.mmcore("qfile", "nothing").returncode == 1
        empty(engine, "nntp")

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (("inject", "nowhere@example.com"), "No such list: nowhere@example.com"),
            (("inject", "-q", "zzz", "a@example.com"), "No such queue: zzz"),
        ],
    )
    def test_inject_says_what_does_not_exist(self, engine, arguments, text):
        done = engine.mmcore(*arguments, input="\n")
        assert done.returncode == 2
        assert text in done.stderr
