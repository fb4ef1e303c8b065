"""How long does a small post wait behind a large one, and how much memory does that one take?

    python bench/fairness.py --members 100000

Makes a list of so many members whose copies are personal, one as large whose copies are all
alike, one of ten members and forty of a hundred; then starts a whole engine and

1. posts to each of the large ones, and to the small one every second while that is on its way:
   from the reply of LMTP to the arrival of the tenth copy;
2. watches the resident size of the out runner meanwhile, and compares with a tenth of the members;
3. posts 4,000 messages to the lists of a hundred, and waits for 400,000 copies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmcore.app import database_of
from mmcore.config import load
from mmcore.interfaces.action import Action
from mmcore.interfaces.mailing_list import Personalization

INI = """\
[paths]
var_dir = {var}
[mta]
smtp_host = 127.0.0.1
smtp_port = {smtp}
lmtp_port = {lmtp}
verp_personalized_deliveries = yes
[webservice]
port = {rest}
admin_pass = restpass
"""
SMALL = 10
HUNDREDS = 40


class Sink(asyncio.Protocol):
    """Takes everything; counts, and notes when copies for the small list come."""

    EHLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
    copies = 0
    small: dict[str, list[float]]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer, self.recipients, self.in_content = b"", list[bytes](), False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies = []
        while True:
            if self.in_content:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    break
                content, self.buffer = self.buffer[:end], self.buffer[end + 5 :]
                self.in_content = False
                self.take(content)
                replies.append(b"250 2.0.0 Ok\r\n")
                continue
            line, line_end, rest = self.buffer.partition(b"\r\n")
            if not line_end:
                break
            self.buffer, verb = rest, line[:4].upper()
            if verb == b"RCPT":
                self.recipients.append(line)
            self.in_content = verb == b"DATA"
            answers = {b"EHLO": self.EHLO, b"DATA": b"354 Go\r\n", b"QUIT": b"221 Bye\r\n"}
            replies.append(answers.get(verb, b"250 2.0.0 Ok\r\n"))
        self.transport.write(b"".join(replies))

    def take(self, content: bytes) -> None:
        Sink.copies += len(self.recipients)
        small = sum(b"@small.example" in line for line in self.recipients)
        if small:
            start = content.lower().find(b"\r\nmessage-id:")
            name = content[start + 13 : content.find(b"\r\n", start + 2)].strip().decode()
            Sink.small.setdefault(name, []).extend([time.time()] * small)
        self.recipients = []


def serve(port: int, questions: Connection) -> None:
    """The sink's process; answers each question with what it has."""
    Sink.small = {}

    async def run() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(Sink, "127.0.0.1", port)
        while True:
            await asyncio.sleep(0.05)
            while questions.poll():
                questions.recv()
                questions.send((Sink.copies, Sink.small))

    asyncio.run(run())


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def fill(database: Any, members: int) -> None:
    """Make the lists; a thousand members a transaction."""
    session = database.session()
    site = session.begin()
    site.domains.add("example.com")
    for name in ("personal", "plain", "tenth", "small", *[f"l{n}" for n in range(HUNDREDS)]):
        mlist = site.lists.add(f"{name}@example.com")
        mlist.digests_enabled = False
        mlist.require_explicit_destination = False
        mlist.default_nonmember_action = Action.accept
    for name in ("personal", "tenth", "small"):
        site.lists.get(f"{name}@example.com").personalize = Personalization.full
    session.commit()

    def subscribe(names: list[str], addresses: list[str]) -> None:
        for start in range(0, len(addresses), 1000):
            site = session.begin()
            for email in addresses[start : start + 1000]:
                address = site.addresses.get(email) or site.addresses.add(email, "Anne Person")
                for name in names:
                    site.lists.get(f"{name}@example.com").subscribe(address)
            session.commit()
            session.connection.cacheGC()

    everybody = [f"member{n:07d}@d{n % 50}.example.net" for n in range(members)]
    subscribe(["personal", "plain"], everybody)
    subscribe(["tenth"], everybody[: members // 10])
    subscribe(["small"], [f"m{n}@small.example" for n in range(SMALL)])
    subscribe([f"l{n}" for n in range(HUNDREDS)], [f"m{n}@hundred.example" for n in range(100)])
    session.close()


class Engine:
    """A whole engine, its sink, and somebody who posts."""

    def __init__(self, ini: Path, lmtp: int, questions: Connection) -> None:
        self.ini, self.lmtp, self.questions = ini, lmtp, questions
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mmcore.master", "--force", "-c", str(ini)],
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", lmtp), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def arrived(self) -> tuple[int, dict[str, list[float]]]:
        self.questions.send(None)
        answer: tuple[int, dict[str, list[float]]] = self.questions.recv()
        return answer

    def post(self, name: str, number: str, client: smtplib.LMTP | None = None) -> float:
        """Post 5 KB; returns when it was accepted."""
        text = (
            f"From: Bench <bench@example.org>\r\nTo: {name}@example.com\r\nSubject: {number}\r\n"
            f"Message-ID: <{number}@bench>\r\n\r\n" + "A line of a message of this size.\r\n" * 140
        )
        mine = client or smtplib.LMTP("127.0.0.1", self.lmtp)
        mine.sendmail("bench@example.org", [f"{name}@example.com"], text)
        if client is None:
            mine.quit()
        return time.time()

    def pid_of_out(self) -> int:
        found = subprocess.run(
            ["pgrep", "-s", str(self.process.pid), "-f", "out"], stdout=subprocess.PIPE, check=True
        ).stdout.split()
        for pid in map(int, found):
            if "out" in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split(":")[0]:
                return pid
        raise LookupError("no out runner")


def resident(pid: int, what: str = "VmRSS") -> int:
    """Bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(what)


def large(engine: Engine, name: str, members: int) -> dict[str, Any]:
    """A post to a large list, with small ones meanwhile."""
    pid = engine.pid_of_out()
    before, (start_copies, _) = resident(pid), engine.arrived()
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    accepted = {}
    begin = engine.post(name, f"large-{name}")
    number, seconds = 0, 0.0
    while True:
        copies, _ = engine.arrived()
        copies -= start_copies + SMALL * number
        if copies >= members:
            seconds = time.time() - begin
            break
        if copies > 0 and (not accepted or time.time() - max(accepted.values()) > 1):
            accepted[f"<{name}{number}@bench>"] = engine.post("small", f"{name}{number}")
            number += 1
        time.sleep(0.02)
        assert time.time() - begin < 600, f"{copies} of {members} copies"
    time.sleep(3)
    _, arrivals = engine.arrived()
    waits = [max(arrivals[key]) - moment for key, moment in accepted.items()]
    grown = resident(pid, "VmHWM") - before
    return {
        "seconds": round(seconds, 2),
        "recipients_per_second": round(members / seconds),
        "small_posts": len(waits),
        "small_longest_wait": round(max(waits), 3),
        "small_median_wait": round(statistics.median(waits), 3),
        "out_runner_grew_bytes": grown,
    }


def backlog(engine: Engine, posts: int) -> dict[str, Any]:
    """Many posts to lists of a hundred."""
    start, _ = engine.arrived()
    begin = time.time()

    def some(part: int) -> None:
        with smtplib.LMTP("127.0.0.1", engine.lmtp) as client:
            for number in range(part, posts, 4):
                engine.post(f"l{number % HUNDREDS}", f"backlog{number}", client)

    threads = [threading.Thread(target=some, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = time.time() - begin
    while engine.arrived()[0] - start < posts * 100:
        time.sleep(0.05)
        assert time.time() - begin < 900
    return {"posts": posts, "accepted_in": round(accepted, 1),
            "delivered_in": round(time.time() - begin, 1)}  # fmt: skip


def main() -> None:
    """Make the site, start the engine, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--backlog", type=int, default=4000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="f") as folder:
        ports = {name: free_port() for name in ("smtp", "lmtp", "rest")}
        ini = Path(folder) / "bench.ini"
        ini.write_text(INI.format(var=Path(folder) / "v", **ports), encoding="utf-8")
        with database_of(load(ini)) as database:
            fill(database, options.members)
        ours, theirs = multiprocessing.Pipe()
        sink = multiprocessing.Process(target=serve, args=(ports["smtp"], theirs), daemon=True)
        sink.start()
        engine = Engine(ini, ports["lmtp"], ours)
        try:
            for number in range(3):
                engine.post("small", f"warm{number}")
            time.sleep(2)
            tenth = large(engine, "tenth", options.members // 10)
            result = {
                "personal, a tenth": tenth,
                "personal": large(engine, "personal", options.members),
                "plain": large(engine, "plain", options.members),
            }
            more = result["personal"]["out_runner_grew_bytes"] - tenth["out_runner_grew_bytes"]
            result["out_runner_bytes_for_each_further_recipient"] = round(
                more / (options.members * 0.9), 1
            )
            if options.backlog:
                result["backlog"] = backlog(engine, options.backlog)
        finally:
            engine.stop()
            sink.terminate()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
