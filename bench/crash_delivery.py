#!/usr/bin/env python3
"""Proof that delivery accounts for every recipient, whatever dies and whatever the server does.

Posts to a list whose members get copies of their own (To, VERP sender, footer), over an SMTP
server that stalls, drops, half-closes, refuses and lies (`hostile.py`), while the out runner,
the storage server, the master or everything is killed with SIGKILL.  Then the queues run empty,
and the delivery ledger is compared with what the server took, recipient by recipient.

    .venv/bin/python bench/crash_delivery.py --kills 30

What nobody can decide is counted apart:

* `in_doubt_sent_again`: the out runner died after the end of a content and before it saw the
  reply; its log named the recipient, who got a second copy.  At most one SMTP transaction of
  each connection for each kill.
* `doubled_by_the_server`: it kept a message and did not say so.

Exits with 1 if the ledger and the server disagree about anybody.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import smtplib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crash import Engine, drain, free_ports, kill
from hostile import SLOW_DOMAIN, Character, Truth, serve

from mmcore.app import compose, database_of
from mmcore.config import load
from mmcore.interfaces.action import Action
from mmcore.interfaces.mailing_list import Personalization

LIST, LIST_ID = "fan@example.com", "fan.example.com"
AUTHOR = "author@writers.example.com"
FOOTER = "--\nSent to $user_email, who is $user_name.\n"
CONNECTIONS = 4
#: After so many transactions something may be killed.
IN_FULL_SWING = 20
MAX_RECIPIENTS = 25
PAGE = 1000
READER = re.compile(rb"reader\d+@[a-z0-9.]*[a-z]")
TOKEN = re.compile(rb"<https://lists\.example\.com/unsubscribe/([^>\s]+)>")
MORE = f"""\
[mta]
smtp_timeout = 1s
smtp_data_timeout = 1s
delivery_retry_period = 25s
max_delivery_threads = {CONNECTIONS}
verp_personalized_deliveries = yes
[public]
url = https://lists.example.com
[runner.retry]
sleep_time = 0.2s
"""
#: What is killed, how often; the rest of the time it is the out runner.
VICTIMS = {"tree": 0.15, "master": 0.05, "zeo": 0.2, "retry": 0.05, "in": 0.03, "pipeline": 0.03}


class Fan:
    """The list, and what each copy of a post to it has to look like."""

    def __init__(self, count: int, personal: bool) -> None:
        self.personal = personal
        #: Recipients of a transaction.
        self.limit = 1 if personal else MAX_RECIPIENTS
        self.names = {
            f"reader{number}@{self.domain(number)}": f"Reader {number}" if number % 2 else ""
            for number in range(count)
        }
        #: Unsubscribe token of each recipient, as first seen.
        self.tokens: dict[bytes, str] = {}

    @staticmethod
    def domain(number: int) -> str:
        return SLOW_DOMAIN if number % 500 == 7 else f"d{number // 10}.example.org"

    def prepare(self, config: Path) -> None:
        """Make the list with its members, before the engine starts."""
        settings = load(config)
        settings.ensure_dirs()
        folder = settings.paths.template_dir / "lists" / LIST_ID / "en"
        folder.mkdir(parents=True)
        (folder / "list.member.regular.footer.txt").write_text(FOOTER)
        with database_of(settings) as database:
            session = database.session()
            site = session.begin()
            site.domains.add("example.com")
            mlist = site.lists.add(LIST)
            engine = compose(settings, "prepare")
            engine.styles["legacy-default"].apply(mlist)
            engine.close()
            mlist.personalize = Personalization.full if self.personal else Personalization.none
            mlist.default_nonmember_action = Action.accept
            for start in range(0, len(self.names), 1000):
                for email, name in list(self.names.items())[start : start + 1000]:
                    address = site.users.make(email, name).addresses[0]
                    address.verify()
                    mlist.subscribe(address)
                session.commit()
                site = session.begin()
                mlist = site.lists.get(LIST)
            session.close()

    def check(self, message_id: str, sender: str, recipients: list[str], content: bytes) -> str:
        """What is wrong with a copy; see `hostile.Check`."""
        if not message_id.startswith("<fan-"):
            return ""
        if not self.personal:
            return "" if sender == "fan-bounces@example.com" else f"{message_id}: from {sender}"
        [recipient] = recipients
        local, _, domain = recipient.partition("@")
        name = self.names[recipient]
        shown = f"{name} <{recipient}>" if name else recipient
        wanted = {
            "sender": sender == f"fan-bounces+{local}={domain}@example.com",
            "To": f"\r\nTo: {shown}\r\n".encode() in content,
            "footer": f"\r\nSent to {recipient}, who is {name}".rstrip().encode() in content,
            "nobody else": set(READER.findall(content)) == {recipient.encode()},
            "token": self._own_token(recipient, content),
        }
        wrong = [what for what, right in wanted.items() if not right]
        return f"{message_id} for {recipient}: {', '.join(wrong)}" if wrong else ""

    def _own_token(self, recipient: str, content: bytes) -> bool:
        found = TOKEN.search(content)
        return found is not None and self.tokens.setdefault(found[1], recipient) == recipient


class Poster:
    """Posts until it is told that the post was accepted."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.accepted: list[str] = []
        #: Accepted perhaps more than once.
        self.ambiguous: set[str] = set()

    def post(self) -> str:
        message_id = f"<fan-{len(self.accepted):05d}@bench.example.org>"
        text = (
            f"From: {AUTHOR}\r\nTo: {LIST}\r\nSubject: Number {len(self.accepted)}\r\n"
            f"Message-ID: {message_id}\r\n\r\n" + "All work and no play.\r\n" * 100
        )
        while not self._try(message_id, text):
            time.sleep(0.1)
        self.accepted.append(message_id)
        return message_id

    def _try(self, message_id: str, text: str) -> bool:
        said_all = False
        try:
            with smtplib.LMTP("127.0.0.1", self.port, timeout=20) as lmtp:
                lmtp.ehlo_or_helo_if_needed()
                if lmtp.mail(AUTHOR)[0] != 250 or lmtp.rcpt(LIST)[0] != 250:
                    return False
                if lmtp.docmd("DATA")[0] != 354:
                    return False
                said_all = True
                lmtp.send(text.encode() + b".\r\n")
                accepted = lmtp.getreply()[0] == 250
                said_all = False
                return accepted
        except (OSError, smtplib.SMTPException):
            if said_all:
                self.ambiguous.add(message_id)
            return False


# -- killing ------------------------------------------------------------------


def pick(rng: random.Random, engine: Engine) -> str:
    """Kill something; returns what."""
    drawn = rng.random()
    what = "out"
    for name, share in VICTIMS.items():
        drawn -= share
        if drawn < 0:
            what = name
            break
    if what == "tree":
        engine.kill_all()
        engine.start()
    elif what == "master":
        kill(engine.process.pid)
        engine.process.wait()
        engine.start()
    else:
        title = "mmcore: zeo" if what == "zeo" else f"-r {what}:"
        victims = [pid for pid, name in engine.processes() if title in name]
        if not victims:
            return "nobody"
        kill(rng.choice(victims))
    return what


# -- the ledger -----------------------------------------------------------------


def pages(engine: Engine, path: str) -> Iterator[dict[str, Any]]:
    """All entries of a collection."""
    number = 1
    while True:
        glue = "&" if "?" in path else "?"
        status, answer = engine.rest("GET", f"{path}{glue}count={PAGE}&page={number}")
        if status != 200:
            raise SystemExit(f"{path}: {status} {answer}")
        entries = answer.get("entries", [])
        yield from entries
        if len(entries) < PAGE:
            return
        number += 1


def ledger(engine: Engine, message_id: str) -> dict[str, dict[str, Any]]:
    """What the engine says of each recipient of a message."""
    found: dict[str, dict[str, Any]] = {}
    # The first attempt has all recipients; what is true now is the same wherever it is asked.
    quoted = message_id.replace("<", "%3C").replace(">", "%3E")
    for record in list(pages(engine, f"/deliveries?message_id={quoted}"))[::-1][:1]:
        for entry in pages(engine, f"/deliveries/{record['name']}/recipients"):
            found.setdefault(entry["email"], entry)
    return found


def failures(engine: Engine) -> set[tuple[str, str]]:
    """(Message-ID, recipient) of every bounce event of the list."""
    return {(e["message_id"], e["email"]) for e in pages(engine, f"/lists/{LIST_ID}/bounces")}


class Log:
    """What the engine said about doubt."""

    NAMED = re.compile(r"\((\d+)\) mmcore\.smtp: in doubt: (<[^>]*>) for (.*)$")
    COUNTED = re.compile(r"in doubt whether (\d+) recipients have it")

    def __init__(self, engine: Engine) -> None:
        #: How often a recipient was named when the out runner started.
        self.named: Counter[tuple[str, str]] = Counter()
        #: Who was named, by the process that did it.
        self.starts: dict[str, set[str]] = {}
        #: How many were in doubt because a connection was lost, or again after a kill.
        self.counted = 0
        for path in (engine.directory / "var" / "logs").glob("smtp.log*"):
            for line in path.read_text(errors="replace").splitlines():
                if match := self.NAMED.search(line):
                    names = re.split(r"[, ]+", match[3].strip())
                    self.named.update((match[2], name) for name in names)
                    self.starts.setdefault(match[1], set()).update(names)
                elif match := self.COUNTED.search(line):
                    self.counted += int(match[1])

    def most_after_a_kill(self, unanswered: set[str]) -> int:
        """How many were named at most that nobody had named before.

        Who is in doubt because of the server is not because of a kill.
        """
        most, earlier = 0, set(unanswered)
        for names in self.starts.values():
            most = max(most, len(names - earlier))
            earlier |= names
        return most


# -- judging ----------------------------------------------------------------------


class Account:
    """Compares the ledger with the server, recipient by recipient."""

    def __init__(
        self, truth: Truth, log: Log, bounced: set[tuple[str, str]], malice: float
    ) -> None:
        self.truth, self.log, self.bounced, self.malice = truth, log, bounced, malice
        self.counts: Counter[str] = Counter()
        self.wrong: dict[str, list[Any]] = {}

    def judge(self, row: tuple[str, str], entry: dict[str, Any] | None, ambiguous: bool) -> None:
        copies, silent = self.truth.taken[row], self.truth.silent[row]
        if entry is None:
            self.fault("not in the ledger", row, copies)
            return
        state = entry["state"]
        if copies > 1:
            self.count_second_copies(row, copies, silent, ambiguous)
        if state == "delivered":
            if copies:
                self.counts["delivered"] += 1
            else:
                self.fault("delivered in the ledger, not taken", row, entry)
        elif copies > silent + self.log.named[row]:
            self.fault("taken, and said so, but not delivered in the ledger", row, entry)
        elif copies:
            # Nobody said so, or nobody heard it: it is tried again until somebody does.
            self.counts["has_it_and_nobody_knows"] += 1
        if state == "failed":
            self.counts["failed"] += 1
            if not self.malice:
                self.fault("failed, though the server refused nobody", row, entry)
            if row not in self.bounced:
                self.fault("failed without a bounce event", row, entry)
        elif state == "waiting":
            self.counts["waiting"] += 1
            if not entry["queue"]:
                self.fault("waiting nowhere", row, entry)
        elif state != "delivered":
            self.fault(f"is {state}", row, entry)

    def count_second_copies(
        self, row: tuple[str, str], copies: int, silent: int, ambiguous: bool
    ) -> None:
        extra = copies - 1
        if ambiguous:
            self.counts["ambiguous_at_lmtp"] += 1
        elif extra <= silent:
            self.counts["doubled_by_the_server"] += 1
        elif extra <= silent + self.log.named[row]:
            self.counts["in_doubt_sent_again"] += extra - silent
        else:
            self.fault("doubled", row, copies)

    def fault(self, what: str, row: tuple[str, str], detail: Any) -> None:
        self.wrong.setdefault(what, []).append((*row, detail))


def judge(engine: Engine, fan: Fan, poster: Poster, truth: Truth, malice: float) -> dict[str, Any]:
    """The account of everything; `faults` is empty if all is well."""
    log = Log(engine)
    account = Account(truth, log, failures(engine), malice)
    for message_id in poster.accepted:
        known = ledger(engine, message_id)
        for email in fan.names:
            ambiguous = message_id in poster.ambiguous
            account.judge((message_id, email), known.get(email), ambiguous)
    most = log.most_after_a_kill(truth.unanswered)
    if most > CONNECTIONS * fan.limit:
        account.fault("more in doubt after a kill than connections had", ("", ""), most)
    faults = {what: len(rows) for what, rows in account.wrong.items()}
    if truth.wrong:
        faults["wrong copies"] = len(truth.wrong)
    return {
        "messages": len(poster.accepted),
        "recipients": len(poster.accepted) * len(fan.names),
        **account.counts,
        "named_in_doubt": sum(log.named.values()),
        "most_in_doubt_after_a_kill": most,
        "faults": faults,
        "examples": {what: rows[:3] for what, rows in account.wrong.items()}
        | ({"wrong copies": truth.wrong[:3]} if truth.wrong else {}),
    }


# -- the experiment -------------------------------------------------------------------


def moving(truth: Truth, begun: int, seconds: float) -> None:
    """Wait until the server had some transactions more than `begun`."""
    deadline = time.monotonic() + seconds
    while truth.transactions < begun + IN_FULL_SWING and time.monotonic() < deadline:
        time.sleep(0.005)


def fan_out(options: argparse.Namespace, rng: random.Random, engine: Engine, truth: Truth) -> str:
    """Kill something while copies leave; returns what."""
    moving(truth, truth.transactions, options.longest)
    time.sleep(options.every * rng.uniform(0, 2))
    return pick(rng, engine)


def experiment(options: argparse.Namespace, directory: Path) -> dict[str, Any]:
    """Run it; returns the account."""
    rng = random.Random(options.seed)
    ports = dict(zip(("rest", "lmtp", "sink"), free_ports(3), strict=True))
    engine = Engine(directory, ports, MAX_RECIPIENTS)
    add_settings(engine.config, MORE)
    fan = Fan(options.members, not options.bulk)
    fan.prepare(engine.config)
    truth = Truth()
    character = Character(options.seed, options.malice, options.delay, options.connections)
    serve(ports["sink"], truth, character, fan.check)
    poster = Poster(ports["lmtp"])
    engine.start()
    try:
        begun, killed = time.monotonic(), Counter[str]()
        while killed.total() < options.kills or not poster.accepted:
            poster.post()
            # The next post comes when most have this one.
            most = truth.taken.total() + 0.8 * options.members
            while killed.total() < options.kills and truth.taken.total() < most:
                killed[fan_out(options, rng, engine, truth)] += 1
        engine.wait_up()
        left = drain(engine, truth.taken, options.timeout, quiet=3)
        account = judge(engine, fan, poster, truth, options.malice)
        account.update(
            seconds=round(time.monotonic() - begun, 1),
            kills=killed.total(),
            killed=dict(killed.most_common()),
            connections=truth.connections,
            transactions=truth.transactions,
            tricks=dict(truth.tricks.most_common()),
            queues_left=left,
        )
        return account
    finally:
        engine.stop()


def add_settings(config: Path, more: str) -> None:
    """Put lines into sections that may be there already."""
    text = config.read_text()
    for section in more.strip().split("\n["):
        head, _, lines = section.lstrip("[").partition("]\n")
        if f"[{head}]\n" in text:
            text = text.replace(f"[{head}]\n", f"[{head}]\n{lines.strip()}\n")
        else:
            text += f"[{head}]\n{lines.strip()}\n"
    config.write_text(text)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--every", type=float, default=1.0, help="seconds of movement till a kill")
    parser.add_argument("--longest", type=float, default=10, help="to wait for movement")
    parser.add_argument("--bulk", action="store_true", help="the same copy for all")
    parser.add_argument("--malice", type=float, default=1.0, help="of the server; 0: none")
    parser.add_argument("--delay", type=float, default=0.0, help="of its replies, in seconds")
    parser.add_argument("--connections", type=int, default=0, help="that it takes at a time")
    parser.add_argument("--timeout", type=float, default=300, help="for the queues to run empty")
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
    return 1 if account["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
