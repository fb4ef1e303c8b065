"""How long does it take to find out who gets a post?

    python bench/recipients.py --members 100000

Makes a site with two lists of so many members: on `plain` nobody has chosen topics, on `topics`
all members have.  Then processes that have seen nothing of it yet (their storage client has an
empty cache) run the handlers member-recipients and avoid-duplicates on a post whose author wants
no copy and which names five members: the first run is «cold», the median of later ones «warm».
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mmcore.app import compose, database_of
from mmcore.config import load
from mmcore.interfaces.handler import IHandler
from mmcore.message.message import Message
from resources.topics.model import Topic

HANDLERS = ("member-recipients", "avoid-duplicates")
LISTS = ("plain", "topics")
AUTHOR = 7
NAMED = (3, 5, 11, 13, 17)


def person(number: int) -> str:
    """The address of a member."""
    return f"member{number:07d}@example.net"


def fill(database: Any, members: int, topics: int) -> None:
    """Make the lists; a thousand members a transaction."""
    session = database.session()
    site = session.begin()
    site.domains.add("example.com")
    names = [f"topic{number}" for number in range(topics)]
    for name in LISTS:
        mlist = site.lists.add(f"{name}@example.com")
        if name == "topics":
            mlist.topics_enabled = True
            mlist.set_topics([Topic(topic, topic) for topic in names])
    session.commit()
    choice = random.Random(1)
    for start in range(0, members, 1000):
        site = session.begin()
        lists = [site.lists.get(f"{name}@example.com") for name in LISTS]
        for number in range(start, min(members, start + 1000)):
            address = site.addresses.add(person(number))
            for mlist in lists:
                member = mlist.subscribe(address)
                if mlist.topics:
                    wanted = choice.sample(names, choice.randint(1, 3))
                    member.choose_topics(wanted, choice.random() < 0.5)
            if number == AUTHOR:
                address.preferences.receive_own_postings = False
            elif number in NAMED:
                address.preferences.receive_list_copy = False
        session.commit()
        session.connection.cacheGC()
    session.close()


def once(handlers: list[IHandler], session: Any, name: str) -> tuple[float, int]:
    """Seconds, and how many recipients."""
    named = ", ".join(map(person, NAMED))
    text = f"From: {person(AUTHOR)}\r\nTo: {name}@example.com\r\nCc: {named}\r\n\r\nHello.\r\n"
    msg = Message.parse(text.encode())
    start = time.perf_counter()
    mlist = session.begin().lists.get(f"{name}@example.com")
    msgdata: dict[str, Any] = {"topichits": ["topic1"]} if name == "topics" else {}
    for handler in handlers:
        handler.process(mlist, msg, msgdata)
    seconds = time.perf_counter() - start
    session.abort()
    return seconds, len(msgdata["recipients"])


def measure(ini: Path, name: str) -> None:
    """In a process of its own: print what it takes, as JSON."""
    settings = load(ini)
    with database_of(settings) as database:
        engine = compose(settings, "bench")
        session = database.session()
        handlers = [engine.handlers[handler] for handler in HANDLERS]
        cold, count = once(handlers, session, name)
        warm = statistics.median(once(handlers, session, name)[0] for _ in range(20))
        session.close()
        engine.close()
    print(json.dumps({"cold": cold, "warm": warm, "recipients": count}))


def main() -> None:
    """Make the site, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--topics", type=int, default=10, help="of the list that has some")
    parser.add_argument("--rounds", type=int, default=5, help="processes for each list")
    parser.add_argument("--measure", nargs=2, metavar=("INI", "LIST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(Path(options.measure[0]), options.measure[1])
        return
    with tempfile.TemporaryDirectory(prefix="r") as folder:
        ini = Path(folder) / "bench.ini"
        ini.write_text("[webservice]\nadmin_pass = restpass\n", encoding="utf-8")
        with database_of(load(ini)) as database:
            start = time.perf_counter()
            fill(database, options.members, options.topics)
            print(f"{options.members} members on {len(LISTS)} lists"
                  f" in {time.perf_counter() - start:.0f} s", flush=True)  # fmt: skip
            for name in LISTS:
                report(ini, name, options.rounds)


def report(ini: Path, name: str, rounds: int) -> None:
    """Measure one list in several processes."""
    command = [sys.executable, __file__, "--measure", str(ini), name]
    results = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        for _ in range(rounds)
    ]
    for kind in ("cold", "warm"):
        seconds = [result[kind] for result in results]
        print(f"{name}: {kind} {statistics.median(seconds):.4f} s"
              f" [{min(seconds):.4f}..{max(seconds):.4f}]"
              f" for {results[0]['recipients']} recipients", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
