"""What a large message costs in memory: each process's peak, as a multiple of the message.

    python bench/large_message.py [--megabytes 30] [--footer] [--text]

Posts a message to a list of two members in a whole engine, and reads how much the peak
resident size (VmHWM) of each process grew while it passed through.  A growth of 2 means
that the process held the message and a copy of it at its worst moment.  With `--text` the
message is one text of that size instead of one with an attachment; without `--footer` the
list adds nothing to posts.
"""

from __future__ import annotations

import argparse
import base64
import os
import smtplib
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.engine import RunningEngine, until

MEMBERS = ["anne@example.com", "bart@example.com"]
LIST = "large@example.com"
PROCESSES = ("zeo", "lmtp", "in", "pipeline", "out")


def message(size: int, text: bool) -> bytes:
    """A post of about `size` bytes: with an attachment in base64, or one text."""
    head = (
        "From: Anne <anne@example.com>\r\nTo: large@example.com\r\nSubject: large\r\n"
        "Message-ID: <large@example.com>\r\nMIME-Version: 1.0\r\n"
    )
    if text:
        line = "All work and no play makes Jack a dull boy; so does all play.\r\n"
        body = "Content-Type: text/plain\r\n\r\n" + line * (size // len(line))
        return (head + body).encode()
    data = base64.encodebytes(os.urandom(size * 3 // 4)).replace(b"\n", b"\r\n")
    return b"".join(
        (
            head.encode(),
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n',
            b"--b\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n",
            b"--b\r\nContent-Type: application/octet-stream\r\n",
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            data,
            b"--b--\r\n",
        )
    )


def peak(pid: int) -> int:
    """The largest resident size that a process has had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmHWM of process {pid}")


def reset_peak(pid: int) -> None:
    """Make the peak the present size."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class Drain(threading.Thread):
    """An SMTP server that takes all and keeps nothing: counts ends of data."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.messages = 0

    def run(self) -> None:
        """Serve one connection after the other."""
        while True:
            connection, _ = self.server.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        file = connection.makefile("rwb")
        file.write(b"220 drain\r\n")
        file.flush()
        for line in file:
            word = line[:4].upper()
            if word == b"EHLO":
                file.write(b"250-drain\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif word == b"DATA":
                file.write(b"354 go on\r\n")
                file.flush()
                while file.readline() != b".\r\n":
                    pass
                self.messages += 1
                file.write(b"250 ok\r\n")
            elif word == b"QUIT":
                file.write(b"221 bye\r\n")
                file.flush()
                return
            else:
                file.write(b"250 ok\r\n")
            file.flush()


def measure(size: int, text: bool, footer: bool) -> None:
    """One message through a new engine."""
    drain = Drain()
    drain.start()
    with tempfile.TemporaryDirectory() as directory:
        engine = RunningEngine(Path(directory), drain.port)
        engine.set("mmcore", max_message_bytes=size * 2)
        engine.start()
        try:
            engine.create_list(LIST, MEMBERS)
            changes = {"max_message_size": 0, "digests_enabled": False}
            status, answer = engine.rest("PATCH", "/lists/large.example.com/config", **changes)
            assert status == 204, answer
            if not footer:
                templates = engine.var / "templates/site/en"
                templates.mkdir(parents=True)
                (templates / "list:member:regular:footer.txt").write_text("")
            data = message(1000, text)
            with smtplib.LMTP("127.0.0.1", engine.lmtp_port) as session:
                session.sendmail(MEMBERS[0], [LIST], data)
            until(lambda: drain.messages == 1)
            data = message(size, text)
            pids = {name: engine.pid_of(name) for name in PROCESSES}
            before = {}
            for name, pid in pids.items():
                reset_peak(pid)
                before[name] = peak(pid)
            started = time.monotonic()
            with smtplib.LMTP("127.0.0.1", engine.lmtp_port, timeout=120) as session:
                session.sendmail(MEMBERS[0], [LIST], data)
            accepted = time.monotonic() - started
            until(lambda: drain.messages == 2, 120)
            seconds = time.monotonic() - started
            print(f"{len(data) / 2**20:.1f} MiB, text={text}, footer={footer}:", end=" ")
            print(f"accepted in {accepted:.2f} s, delivered in {seconds:.2f} s; peaks grew by")
            for name, pid in pids.items():
                grown = peak(pid) - before[name]
                print(f"  {name:10}{grown / 2**20:8.1f} MiB ={grown / len(data):6.2f} messages")
        finally:
            engine.stop()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--megabytes", type=int, default=30)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--footer", action="store_true")
    options = parser.parse_args()
    measure(options.megabytes * 2**20, options.text, options.footer)


if __name__ == "__main__":
    main()
