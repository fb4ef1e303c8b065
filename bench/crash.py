#!/usr/bin/env python3
"""Proof of the two tenets: no message is lost, none is delivered twice.

Starts a whole engine on a new directory, posts at a steady rate over LMTP
while processes are killed with SIGKILL at random moments (runners, the
storage server, the master, or all of them at once), then lets the queues run
empty and compares, message by message and recipient by recipient, what was
accepted with what arrived at an SMTP sink.

    .venv/bin/python bench/crash.py --kills 100

Two things are counted apart, because nobody can decide them:

* in doubt, out: the out runner died after the final dot of an SMTP transaction
  and before it saw the reply (RFC 5321, 4.2.5).  The engine knows which
  transaction that was, says so in its log, and by default sends it again.  A
  second copy that the log announced is `in_doubt`, any other is `doubled`.
* in doubt, in: the LMTP runner died between the text and its reply, so the
  poster has to send again.  A second copy of such a message is `ambiguous`.

Some members of the list get digests; see `crash_digests.py`.

Exits with 1 if anything was lost or doubled.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from pathlib import Path

from crash_digests import DigestReaders, failed

HERE = Path(__file__).resolve().parent
DOMAIN = "example.com"
LIST = f"crash@{DOMAIN}"
MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(<[^>\r\n]*>)", re.I | re.M)

INI = """\
[mmcore]
site_owner = owner@example.com
[paths]
var_dir = {var}
[mta]
outgoing = smtp
smtp_host = 127.0.0.1
smtp_port = {sink}
lmtp_port = {lmtp}
max_recipients = {max_recipients}
retry_first = 2s
retry_max = 5s
[webservice]
hostname = 127.0.0.1
port = {rest}
admin_pass = restpass
[database]
max_restarts = 100000
{runners}
"""
RUNNERS = ("lmtp", "rest", "in", "pipeline", "out", "virgin", "retry", "task", "digest")


# -- the sink ---------------------------------------------------------------


class Sink(asyncio.Protocol):
    """An SMTP server that takes everything and remembers who got what."""

    def __init__(self, got: Counter, readers: DigestReaders, delay: float) -> None:
        self.got, self.readers, self.delay = got, readers, delay
        self.buffer = bytearray()
        self.reading = False
        #: Whether a reply is due, before which nothing else is said.
        self.due = False
        self.recipients: list[str] = []

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, chunk):
        self.buffer += chunk
        while self.step():
            pass

    def step(self) -> bool:
        """Deal with one command or one text; returns whether there was one."""
        if self.due:
            return False
        if self.reading:
            end = self.buffer.find(b"\r\n.\r\n")
            if end < 0:
                return False
            if not self.readers.take(bytes(self.buffer[: end + 2]), self.recipients):
                found = MESSAGE_ID.search(self.buffer)
                message_id = found[1].decode() if found else "?"
                for recipient in self.recipients:
                    self.got[message_id, recipient] += 1
            del self.buffer[: end + 5]
            self.reading = False
            if self.delay:
                # Taken, but the reply is late: the moment when a kill hurts most.
                self.due = True
                asyncio.get_running_loop().call_later(self.delay, self.say_so)
            else:
                self.transport.write(b"250 ok\r\n")
            return True
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        self.transport.write(self.answer(line))
        return True

    def say_so(self) -> None:
        if self.transport.is_closing():
            return
        self.due = False
        self.transport.write(b"250 ok\r\n")
        self.data_received(b"")

    def answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n"
        if verb in (b"MAIL", b"RSET"):
            self.recipients = []
        elif verb == b"RCPT":
            self.recipients.append(line[line.find(b"<") + 1 : line.find(b">")].decode())
        elif verb == b"DATA":
            self.reading = True
            return b"354 go\r\n"
        elif verb == b"QUIT":
            return b"221 bye\r\n"
        return b"250 ok\r\n"


def start_sink(port: int, got: Counter, readers: DigestReaders, delay: float) -> None:
    """Serve the sink in a thread of its own, for as long as the process lives."""
    loop = asyncio.new_event_loop()
    server = loop.create_server(lambda: Sink(got, readers, delay), "127.0.0.1", port)
    loop.run_until_complete(server)
    threading.Thread(target=loop.run_forever, daemon=True).start()


# -- the engine -------------------------------------------------------------


class Engine:
    """The engine under test, found by its session id whatever dies in it."""

    def __init__(self, directory: Path, ports: dict[str, int], max_recipients: int) -> None:
        self.directory, self.ports = directory, ports
        self.config = directory / "crash.ini"
        runners = "\n".join(f"[runner.{name}]\nmax_restarts = 100000" for name in RUNNERS)
        self.config.write_text(
            INI.format(
                var=directory / "var", runners=runners, max_recipients=max_recipients, **ports
            )
        )
        self.sessions: list[int] = []

    def start(self) -> None:
        """Start the master; a lock that a killed one left behind is stale."""
        with (self.directory / "master.out").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "mmcore.master", "--force", "-c", self.config],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                cwd=HERE.parent,
            )  # fmt: skip
        self.process = process
        self.sessions.append(process.pid)
        self.wait_up()

    def wait_up(self, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        for name in ("rest", "lmtp"):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.ports[name]), 1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise SystemExit(f"{name} does not answer") from None
                    time.sleep(0.05)

    def processes(self) -> list[tuple[int, str]]:
        """(pid, title) of everything that belongs to the engine."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
                fields = stat[stat.rindex(")") + 2 :].split()
                if int(fields[3]) in self.sessions and fields[0] not in "ZX":
                    title = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ")
                    found.append((int(entry), title.decode().strip()[-40:]))
            except (OSError, ValueError):
                continue
        return found

    def kill_all(self) -> None:
        """SIGKILL to every process at once."""
        while found := self.processes():
            for pid, _ in found:
                kill(pid)
            time.sleep(0.02)
        self.process.wait()

    def stop(self) -> None:
        """Stop as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            print("the master did not stop in 30 s", file=sys.stderr)
        self.kill_all()

    def rest(self, method: str, path: str, **form: str):
        """One REST call; returns (status, decoded body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["rest"], timeout=30)
        token = base64.b64encode(b"restadmin:restpass").decode()
        headers = {
            "Authorization": f"Basic {token}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urllib.parse.urlencode(form) if form else None
        connection.request(method, f"/3.1{path}", body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, json.loads(data) if data else None

    def queues(self) -> dict[str, int]:
        """Number of entries by queue, empty ones left out."""
        _, answer = self.rest("GET", "/queues")
        return {e["name"]: e["count"] for e in answer.get("entries", ()) if e["count"]}

    def in_doubt(self) -> set[tuple[str, str]]:
        """(Message-ID, recipient) that the engine reported as in doubt."""
        found = set()
        for path in (self.directory / "var" / "logs").glob("smtp.log*"):
            for line in path.read_text(errors="replace").splitlines():
                if match := re.search(r"in doubt: (<[^>]*>) for (.*)$", line):
                    found.update((match[1], r) for r in re.split(r"[, ]+", match[2].strip()))
        return found


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


# -- posting ----------------------------------------------------------------


class Poster(threading.Thread):
    """Posts at a steady rate and tries again like an MTA does."""

    def __init__(self, port: int, rate: float) -> None:
        super().__init__(daemon=True)
        self.port, self.gap = port, 1 / rate
        self.accepted: set[str] = set()
        self.ambiguous: set[str] = set()
        self.retries = 0
        self.ending = threading.Event()

    def run(self) -> None:
        due: list[tuple[float, int]] = []
        number, at = 0, time.monotonic()
        while due or not self.ending.is_set():
            now = time.monotonic()
            if not self.ending.is_set() and now >= at:
                due.append((now, number))
                number, at = number + 1, max(at + self.gap, now)
            due.sort()
            if not due or due[0][0] > now:
                time.sleep(0.005)
                continue
            _, which = due.pop(0)
            if not self.post(which):
                self.retries += 1
                due.append((time.monotonic() + 0.3, which))
        self.posted = number

    def post(self, number: int) -> bool:
        """Post one message; returns whether it was accepted."""
        message_id = f"<crash-{number:06d}@bench.example.org>"
        text = (
            f"From: m0@example.org\r\nTo: {LIST}\r\nSubject: Number {number}\r\n"
            f"Message-ID: {message_id}\r\n\r\n" + "All work and no play.\r\n" * 20
        )
        sent = False
        try:
            with smtplib.LMTP("127.0.0.1", self.port, timeout=20) as lmtp:
                lmtp.ehlo_or_helo_if_needed()
                if lmtp.mail("m0@example.org")[0] != 250 or lmtp.rcpt(LIST)[0] != 250:
                    return False
                if lmtp.docmd("DATA")[0] != 354:
                    return False
                sent = True
                lmtp.send(text.encode() + b".\r\n")
                code, _ = lmtp.getreply()
                sent = False
                if code != 250:
                    return False
                self.accepted.add(message_id)
        except (OSError, smtplib.SMTPException):
            if message_id in self.accepted:
                return True
            if sent:
                self.ambiguous.add(message_id)
            return False
        return True


# -- the experiment ---------------------------------------------------------


def pick(rng: random.Random, engine: Engine, share: dict[str, float]) -> str:
    """Kill something; returns what."""
    found = engine.processes()
    if rng.random() < share["tree"]:
        engine.kill_all()
        engine.start()
        return "whole tree"
    if rng.random() < share["master"]:
        kill(engine.process.pid)
        engine.process.wait()
        engine.start()
        return "master"
    victims = [(pid, title) for pid, title in found if pid != engine.process.pid]
    if not victims:
        return "nobody"
    pid, title = rng.choice(victims)
    kill(pid)
    label = re.search(r"zeo|-r (\w+)", title)
    return (label[1] or label[0]) if label else title


def drain(engine: Engine, got: Counter, timeout: float, quiet: float = 8) -> dict[str, int]:
    """Wait until nothing moves any more; returns what is left in the queues."""
    deadline = time.monotonic() + timeout
    state, since, left = None, time.monotonic(), {}
    while time.monotonic() < deadline:
        try:
            left = engine.queues()
        except (OSError, http.client.HTTPException):
            left = {"?": 1}
        waiting = {q: n for q, n in left.items() if q not in ("shunt", "bad")}
        now = (sum(got.values()), tuple(sorted(left.items())))
        if now != state:
            state, since = now, time.monotonic()
        if time.monotonic() - since > quiet and not waiting:
            break
        time.sleep(0.3)
    return left


def judge(poster: Poster, got: Counter, members: list[str], doubt: set[tuple[str, str]]) -> dict:
    """Account for every accepted message and every recipient."""
    counts = Counter()
    lost, doubled = [], []
    for message_id in sorted(poster.accepted):
        for member in members:
            copies = got[message_id, member]
            if copies == 0:
                counts["lost"] += 1
                lost.append((message_id, member))
            elif copies == 1:
                counts["exactly_once"] += 1
            elif message_id in poster.ambiguous:
                counts["ambiguous"] += 1
            elif (message_id, member) in doubt:
                counts["in_doubt"] += 1
            else:
                counts["doubled"] += 1
                doubled.append((message_id, member, copies))
    return {
        "accepted_messages": len(poster.accepted),
        "expected_deliveries": len(poster.accepted) * len(members),
        "exactly_once": counts["exactly_once"],
        "lost": counts["lost"],
        "doubled": counts["doubled"],
        "in_doubt_sent_again": counts["in_doubt"],
        "ambiguous_at_lmtp": counts["ambiguous"],
        "lmtp_retries": poster.retries,
        "examples_lost": lost[:5],
        "examples_doubled": doubled[:5],
    }


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, from below those that systems hand out.

    Else a connection somewhere may get the port of a server that was just killed.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(30_000, 32_768)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            found = sorted({*found, port})
    return found


def experiment(options: argparse.Namespace, directory: Path) -> dict:
    """Run it; returns the account."""
    rng = random.Random(options.seed)
    ports = dict(zip(("rest", "lmtp", "sink"), free_ports(3), strict=True))
    got: Counter = Counter()
    readers = DigestReaders(options.readers)
    start_sink(ports["sink"], got, readers, options.sink_delay)
    engine = Engine(directory, ports, options.max_recipients)
    engine.start()
    try:
        members = prepare_list(engine, options.members)
        readers.prepare(engine, LIST.replace("@", "."))
        poster = Poster(ports["lmtp"], options.rate)
        poster.start()
        kills: Counter = Counter()
        begun = time.monotonic()
        share = {"tree": options.tree_share, "master": options.master_share}
        while sum(kills.values()) < options.kills:
            time.sleep(options.every * rng.uniform(0.3, 1.7))
            kills[pick(rng, engine, share)] += 1
        poster.ending.set()
        engine.wait_up()
        poster.join(120)
        left = drain(engine, got, options.timeout)
        readers.finish(engine, LIST.replace("@", "."))
        left |= drain(engine, got, options.timeout)
        account = judge(poster, got, members, engine.in_doubt())
        account["digests"] = readers.judge(poster.accepted, poster.ambiguous, engine.in_doubt())
        account.update(
            seconds=round(time.monotonic() - begun, 1),
            kills=sum(kills.values()),
            killed=dict(kills.most_common()),
            queues_left=left,
        )
        return account
    finally:
        engine.stop()


def prepare_list(engine: Engine, count: int) -> list[str]:
    """Create the list with `count` members; returns their addresses."""
    engine.rest("POST", "/domains", mail_host=DOMAIN)
    status, _ = engine.rest("POST", "/lists", fqdn_listname=LIST)
    if status != 201:
        raise SystemExit(f"cannot create the list: {status}")
    members = [f"m{number}@example.org" for number in range(count)]
    for member in members:
        status, answer = engine.rest(
            "POST", "/members", list_id=LIST.replace("@", "."), subscriber=member,
            pre_verified="true", pre_confirmed="true", pre_approved="true",
            send_welcome_message="false",
        )  # fmt: skip
        if status != 201:
            raise SystemExit(f"cannot subscribe {member}: {status} {answer}")
    return members


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between kills, mean")
    parser.add_argument("--rate", type=float, default=20, help="posts a second")
    parser.add_argument("--members", type=int, default=25)
    parser.add_argument("--readers", type=int, default=4, help="members that get digests")
    parser.add_argument("--max-recipients", type=int, default=10)
    parser.add_argument("--tree-share", type=float, default=0.05)
    parser.add_argument("--master-share", type=float, default=0.05)
    parser.add_argument("--sink-delay", type=float, default=0.0, help="of the reply, in seconds")
    parser.add_argument("--timeout", type=float, default=180, help="for the queues to run empty")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the engine's directory")
    options = parser.parse_args(argv)
    directory = Path(tempfile.mkdtemp(prefix="crash-"))
    try:
        account = experiment(options, directory)
    finally:
        if options.keep:
            print(f"kept {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps(account, indent=1))
    return 1 if account["lost"] or account["doubled"] or failed(account["digests"]) else 0


if __name__ == "__main__":
    sys.exit(main())
