"""How fast mail leaves: our pipelining client against plain smtplib, and against bare sockets.

    python bench/smtp_out.py [--recipients 100000] [--per-transaction 10] [--size 1200]
        [--copies 10000] [--copy-size 5000]

All deliver to the same server on this machine: `smtp-sink` of Postfix where it
is installed, else a small one of ours.  First the same message to all, by ours
and by smtplib.  Then copies of their own that are ready-made: by a loop that
does no more than to write bytes and count the replies (the raw rate), by our
client, and by all of ours.  "All of ours" is what a delivery costs: dividing it,
marks in the journal with fdatasync, results.  The rounds alternate, and the
median of each kind counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmcore.config import Settings
from mmcore.mta.deliver import Delivery, Transaction
from mmcore.mta.journal import Journal, Reply
from mmcore.mta.outcomes import State
from mmcore.mta.scheduling import Scheduler
from mmcore.mta.smtp import SMTPTransport

SENDER = "test-bounces@example.com"


class Sink(asyncio.Protocol):
    """Accepts everything, as fast as Python can."""

    EHLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"

    def __init__(self) -> None:
        self.buffer, self.in_content = b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies = []
        while True:
            if self.in_content:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    break
                self.buffer, self.in_content = self.buffer[end + 5 :], False
                replies.append(b"250 2.0.0 Ok\r\n")
                continue
            line, line_end, rest = self.buffer.partition(b"\r\n")
            if not line_end:
                break
            self.buffer, verb = rest, line[:4].upper()
            self.in_content = verb == b"DATA"
            answers = {b"EHLO": self.EHLO, b"DATA": b"354 Go\r\n", b"QUIT": b"221 Bye\r\n"}
            replies.append(answers.get(verb, b"250 2.0.0 Ok\r\n"))
        self.transport.write(b"".join(replies))


def run_sink(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@contextmanager
def sink() -> Iterator[tuple[str, int]]:
    """Start a server in a process of its own; its name and port."""
    port, program = free_port(), shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if program:
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        child = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "1000"])
    else:
        child = subprocess.Popen([sys.executable, __file__, "--sink", str(port)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield "smtp-sink" if program else "a sink in Python", port
    finally:
        child.terminate()
        child.wait()


class ReadyMade:
    """Copies that cost nothing to make."""

    def __init__(self, count: int, size: int) -> None:
        self.recipients = [f"member{n:06d}@example.com" for n in range(count)]
        self.copies = [
            (f"test-bounces+member{n:06d}=example.com@example.com", message(size, n))
            for n in range(count)
        ]

    def copy(self, index: int) -> tuple[str, bytes]:
        return self.copies[index]

    def transactions(self) -> Iterator[Transaction]:
        for recipient, (sender, content) in zip(self.recipients, self.copies, strict=True):
            yield Transaction(sender, [recipient], content, canonical=True)


class Careless:
    """An observer that writes nothing down."""

    delivered = 0

    def started(self, transaction: Transaction, positions: Sequence[int]) -> None:
        pass

    def finished(self, transaction: Transaction, replies: Sequence[Reply]) -> None:
        self.delivered += sum(reply.code < 300 for reply in replies)

    def lost(
        self, transaction: Transaction, replies: Sequence[Reply], positions: Sequence[int]
    ) -> None:
        raise AssertionError("lost")


def all_of_ours(settings: Settings, delivery: Delivery) -> None:
    journal = Journal(settings.paths.var_dir / "journal", in_background=True)
    scheduler = Scheduler(journal, settings)
    transport = SMTPTransport(settings)
    scheduler.add(delivery)
    transport.run(scheduler.transactions(), scheduler)
    (result,) = scheduler.finished_deliveries()
    assert result.outcomes.count(State.DELIVERED) == len(delivery.recipients)
    transport.close()
    journal.clear()
    journal.close()


def our_client(settings: Settings, copies: ReadyMade) -> None:
    observer, transport = Careless(), SMTPTransport(settings)
    transport.run(copies.transactions(), observer)
    transport.close()
    assert observer.delivered == len(copies.copies)


def raw_loop(port: int, writes: list[tuple[bytes, int]]) -> None:
    """(bytes, number of replies to wait for) in turns."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.recv(65536)
        sock.sendall(b"EHLO bench\r\n")
        sock.recv(65536)
        for data, replies in writes:
            sock.sendall(data)
            while replies > 0:
                replies -= sock.recv(65536).count(b"\n")


def pipelined(copies: ReadyMade) -> list[tuple[bytes, int]]:
    """What `raw_loop` is to write: content and next envelope together, as our client does."""
    envelopes = [
        f"MAIL FROM:<{sender}> SIZE={len(content)}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()
        for recipient, (sender, content) in zip(copies.recipients, copies.copies, strict=True)
    ]
    contents = [content + b".\r\n" for _, content in copies.copies]
    joined = [(content + envelope, 4) for content, envelope in zip(contents, envelopes[1:])]  # noqa: B905
    return [(envelopes[0], 3), *joined, (contents[-1], 1)]


def plain_smtplib(settings: Settings, recipients: list[str], content: bytes) -> None:
    most = settings.mta.max_recipients
    with smtplib.SMTP(settings.mta.smtp_host, settings.mta.smtp_port) as client:
        for start in range(0, len(recipients), most):
            refused = client.sendmail(SENDER, recipients[start : start + most], content)
            assert not refused


def measure(work: Callable[[], None]) -> tuple[float, float]:
    """(seconds, CPU seconds of this process)"""
    cpu, start = time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


def message(size: int, number: int = 0) -> bytes:
    text = b"From: anne@example.com\r\nTo: test@example.com\r\nSubject: A post %d\r\n\r\n" % number
    line = b"All work and no play makes Jack a dull boy, again and again.\r\n"
    return text + line * max(1, (size - len(text)) // len(line))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--per-transaction", type=int, default=10)
    parser.add_argument("--size", type=int, default=1200)
    parser.add_argument("--copies", type=int, default=10_000)
    parser.add_argument("--copy-size", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sink", type=int, metavar="PORT", help="only be the server")
    return parser.parse_args()


def compare(
    title: str, count: int, rounds: int, kinds: dict[str, Callable[[], None]]
) -> dict[str, tuple[float, float]]:
    """Measure all kinds in turns and print; (recipients/s, CPU for each of them) of each kind."""
    figures: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, work in kinds.items():
            figures[kind].append(measure(work))
    print(title)
    medians = {}
    for kind, rows in figures.items():
        seconds = statistics.median(row[0] for row in rows)
        cpu = statistics.median(row[1] for row in rows) / count * 1e6
        medians[kind] = count / seconds, cpu
        print(f"{kind:11} {count / seconds:9.0f} recipients/s {cpu:6.2f} us CPU per recipient")
    return medians


def main() -> None:
    wanted = options()
    if wanted.sink:
        run_sink(wanted.sink)
    domains = ("example.com", "example.org", "example.net", "example.de", "example.edu")
    recipients = [f"member{n:06d}@{domains[n % 5]}" for n in range(wanted.recipients)]
    content = message(wanted.size)
    bulk = Delivery("bulk", SENDER, recipients, content)
    made = ReadyMade(wanted.copies, wanted.copy_size)
    copies = Delivery("copies", "", made.recipients, b"", copies=made)
    writes = pipelined(made)
    with tempfile.TemporaryDirectory() as folder, sink() as (name, port):
        mta = {"smtp_host": "127.0.0.1", "smtp_port": port}
        settings = Settings.defaults(
            folder, {"mta": mta | {"max_recipients": wanted.per_transaction}}
        )
        found = compare(
            f"one message of {len(content)} bytes for {wanted.recipients} recipients, "
            f"{wanted.per_transaction} per transaction, to {name}; median of {wanted.rounds}",
            wanted.recipients,
            wanted.rounds,
            {
                "ours": lambda: all_of_ours(settings, bulk),
                "smtplib": lambda: plain_smtplib(settings, recipients, content),
            },
        )
        rate, cpu = (found["ours"][n] / found["smtplib"][n] for n in (0, 1))
        print(f"ratio       {rate:9.2f} x the rate, {cpu:.2f} x the CPU\n")
        found = compare(
            f"{wanted.copies} copies of {len(made.copies[0][1])} bytes, one recipient each",
            wanted.copies,
            wanted.rounds,
            {
                "raw": lambda: raw_loop(port, writes),
                "our client": lambda: our_client(settings, made),
                "all of ours": lambda: all_of_ours(settings, copies),
            },
        )
        for kind in ("our client", "all of ours"):
            print(f"{kind} reaches {100 * found[kind][0] / found['raw'][0]:.0f} % of the raw rate")


if __name__ == "__main__":
    main()
