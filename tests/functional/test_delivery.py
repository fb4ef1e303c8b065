"""From a post to the smarthost: who gets what, and what becomes of trouble on the way."""

from __future__ import annotations

import email
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcore.app import opened
from mmcore.config import load
from tests.support.engine import RunningEngine, free_port, until
from tests.support.smtpd import DROP, Caught, ScriptedServer

MOVING = ("in", "pipeline", "virgin", "out", "retry")

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


def new_engine(directory: Path, port: int) -> RunningEngine:
    """An engine that sends its mail to `port` and is quick to try again."""
    engine = RunningEngine(directory, smtp=port)
    engine.set("mta", smtp_timeout="5s")
    engine.set("runner.retry", sleep_time="0.2s")
    return engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, flag: Path) -> Iterator[RunningEngine]:
    """One engine for most tests; each has a list and a smarthost of its own."""
    package = flag.parent / "fragile_site.py"
    package.write_text(SITE_PACKAGE.format(flag=str(flag)))
    engine = new_engine(Path(tmp_path_factory.mktemp("d")), free_port())
    engine.environment["PYTHONPATH"] = str(flag.parent)
    engine.set("mmcore", includes="fragile_site")
    engine.start()
    with pytest.MonkeyPatch.context() as patch:
        # For tests that look into its database.
        patch.setattr(sys, "path", [*sys.path, str(flag.parent)])
        yield engine
    engine.stop()


@pytest.fixture
def smarthost(engine: RunningEngine) -> Iterator[ScriptedServer]:
    """The server that the engine sends to."""
    with ScriptedServer(port=smtp_port(engine)) as server:
        yield server


def smtp_port(engine: RunningEngine) -> int:
    return int(re.search(r"smtp_port = (\d+)", engine.config.read_text())[1])


class List:
    """A list of an engine, with members m0, m1 … of whom m0 writes."""

    count = 0

    def __init__(self, engine: RunningEngine, members: int) -> None:
        List.count += 1
        self.engine = engine
        self.name = f"list{List.count}"
        self.address = f"{self.name}@example.com"
        self.list_id = f"{self.name}.example.com"
        self.members = [f"{self.name}-m{number}@example.org" for number in range(members)]
        engine.create_list(self.address, self.members)

    def post(self, subject: str = "Hello", sender: str | None = None, fields: str = "") -> str:
        """Post to the list; returns the Message-ID."""
        sender = sender or self.members[0]
        message_id = f"<{subject.lower()}@{self.name}.example.org>"
        refused = self.engine.post(
            sender,
            [self.address],
            f"From: {sender}\nTo: {self.address}\nSubject: {subject}\n"
            f"Message-ID: {message_id}\n{fields}\nHow are you?\n",
        )
        assert refused == {}
        return message_id

    def config(self, **values: str) -> None:
        status, answer = self.engine.rest("PATCH", f"/lists/{self.list_id}/config", **values)
        assert status == 204, answer

    def copies(self, server: ScriptedServer) -> Counter[str]:
        """How often each recipient was given a post."""
        found = Counter[str]()
        for caught in self.transactions(server):
            if caught.accepted:
                found.update(caught.recipients)
        return found

    def transactions(self, server: ScriptedServer) -> list[Caught]:
        bounces = f"{self.name}-bounces@example.com"
        return [caught for caught in server.transactions if caught.sender == bounces]

    def once_each(self) -> Counter[str]:
        return Counter(self.members)


def at_rest(engine: RunningEngine) -> bool:
    """Whether nothing is on its way."""
    return not any(engine.queue(name) for name in MOVING)


def settle(engine: RunningEngine) -> None:
    until(lambda: at_rest(engine), what=engine.log()[-3000:])


def entries(engine: RunningEngine, queue: str) -> list[str]:
    return list(engine.rest("GET", f"/queues/{queue}")[1]["files"])


def empty(engine: RunningEngine, queue: str) -> None:
    for name in entries(engine, queue):
        engine.rest("DELETE", f"/queues/{queue}/{name}")


def subject(caught: Caught) -> str:
    return str(email.message_from_bytes(caught.content)["subject"])


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

    def test_five_posts_keep_their_order(self, engine, smarthost):
        mlist = List(engine, 3)
        for number in range(5):
            mlist.post(f"Number{number}")
        until(lambda: sum(mlist.copies(smarthost).values()) == 15)
        for member in mlist.members:
            got = [
                subject(caught)[-7:]
                for caught in mlist.transactions(smarthost)
                if member in caught.recipients
            ]
            assert got == [f"Number{number}" for number in range(5)]

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
            f"From: stranger@example.net\nTo: {owner}\nSubject: Help\nMessage-ID: <h>\n\nPlease!\n",
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
        smarthost.script("RCPT", "451 4.7.1 Later, please", match=f"<{late}>", times=2)
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
            assert (event.email, event.data["code"], event.data["enhanced"]) == (
                gone, 550, "5.1.1",
            )  # fmt: skip
            assert event.data["message_id"] == message_id

    def test_nothing_is_lost_while_the_server_is_away(self, engine):
        mlist = List(engine, 12)
        mlist.post()
        until(lambda: "refused" in engine.log() and engine.queue("retry") == 1)
        with ScriptedServer(port=smtp_port(engine)) as smarthost:
            until(lambda: mlist.copies(smarthost) == mlist.once_each())
            settle(engine)
            assert mlist.copies(smarthost) == mlist.once_each()

    def test_what_a_lost_reply_leaves_in_doubt_is_reported_and_sent_again(
        self, engine, smarthost
    ):
        mlist = List(engine, 25)
        # The server has the second message whole, but its reply never comes.
        smarthost.script("DOT", DROP, skip=1, times=1)
        message_id = mlist.post()
        until(lambda: len(mlist.copies(smarthost)) == 25)
        settle(engine)
        doubted = mlist.transactions(smarthost)[1].recipients
        assert mlist.copies(smarthost) == mlist.once_each() + Counter(doubted)
        assert re.search(
            rf"{re.escape(message_id)} smtp .* {len(doubted)} in doubt", engine.log()
        )

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
            "inject", "-q", "command", "-f", str(file), "-m", "why=test", mlist.list_id
        )
        name = done.stdout.strip()
        shown = engine.mmcore("qfile", name.partition("+")[2][:12])
        assert shown.returncode == 0, shown.stderr
        assert f"[----- command: {name} -----]" in shown.stdout
        assert "'why': 'test'" in shown.stdout
        assert "Subject: For later" in shown.stdout
        assert engine.mmcore("qfile", "nothing").returncode == 1
        empty(engine, "command")

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


def in_doubt(engine: RunningEngine, message_id: str) -> set[str]:
    """Recipients of whom the log says that they are in doubt."""
    found: set[str] = set()
    for names in re.findall(rf"in doubt: {re.escape(message_id)} for (.*)", engine.log()):
        found.update(names.split(", "))
    return found


class TestInterrupted:
    """The out runner ends in the middle of a delivery to 60 recipients."""

    @pytest.fixture
    def slow(self, smarthost: ScriptedServer) -> ScriptedServer:
        smarthost.delay = 0.2
        return smarthost

    def begin(self, mlist: List, server: ScriptedServer) -> str:
        """Post, and return when a part of the list has it."""
        message_id = mlist.post()
        until(lambda: len(server.transactions) == 3)
        assert len(mlist.copies(server)) < 60
        return message_id

    def test_killed_it_resends_only_what_is_in_doubt(self, engine, slow):
        mlist = List(engine, 60)
        message_id = self.begin(mlist, slow)
        os.kill(engine.pid_of("-r out:"), signal.SIGKILL)
        until(lambda: len(mlist.copies(slow)) == 60)
        settle(engine)
        twice = mlist.copies(slow) - mlist.once_each()
        doubted = in_doubt(engine, message_id)
        assert set(mlist.copies(slow)) == set(mlist.members)
        assert set(twice) <= doubted
        assert set(twice.values()) <= {1}
        # One transaction was on its way.
        assert len(doubted) <= 10

    def test_restarted_it_goes_on_where_it_was(self, engine, slow):
        mlist = List(engine, 60)
        message_id = self.begin(mlist, slow)
        os.kill(engine.pid_of("-r out:"), signal.SIGUSR1)
        until(lambda: len(mlist.copies(slow)) == 60)
        settle(engine)
        assert mlist.copies(slow) == mlist.once_each()
        assert in_doubt(engine, message_id) == set()


class TestHolding:
    """An engine whose site decides itself about what is in doubt."""

    @pytest.fixture(scope="class")
    def engine(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
        engine = new_engine(Path(tmp_path_factory.mktemp("h")), free_port())
        engine.set("mta", in_doubt="hold")
        engine.start()
        yield engine
        engine.stop()

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


