"""What does it cost to remember what became of every recipient, and to find one?

    python bench/ledger.py

First the record alone: bytes for each recipient, and the time to pack it and to open it, for bulk
deliveries (10 recipients a transaction) and individual copies.  Then a site with 1,000 records of
100 recipients, over a storage server: how much the database grows for each post, and how long a
process that has seen nothing of it yet («cold»), and one that has («warm»), looks for everything
that was sent to an address which only the oldest record has.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmcore.app import compose, database_of
from mmcore.config import load
from mmcore.mta.chunking import arrange
from mmcore.mta.journal import Reply
from mmcore.mta.ledger import Ledger, pack
from mmcore.mta.outcomes import Outcomes, State
from mmcore.services.deliveries import find_address, find_message

SIZES = (10, 100, 1000, 100_000)
TOPS = ["com"] * 12 + ["org", "net", "de", "fr", "uk", "edu"]
#: Recipients that a server takes in a second.
PACE = 1500
#: The only one of this address stands in the oldest record.
LONELY = "lonely@example.com"
#: Records that an out runner writes in one transaction when there are many.
TOGETHER = 20


def outcomes(count: int, size: int) -> tuple[list[str], Outcomes]:
    """A healthy delivery to so many people, in transactions of so many."""
    choice = random.Random(count)
    emails = sorted(
        f"member{choice.randrange(10**9)}@example{choice.randrange(90)}.{choice.choice(TOPS)}"
        for _ in range(count)
    )
    found, batch, done = Outcomes(count), 0, 0
    order, ends = arrange(emails, size)
    begin = 0
    for end in ends:
        for start in range(begin, end, size):
            batch, done = batch + 1, done + size
            part = order[start : min(start + size, end)]
            reply = Reply(250, "2.0.0", f"Ok: queued as {batch:X}")
            found.settle(part, State.DELIVERED, reply, batch, 1_800_000_000 + done // PACE)
        begin = end
    return emails, found


def best(work: Callable[[], Any], times: int = 7) -> float:
    """Milliseconds of the fastest of several runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found) * 1000


def format_figures() -> None:
    """The record alone."""
    for size, kind in ((10, "bulk of 10"), (1, "individual")):
        for count in SIZES:
            _, found = outcomes(count, size)
            record = pack(found)
            packing = best(lambda found=found: pack(found))
            opening = best(lambda record=record: Ledger(record))
            print(
                f"{kind}: {count} recipients, {len(record)} bytes,"
                f" {len(record) / count:.3f} each; packed in {packing:.2f} ms,"
                f" opened in {opening:.2f} ms",
                flush=True,
            )


def fill(database: Any, records: int, recipients: int) -> None:
    """Write the records down, some in each transaction, for entries that a queue has had."""
    session = database.session()
    people, found = outcomes(recipients, 10)
    states = pack(found)
    for start in range(0, records, TOGETHER):
        site = session.begin()
        for number in range(start, min(start + TOGETHER, records)):
            emails = [*people[:-1], people[-1] if number else LONELY]
            data = {"recipients": emails, "listid": "ant.example.com"}
            name = f"{1_763_712_345 + number}.5+{random.Random(number).randbytes(20).hex()}"
            entry = site.queues["out"].create(name, "k:00", None, data)
            site.queues["out"].remove(name)
            site.deliveries.record(
                name, f"<{number}@example.com>", "ant.example.com", entry.recipients, states
            )
        session.commit()
    session.close()


def measure(ini: Path, records: int) -> None:
    """In a process of its own: print what it takes, as JSON."""
    settings = load(ini)
    with database_of(settings) as database:
        engine = compose(settings, "bench")
        session = database.session()

        def search() -> float:
            start = time.perf_counter()
            found = find_address(engine, session.begin(), LONELY, seconds=60.0)
            seconds = time.perf_counter() - start
            assert len(found.entries) == 1
            session.abort()
            return seconds

        def ask() -> float:
            start = time.perf_counter()
            message_id = f"<{records // 2}@example.com>"
            found = find_message(engine, session.begin(), message_id, LONELY)
            seconds = time.perf_counter() - start
            assert len(found.entries) == 1
            session.abort()
            return seconds

        one = ask()
        cold = search()
        warm = statistics.median(search() for _ in range(5))
        session.close()
        engine.close()
    print(json.dumps({"message cold": one, "address cold": cold, "address warm": warm}))


def main() -> None:
    """Measure the format, then the search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--recipients", type=int, default=100, help="of each record")
    parser.add_argument("--rounds", type=int, default=5, help="processes that search")
    parser.add_argument("--measure", metavar="INI", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(Path(options.measure), options.records)
        return
    format_figures()
    with tempfile.TemporaryDirectory(prefix="l") as folder:
        ini = Path(folder) / "bench.ini"
        ini.write_text("[webservice]\nadmin_pass = restpass\n", encoding="utf-8")
        settings = load(ini)
        with database_of(settings) as database:
            data = next(settings.paths.data_dir.glob("*.fs"))
            before, start = data.stat().st_size, time.perf_counter()
            fill(database, options.records, options.recipients)
            seconds, grown = time.perf_counter() - start, data.stat().st_size - before
            print(
                f"{options.records} records of {options.recipients} in {seconds:.2f} s,"
                f" {grown / options.records:.0f} bytes each (with the entry in the queue)"
            )
            search(ini, options)


def search(ini: Path, options: argparse.Namespace) -> None:
    """Search in several processes."""
    command = [sys.executable, __file__, "--measure", str(ini), "--records", str(options.records)]
    results = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        for _ in range(options.rounds)
    ]
    for kind in results[0]:
        seconds = [result[kind] for result in results]
        print(
            f"{kind}: {statistics.median(seconds) * 1000:.1f} ms"
            f" [{min(seconds) * 1000:.1f}..{max(seconds) * 1000:.1f}]",
            flush=True,
        )


if __name__ == "__main__":
    main()
