"""Lists of a running engine, and what their members are given."""

from __future__ import annotations

import email
import re
from collections import Counter
from pathlib import Path

from tests.support.engine import RunningEngine, until
from tests.support.ports import free_port
from tests.support.smtpd import Caught, ScriptedServer

#: Queues that something empties.
MOVING = ("in", "command", "pipeline", "digest", "virgin", "out", "retry")


def sending_engine(directory: Path) -> RunningEngine:
    """An engine that sends its mail to a port of its own and is quick to try again."""
    engine = RunningEngine(directory, smtp=free_port())
    engine.set("mta", smtp_timeout="5s")
    engine.set("runner.retry", sleep_time="0.2s")
    return engine


def smarthost_of(engine: RunningEngine) -> ScriptedServer:
    """The server that the engine sends to, not started yet."""
    found = re.search(r"smtp_port = (\d+)", engine.config.read_text())
    assert found is not None
    return ScriptedServer(port=int(found[1]))


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


def settle(engine: RunningEngine) -> None:
    """Wait until nothing is on its way."""
    until(lambda: not any(waiting(engine).values()), what=engine.log()[-3000:])


def waiting(engine: RunningEngine) -> dict[str, int]:
    """How many entries each queue has that something empties, at one moment."""
    queues = engine.rest("GET", "/queues")[1]["entries"]
    return {queue["name"]: queue["count"] for queue in queues if queue["name"] in MOVING}


def entries(engine: RunningEngine, queue: str) -> list[str]:
    """The names of a queue's entries, oldest first."""
    return list(engine.rest("GET", f"/queues/{queue}")[1]["files"])


def empty(engine: RunningEngine, queue: str) -> None:
    """Throw away what is in a queue."""
    for name in entries(engine, queue):
        engine.rest("DELETE", f"/queues/{queue}/{name}")


def subject(caught: Caught) -> str:
    """The subject of a message."""
    return str(email.message_from_bytes(caught.content)["subject"])
