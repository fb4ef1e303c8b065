"""What does it cost to make each recipient a copy of their own?

    python bench/copies.py --members 100000

Makes a site with a list of so many members, each with a user and a name, one in eight of them not
in ASCII.  Then a process that has seen nothing of it yet prepares the copies of a post of 5 KB,
with VERP sender, the recipient in To, the token of one-click unsubscription and a footer with the
name, as the out runner does: the first time is «cold», the median of later ones «warm».  The bytes
for each recipient are those that Python holds for the prepared copies besides the addresses, and
the most that the process grew by while it prepared them the first time, the storage client's cache
included.  A copy is measured in CPU time.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

from mmcore.app import compose, database_of
from mmcore.config import load
from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.message import Message
from mmcore.pipelines.finishing import Departure, depart
from mmcore.queue.address_lines import AddressLines

LIST_ID = "copies.example.com"
INI = """\
[webservice]
admin_pass = restpass
[mta]
verp_personalized_deliveries = yes
[public]
url = https://lists.example.com
"""
FOOTER = """\
--
You get this as $user_name_or_email <$user_email>, a member of $fqdn_listname.
"""
NAMES = ("Anne Person", "Bart", "Cris van Dyke", "Dörte Groß", "Elle", "Fred Q.", "Gwen", "Ida")
#: Footers by what they ask for, see `--ask`: the last two have members loaded.
ASKED = {"name": FOOTER, "original": FOOTER + "$member\n", "language": FOOTER + "$user_language\n"}


def person(number: int) -> str:
    """The address of a member."""
    return f"member{number:07d}@example.net"


def fill(database: Any, engine: Any, members: int) -> None:
    """Make the list; a thousand members a transaction."""
    session = database.session()
    site = session.begin()
    site.domains.add("example.com")
    mlist = site.lists.add("copies@example.com")
    engine.styles["legacy-default"].apply(mlist)
    mlist.personalize = Personalization.full
    session.commit()
    for start in range(0, members, 1000):
        site = session.begin()
        mlist = site.lists.get(LIST_ID)
        for number in range(start, min(members, start + 1000)):
            site.users.make(person(number), NAMES[number % len(NAMES)])
            mlist.subscribe(site.addresses.get(person(number)))
        session.commit()
        session.connection.cacheGC()
    session.close()


def post() -> Message:
    """A post of 5 KB as it lies in the queue `out`."""
    header = (
        "From: anne@example.org\r\nTo: copies@example.com\r\nSubject: [Copies] A post\r\n"
        "Message-ID: <post@example.org>\r\nDate: Mon, 20 Nov 2023 10:00:00 +0100\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "List-Unsubscribe: <mailto:copies-leave@example.com>\r\n\r\n"
    )
    line = "What is said to all members of a list is the same for each of them.\r\n"
    return Message.parse((header + line * 66).encode())


def once(engine: Any, session: Any, recipients: Any) -> tuple[float, Departure]:
    """Seconds of preparing all copies, and what comes of it."""
    start = time.perf_counter()
    mlist = session.begin().lists.get(LIST_ID)
    departure = depart(engine, mlist, post(), {"listid": LIST_ID, "recipients": recipients})
    session.abort()
    return time.perf_counter() - start, departure


def make_all(departure: Departure) -> float:
    """CPU seconds for one copy, on average."""
    assert departure.copies is not None
    count = len(departure.recipients)
    start = time.process_time()
    for index in range(count):
        departure.copies.copy(index)
    return (time.process_time() - start) / count


def resident(key: str) -> int:
    """Memory of this process in bytes: VmRSS now, VmHWM the most since `forget_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{key}:")[2].split()[0]) * 1024


def forget_peak() -> None:
    """From now on the peak is counted anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def measure(ini: Path, members: int) -> None:
    """In a process of its own: print what it takes, as JSON."""
    settings = load(ini)
    recipients = AddressLines.of(map(person, range(members)))
    with database_of(settings) as database:
        engine = compose(settings, "bench")
        session = database.session()
        # What is loaded once, whatever there is to do.
        few, _departure = once(engine, session, recipients[:10])
        forget_peak()
        before = resident("VmRSS")
        cold, departure = once(engine, session, recipients)
        grown = resident("VmHWM") - before
        warm = statistics.median(once(engine, session, recipients)[0] for _ in range(5))
        make_all(departure)
        copy = statistics.median(make_all(departure) for _ in range(3))
        del departure
        gc.collect()
        tracemalloc.start()
        departure = once(engine, session, recipients)[1]
        gc.collect()
        held = sum(
            trace.size
            for trace in tracemalloc.take_snapshot().statistics("filename")
            if "/pipelines/" in trace.traceback[0].filename
        )
        tracemalloc.stop()
        session.close()
        engine.close()
    assert departure.copies is not None
    print(json.dumps({
        "few": few * 1e3, "cold": cold, "warm": warm, "copy": copy * 1e3,
        "held": held / members, "grown": grown / members,
        "size": len(departure.copies.copy(0)[1]),
    }))  # fmt: skip


def main() -> None:
    """Make the site, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="processes")
    parser.add_argument("--ask", choices=ASKED, default="name", help="what the footer tells")
    parser.add_argument("--measure", type=Path, metavar="INI", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.members)
        return
    with tempfile.TemporaryDirectory(prefix="c") as folder:
        ini = Path(folder) / "bench.ini"
        ini.write_text(INI, encoding="utf-8")
        settings = load(ini)
        with database_of(settings) as database:
            engine = compose(settings, "bench")
            start = time.perf_counter()
            fill(database, engine, options.members)
            seconds = time.perf_counter() - start
            print(f"{options.members} members in {seconds:.0f} s", flush=True)
            texts = settings.paths.template_dir / "site" / "en"
            texts.mkdir(parents=True)
            footer = texts / "list.member.regular.footer.txt"
            footer.write_text(ASKED[options.ask], encoding="utf-8")
            report(ini, options.members, options.rounds)
            engine.close()


def report(ini: Path, members: int, rounds: int) -> None:
    """Measure in several processes, and print the medians."""
    command = [sys.executable, __file__, "--measure", str(ini), "--members", str(members)]
    results = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        for _ in range(rounds)
    ]
    for key, unit, what in (
        ("few", "ms", "preparing ten"),
        ("cold", "s", "preparing all, cold"),
        ("warm", "s", "preparing all, warm"),
        ("copy", "ms", "CPU for a copy"),
        ("held", "bytes", "held for each recipient"),
        ("grown", "bytes", "growth of the process for each recipient"),
        ("size", "bytes", "of a copy"),
    ):
        values = [result[key] for result in results]
        print(f"{what}: {statistics.median(values):.4g} {unit}"
              f" [{min(values):.4g}..{max(values):.4g}]", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
