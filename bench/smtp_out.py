"""How fast mail leaves: our pipelining client against plain smtplib, as a ratio.

    python bench/smtp_out.py [--recipients 100000] [--per-transaction 10] [--size 1200]

Both deliver the same message to the same server on this machine: `smtp-sink`
of Postfix where it is installed, else a small one of ours.  Ours includes all
that a delivery costs: chunking, marks in the journal with fdatasync, results.
The rounds alternate, and the median of each kind counts.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmcore.config import Settings
from mmcore.mta.chunking import chunks
from mmcore.mta.deliver import Delivery, deliver
from mmcore.mta.journal import Journal
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


def ours(settings: Settings, recipients: list[str], content: bytes) -> None:
    journal = Journal(settings.paths.var_dir / "journal")
    transport = SMTPTransport(settings)
    delivery = Delivery("bench", SENDER, recipients, content)
    (result,) = deliver([delivery], transport, journal, settings)
    assert len(result.delivered) == len(recipients)
    transport.close()
    journal.clear()
    journal.close()


def plain_smtplib(settings: Settings, recipients: list[str], content: bytes) -> None:
    with smtplib.SMTP(settings.mta.smtp_host, settings.mta.smtp_port) as client:
        for indices in chunks(recipients, settings.mta.max_recipients):
            refused = client.sendmail(SENDER, [recipients[index] for index in indices], content)
            assert not refused


def measure(work: Callable[[], None]) -> tuple[float, float]:
    """(seconds, CPU seconds of this process)"""
    cpu, start = time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


def message(size: int) -> bytes:
    text = b"From: anne@example.com\r\nTo: test@example.com\r\nSubject: A post\r\n\r\n"
    line = b"All work and no play makes Jack a dull boy, again and again.\r\n"
    return text + line * max(1, (size - len(text)) // len(line))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--per-transaction", type=int, default=10)
    parser.add_argument("--size", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sink", type=int, metavar="PORT", help="only be the server")
    options = parser.parse_args()
    if options.sink:
        run_sink(options.sink)
    domains = ("example.com", "example.org", "example.net", "example.de", "example.edu")
    recipients = [f"member{n:06d}@{domains[n % 5]}" for n in range(options.recipients)]
    content = message(options.size)
    figures: dict[str, list[tuple[float, float]]] = {"ours": [], "smtplib": []}
    with tempfile.TemporaryDirectory() as folder, sink() as (name, port):
        mta = {"smtp_host": "127.0.0.1", "smtp_port": port}
        settings = Settings.defaults(
            folder, {"mta": mta | {"max_recipients": options.per_transaction}}
        )
        for _ in range(options.rounds):
            figures["ours"].append(measure(lambda: ours(settings, recipients, content)))
            figures["smtplib"].append(
                measure(lambda: plain_smtplib(settings, recipients, content))
            )
    print(
        f"{options.recipients} recipients, {options.per_transaction} per transaction, "
        f"{len(content)} bytes, to {name}; median of {options.rounds}"
    )
    medians = {}
    for kind, rounds in figures.items():
        seconds = statistics.median(row[0] for row in rounds)
        cpu = statistics.median(row[1] for row in rounds) / options.recipients * 1e6
        medians[kind] = options.recipients / seconds, cpu
        print(f"{kind:8} {medians[kind][0]:9.0f} recipients/s {cpu:6.2f} us CPU per recipient")
    rate, cpu = (medians["ours"][n] / medians["smtplib"][n] for n in (0, 1))
    print(f"ratio    {rate:9.2f} x the rate, {cpu:.2f} x the CPU")


if __name__ == "__main__":
    main()
