"""What judging and preparing a post costs: CPU time outside of the store.

    python bench/judging.py [--posts 300] [--rounds 5]

A member posts 6 KB, in two parts, to a list in memory; nothing is committed, so that what is
measured is the engine and not the store.  The chain is walked with 0, 100 and 1000 header
matches of the list that are not found, and alternatively with as many in the ini file; then
chain and pipeline follow each other as the runners have them.  Rounds alternate, and the median
of each kind counts.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ZODB
from ZODB.DemoStorage import DemoStorage

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmcore.app import compose, ensure_site
from mmcore.chains.engine import process as judge
from mmcore.config import Settings
from mmcore.database import Database
from mmcore.message.message import Message
from mmcore.pipelines.engine import process as prepare

SENDER = "anne@example.org"
HEADERS = ("subject", "from", "received", "x-spam-level", "to", "content-type", "x-mailer")
WORDS = ("casino", "lottery", "winner", "refund", "invoice", "crypto", "pills", "urgent")
SHAPES = (
    "{w}{n}",
    "^{w}{n}",
    r"\b{w}{n}\b",
    "^.*{w} *{n}",
    "(buy|get|order) {w}{n}",
    "{w}{n}.*free",
    r"\[?{w}{n}\]?$",
    "[*]{{5,{n}}}",
)


def patterns(count: int) -> list[tuple[str, str]]:
    """(header, pattern) as lists have them, none of which is in the post."""
    choice = random.Random(count).choice
    return [
        (choice(HEADERS), choice(SHAPES).format(w=choice(WORDS), n=1000 + number))
        for number in range(count)
    ]


def post() -> bytes:
    """A post of 6 KB with the fields that mail has."""
    line = "The quick brown fox jumps over the lazy dog, and the dog does not mind it.\r\n"
    received = "".join(
        f"Received: from mx{hop}.example.org (mx{hop}.example.org [192.0.2.{hop}])\r\n"
        f"\tby mail.example.com (Postfix) with ESMTPS id 4XyZ{hop}\r\n"
        "\tfor <test@example.com>; Mon,  3 Mar 2025 10:00:00 +0000 (UTC)\r\n"
        for hop in range(4)
    )
    header = (
        f"{received}From: =?utf-8?q?Anne_M=C3=BCller?= <{SENDER}>\r\n"
        "To: test@example.com\r\nCc: Bart <bart@example.org>\r\n"
        "Subject: Re: =?utf-8?q?Gr=C3=BC=C3=9Fe_und_ein_Plan_f=C3=BCr_n=C3=A4chste?= Woche\r\n"
        "Date: Mon, 3 Mar 2025 10:00:00 +0000\r\nMessage-ID: <one@example.org>\r\n"
        "References: <zero@example.org>\r\nX-Mailer: Mail 1.0\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=B\r\n\r\n"
    )
    text = f"--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{line * 30}\r\n"
    html = f"--B\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{line * 30}</p>\r\n--B--\r\n"
    return (header + text + html).encode("ascii")


class Place:
    """An engine and a list in memory."""

    def __init__(self, directory: Path, members: int, checks: list[tuple[str, str]]) -> None:
        lines = "\n".join(f"{header}: {pattern}" for header, pattern in checks)
        settings = Settings.defaults(directory, {"antispam": {"header_checks": lines}})
        settings.ensure_dirs()
        self.database = Database(ZODB.DB(DemoStorage()))
        self.session = self.database.session()
        ensure_site(self.session, settings)
        self.site = self.session.begin()
        self.engine = compose(settings, "bench")
        self.site.domains.add("example.com")
        self.list = self.site.lists.add("test@example.com")
        self.engine.styles["legacy-default"].apply(self.list)
        for email in (SENDER, *(f"m{number}@example.net" for number in range(members))):
            self.site.users.make(email)
            self.list.subscribe(self.site.addresses.get(email))
        self.session.commit()

    def watch_for(self, checks: list[tuple[str, str]]) -> None:
        """Give the list these header matches and no others."""
        self.session.begin()
        self.list.header_matches.clear()
        for header, pattern in checks:
            self.list.header_matches.append(header, pattern)
        self.session.commit()

    def cost(self, posts: int, work: Callable[[Place, Message, dict], None]) -> float:
        """CPU milliseconds for a post."""
        data = post()
        self.session.begin()
        began = time.process_time()
        for _ in range(posts):
            msg = Message.parse(data)
            work(self, msg, {"listid": self.list.list_id, "to_list": True})
        spent = time.process_time() - began
        self.session.abort()
        return spent / posts * 1000


def chain(place: Place, msg: Message, msgdata: dict) -> None:
    """Judge it."""
    judge(place.engine, place.list, msg, msgdata, place.list.posting_chain)
    assert not msgdata["rule_hits"], msgdata["rule_hits"]


def chain_and_pipeline(place: Place, msg: Message, msgdata: dict) -> None:
    """Judge and prepare it."""
    chain(place, msg, msgdata)
    prepare(place.engine, place.list, msg, msgdata, place.list.posting_pipeline)


def measure(place: Place, options: argparse.Namespace, results: dict[str, Any]) -> None:
    """All kinds, in turn."""
    found: dict[str, list[float]] = {}
    for _ in range(options.rounds + 1):
        for count in (0, 100, 1000):
            place.watch_for(patterns(count))
            found.setdefault(f"chain, {count} header matches", []).append(
                place.cost(options.posts, chain)
            )
        place.watch_for([])
        found.setdefault("chain and pipeline", []).append(
            place.cost(options.posts, chain_and_pipeline)
        )
    for name, figures in found.items():
        # The first round is for caches.
        results[name] = round(statistics.median(figures[1:]), 3)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--members", type=int, default=50)
    options = parser.parse_args()
    results: dict[str, Any] = {"bytes": len(post()), "unit": "ms of CPU for a post"}
    with tempfile.TemporaryDirectory(prefix="mmj") as directory:
        place = Place(Path(directory) / "a", options.members, [])
        measure(place, options, results)
        plain, many = (results[f"chain, {count} header matches"] for count in (0, 1000))
        results["1000 more cost"] = round(many - plain, 3)
        results["1000 to none"] = round(many / plain, 2)
        place = Place(Path(directory) / "b", options.members, patterns(1000))
        costs = [place.cost(options.posts, chain) for _ in range(options.rounds + 1)]
        results["chain, 1000 header_checks"] = round(statistics.median(costs[1:]), 3)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
