"""How long does a digest take?

    python bench/digests.py --posts 1000 --readers 100000

Has a list with so many readers of digests collect so many posts of 6 KB, twenty in a transaction,
as the pipeline runner does.  Then a process that has seen nothing of it yet takes what was
collected, and the issue is written and enqueued in both forms, as the digest runner does it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from mmcore.app import compose, database_of
from mmcore.config import load
from mmcore.interfaces.member import DeliveryMode
from mmcore.message.message import Message
from mmcore.services.digest_sending import recipients, send_issue
from mmcore.services.digests import collect, send

LIST = "ant@example.com"
PER_TRANSACTION = 20
MODES = (DeliveryMode.mime_digests, DeliveryMode.plaintext_digests)


def subscribe(database: Any, readers: int) -> None:
    """Make the list; a thousand readers a transaction."""
    session = database.session()
    session.begin().domains.add("example.com")
    session.site.lists.add(LIST).digest_size_threshold = 0
    session.commit()
    for start in range(0, readers, 1000):
        site = session.begin()
        mlist = site.lists.get(LIST)
        for number in range(start, min(readers, start + 1000)):
            address = site.addresses.add(f"Reader{number:07d}@Example.net")
            address.preferences.delivery_mode = MODES[number % 2]
            mlist.subscribe(address)
        session.commit()
        session.connection.cacheGC()
    session.close()


def post(number: int) -> bytes:
    """A post of 6 KB."""
    head = (
        f"From: Author {number} <author{number}@example.org>\r\nTo: {LIST}\r\n"
        f"Subject: [Ant] About the number {number}\r\nMessage-ID: <{number}@example.org>\r\n"
        "Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
    )
    line = "All work and no play, that is what it comes to, again and again.\r\n"
    return (head + "\r\n" + line * 85).encode()


def fill(database: Any, engine: Any, posts: int) -> float:
    """Have the list collect; returns the seconds that this took, apart from the rest of a hop."""
    session, seconds = database.session(), 0.0
    for start in range(0, posts, PER_TRANSACTION):
        site = session.begin()
        mlist, mailroom = site.lists.get(LIST), engine.mailroom(site)
        found = []
        for number in range(start, min(posts, start + PER_TRANSACTION)):
            # As it comes from the queue `pipeline`: stored already, with another header.
            msg = mailroom.read(engine.content.put(post(number)))
            msg["List-Id"] = "<ant.example.com>"
            found.append(msg)
        engine.content.sync()
        begun = time.perf_counter()
        for msg in found:
            collect(engine, mlist, msg)
        session.commit()
        seconds += time.perf_counter() - begun
    session.close()
    return seconds


def measure(ini: Path) -> None:
    """In a process of its own: print what it takes, as JSON."""
    settings = load(ini)
    with database_of(settings) as database:
        engine, session = compose(settings, "bench"), database.session()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        marks = [time.perf_counter()]
        site = session.begin()
        send(engine, site.lists.get(LIST))
        session.commit()
        marks.append(time.perf_counter())
        site = session.begin()
        board, mlist = site.queues["digest"], site.lists.get(LIST)
        [name] = board.names()
        msgdata = board.get(name).msgdata()
        issue = site.digests.issue(msgdata["digest_id"])
        found = [sum(map(len, recipients(mlist, issue)))]
        marks.append(time.perf_counter())
        recipients(mlist, issue)
        marks.append(time.perf_counter())
        send_issue(engine, mlist, msgdata)
        board.remove(name)
        marks.append(time.perf_counter())
        session.commit()
        marks.append(time.perf_counter())
        site = session.begin()
        for name in site.queues["virgin"].names():
            msg: Message = engine.mailroom(site).load(site.queues["virgin"].get(name))[0]
            found.append(len(msg.as_bytes()))
        session.abort()
        session.close()
        engine.close()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps = ("send", "readers cold", "readers warm", "write", "commit")
    seconds = [round(end - start, 4) for start, end in pairwise(marks)]
    print(json.dumps({
        "readers": found[0],
        "bytes": found[1:],
        "seconds": dict(zip(steps, seconds, strict=True)),
        "memory_mb": (after - before) // 1024,
    }))  # fmt: skip


def main() -> None:
    """Make the list, collect, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--measure", metavar="INI", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(Path(options.measure))
        return
    with tempfile.TemporaryDirectory(prefix="g") as folder:
        ini = Path(folder) / "bench.ini"
        ini.write_text("[webservice]\nadmin_pass = restpass\n", encoding="utf-8")
        settings = load(ini)
        with database_of(settings) as database:
            engine = compose(settings, "fill")
            subscribe(database, options.readers)
            seconds = fill(database, engine, options.posts)
            engine.close()
            print(f"{options.posts} posts collected in {seconds:.2f} s,"
                  f" {1000 * seconds / options.posts:.2f} ms each", flush=True)  # fmt: skip
            command = [sys.executable, __file__, "--measure", str(ini)]
            print(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


if __name__ == "__main__":
    main()
