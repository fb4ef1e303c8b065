"""An SMTP server that is slow, rude, broken and untruthful at times, and remembers what it took.

How it treats a recipient follows from the address and the seed, how it treats a connection
from the seed and the connection's number.  What it knows afterwards is in `Truth`: every copy
that it kept, and whether the client could know that.  It serves several thousand transactions
a second from a thread of its own.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvloop

MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(<[^>\r\n]*>)", re.I | re.M)
#: Recipients here are told to come back later as often as not, so many times in all.
SLOW_DOMAIN, MOST_SLOWED = "slow.example.org", 3

#: How often something out of the ordinary happens, in 10,000 commands.
SHARES = {
    # What can happen at the end of a content.  Those marked «kept» leave the client in doubt.
    "refused for now": ("dot", 60),
    "refused for good": ("dot", 10),
    "refused with 421": ("dot", 10),
    "said twice": ("dot", 10),
    "dripped": ("dot", 10),
    "taken, then 421": ("dot", 10),
    "taken, then half-closed": ("dot", 10),
    "dropped": ("dot", 6),
    "dropped, kept": ("dot", 6),
    "dropped in the reply": ("dot", 2),
    "dropped in the reply, kept": ("dot", 2),
    "half-closed": ("dot", 3),
    "half-closed, kept": ("dot", 3),
    "gibberish, kept": ("dot", 2),
    "stalled": ("dot", 1),
    "stalled, kept": ("dot", 1),
    # At the beginning of a content.
    "content refused for now": ("data", 20),
    "content refused for good": ("data", 5),
    "dropped in the content": ("data", 10),
    "stalled before the content": ("data", 1),
    # At a recipient.
    "recipient told twice": ("rcpt", 5),
    "recipient gets 421": ("rcpt", 5),
    "recipient dropped": ("rcpt", 5),
    "recipient stalled": ("rcpt", 1),
    # At a sender.
    "sender refused for now": ("mail", 10),
    "sender half-closed": ("mail", 3),
    # At a connection.
    "greeting refused": ("connect", 300),
    "greeting dropped": ("connect", 300),
    "greeting stalled": ("connect", 50),
}
#: What was not kept, though nothing was said against it.
LOST = ("dropped", "dropped in the reply", "half-closed", "stalled")


@dataclass
class Truth:
    """What the server knows; one row is one recipient of one message."""

    #: Copies that it kept …
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: … and of these the ones for which the client got no whole reply.
    silent: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: Recipients of whose content the client got no whole reply, kept or not.
    unanswered: set[str] = field(default_factory=set)
    #: Recipients that it refused for good, at least once.
    refused: set[str] = field(default_factory=set)
    tricks: Counter[str] = field(default_factory=Counter)
    #: What was wrong with copies.
    wrong: list[str] = field(default_factory=list)
    connections: int = 0
    #: Those of now.
    open: int = 0
    transactions: int = 0
    slowed: int = 0


@dataclass
class Character:
    """What the server is like."""

    seed: int = 1
    #: A multiple of `SHARES`; 0: it is honest and never fails.
    malice: float = 1.0
    #: Seconds that it takes to answer to the end of a content.
    delay: float = 0.0
    #: Connections that it takes at a time; 0: any number.
    most: int = 0

    def __post_init__(self) -> None:
        self.tables: dict[str, list[tuple[float, str]]] = {}
        for trick, (moment, share) in SHARES.items():
            table = self.tables.setdefault(moment, [])
            before = table[-1][0] if table else 0.0
            table.append((before + self.malice * share / 10_000, trick))

    def trick(self, moment: str, rng: random.Random) -> str:
        """What goes wrong at this moment; as a rule nothing."""
        table, drawn = self.tables[moment], rng.random()
        if drawn >= table[-1][0]:
            return ""
        return next(trick for limit, trick in table if drawn < limit)

    def fate(self, recipient: str) -> str:
        """How a recipient is always treated: `gone`, `full`, `busy`, `slow` or ``."""
        if not self.malice:
            return ""
        number = zlib.crc32(f"{self.seed}:{recipient}".encode()) % 1000
        if number < 10:
            return "gone"
        if number < 13:
            return "full"
        if number < 30:
            return "busy"
        return "slow" if recipient.endswith(f"@{SLOW_DOMAIN}") else ""


#: (message id, envelope sender, recipients, content): what is wrong with a copy, or nothing.
Check = Callable[[str, str, list[str], bytes], str]


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, truth: Truth, character: Character, check: Check) -> None:
        self.truth, self.character, self.check = truth, character, check
        truth.connections += 1
        self.rng = random.Random(f"{character.seed}:{truth.connections}")
        self.chunking = bool(character.malice) and self.rng.random() < 0.5
        self.buffer = bytearray()
        self.out = bytearray()
        #: Nothing is answered any more.
        self.over = False
        #: A reply is on its way; what comes in waits for it.
        self.late = False
        self.forget()

    def forget(self) -> None:
        """Begin a new transaction."""
        self.sender, self.recipients = "", list[str]()
        self.content, self.chunk, self.reading, self.last = bytearray(), 0, "", False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.truth.open += 1
        if 0 < self.character.most < self.truth.open:
            self.truth.tricks["one connection too many"] += 1
            self.end(b"421 4.7.0 too many connections from you\r\n")
            return
        trick = self.trick("connect")
        if trick == "greeting refused":
            self.end(b"421 4.3.2 not now\r\n")
        elif trick:
            self.leave(stall=trick == "greeting stalled")
        else:
            transport.write(b"220 sink.example.net ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        if not self.over:
            self.buffer += data
            self.go_on()

    def connection_lost(self, error: Exception | None) -> None:
        self.truth.open -= 1

    def eof_received(self) -> bool:
        return False

    def go_on(self) -> None:
        """Deal with all that has come."""
        while not self.over and not self.late and self.step():
            pass
        if self.out and not self.transport.is_closing():
            self.transport.write(bytes(self.out))
        self.out.clear()

    def step(self) -> bool:
        """Deal with one command or one content; returns whether there was a whole one."""
        if self.reading == "data":
            end = self.buffer.find(b"\r\n.\r\n")
            if end < 0:
                return False
            self.content += self.buffer[: end + 2].replace(b"\r\n..", b"\r\n.")
            del self.buffer[: end + 5]
            self.take()
            return True
        if self.reading == "chunk":
            if len(self.buffer) < self.chunk:
                return False
            self.content += self.buffer[: self.chunk]
            del self.buffer[: self.chunk]
            self.reading = ""
            if not self.recipients:
                # The chunk came nevertheless (RFC 3030, 4.1).
                self.content.clear()
                self.out += b"503 5.5.1 no recipients\r\n"
            elif self.last:
                self.take()
            else:
                self.out += b"250 2.0.0 go on\r\n"
            return True
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        self.command(line)
        return True

    def command(self, line: bytes) -> None:
        """Answer to a command."""
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.rcpt(_address(line))
        elif verb == b"MAIL":
            self.mail(_address(line))
        elif verb in (b"DATA", b"BDAT"):
            self.data(line)
        elif verb == b"EHLO":
            self.out += b"250-sink.example.net\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n"
            self.out += b"250-8BITMIME\r\n" + (b"250-CHUNKING\r\n" if self.chunking else b"")
            self.out += b"250 SIZE 100000000\r\n"
        elif verb == b"QUIT":
            self.end(b"221 2.0.0 bye\r\n")
        elif verb == b"RSET":
            self.forget()
            self.out += b"250 2.0.0 ok\r\n"
        else:
            self.out += b"250 2.0.0 ok\r\n" if verb == b"NOOP" else b"500 5.5.2 what?\r\n"

    def mail(self, sender: str) -> None:
        self.forget()
        trick = self.trick("mail")
        if trick == "sender refused for now":
            self.out += b"451 4.3.0 come back later\r\n"
            return
        self.sender = sender
        self.out += b"250 2.1.0 ok\r\n"
        if trick:
            self.half_close()

    def rcpt(self, recipient: str) -> None:
        if not self.sender:
            self.out += b"503 5.5.1 sender first\r\n"
            return
        fate = self.character.fate(recipient)
        if fate == "gone":
            self.truth.refused.add(recipient)
            self.out += b"550 5.1.1 nobody of that name\r\n"
        elif fate == "full":
            self.out += b"452 4.2.2 mailbox full\r\n"
        elif fate == "busy" and self.rng.random() < 0.5:
            self.out += b"450 4.2.1 mailbox busy\r\n"
        elif fate == "slow" and self.truth.slowed < MOST_SLOWED and self.rng.random() < 0.5:
            self.truth.slowed += 1
            self.out += b"451 4.7.1 too many messages, slow down\r\n"
        elif trick := self.trick("rcpt"):
            self.trick_recipient(trick, recipient)
        else:
            self.recipients.append(recipient)
            self.out += b"250 2.1.5 ok\r\n"

    def trick_recipient(self, trick: str, recipient: str) -> None:
        if trick == "recipient told twice":
            self.recipients.append(recipient)
            self.out += b"250 2.1.5 ok\r\n250 2.1.5 ok\r\n"
        elif trick == "recipient gets 421":
            self.end(b"421 4.3.2 closing\r\n")
        else:
            self.leave(stall=trick == "recipient stalled")

    def data(self, line: bytes) -> None:
        chunk = line[:4].upper() == b"BDAT"
        if chunk:
            words = line.split()
            self.chunk, self.last = int(words[1]), len(words) > 2
        if not self.recipients and not chunk:
            self.out += b"503 5.5.1 no recipients\r\n"
            return
        trick = self.trick("data") if self.recipients and not self.content else ""
        if trick in ("content refused for now", "content refused for good") and not chunk:
            if trick.endswith("good"):
                self.truth.refused.update(self.recipients)
            self.out += b"554 5.7.1 no\r\n" if trick.endswith("good") else b"451 4.3.0 later\r\n"
            self.forget()
        elif trick in ("dropped in the content", "stalled before the content"):
            self.truth.unanswered.update(self.recipients)
            self.leave(stall=trick.startswith("stalled"))
        else:
            self.reading = "chunk" if chunk else "data"
            if not chunk:
                self.out += b"354 go on\r\n"

    def take(self) -> None:
        """A whole content has come."""
        self.truth.transactions += 1
        sender, recipients, content = self.sender, self.recipients, bytes(self.content)
        self.forget()
        trick = self.trick("dot")
        if trick.startswith("refused"):
            self.refuse(trick, recipients)
            return
        kept, lost = "kept" in trick, trick in LOST
        if kept or lost:
            self.truth.unanswered.update(recipients)
        if not lost:
            self.keep(sender, recipients, content, silent=kept)
        if self.character.delay:
            self.late = True
            loop = asyncio.get_running_loop()
            loop.call_later(self.character.delay, self.answer_late, trick)
        else:
            self.answer(trick)

    def keep(self, sender: str, recipients: list[str], content: bytes, silent: bool) -> None:
        found = MESSAGE_ID.search(content)
        message_id = found[1].decode() if found else "?"
        for recipient in recipients:
            self.truth.taken[message_id, recipient] += 1
            if silent:
                self.truth.silent[message_id, recipient] += 1
        if problem := self.check(message_id, sender, recipients, content):
            self.truth.wrong.append(problem)

    def refuse(self, trick: str, recipients: list[str]) -> None:
        """The content is not wanted."""
        if trick == "refused with 421":
            self.end(b"421 4.3.2 closing\r\n")
        elif trick == "refused for good":
            self.truth.refused.update(recipients)
            self.out += b"554 5.6.0 not such a thing\r\n"
        else:
            self.out += b"451 4.3.0 come back later\r\n"

    def answer_late(self, trick: str) -> None:
        self.late = False
        if not self.over:
            self.answer(trick)
            self.go_on()

    def answer(self, trick: str) -> None:
        """The reply to a content that was kept, or a lie about one that was not."""
        ok = b"250 2.0.0 taken\r\n"
        if trick in ("", "said twice", "taken, then half-closed"):
            self.out += ok * (2 if trick == "said twice" else 1)
            if trick == "taken, then half-closed":
                self.half_close()
        elif trick == "taken, then 421":
            self.end(ok + b"421 4.3.2 closing\r\n")
        elif trick == "dripped":
            self.flush()
            self.late = True
            self.drip(ok)
        elif trick.startswith("half-closed"):
            self.half_close()
        elif trick.startswith("gibberish"):
            self.end(b"\0\xff what\r\n")
        elif trick.startswith("dropped in the reply"):
            self.end(b"250 2.0")
        else:
            self.leave(stall=trick.startswith("stalled"))

    def drip(self, rest: bytes) -> None:
        """Send a reply byte by byte."""
        if rest and not self.transport.is_closing():
            self.transport.write(rest[:1])
            asyncio.get_running_loop().call_later(0.002, self.drip, rest[1:])
        else:
            self.late = False
            self.go_on()

    def trick(self, moment: str) -> str:
        trick = self.character.trick(moment, self.rng)
        if trick:
            self.truth.tricks[trick] += 1
        return trick

    def half_close(self) -> None:
        """Send no more; what comes in is read and ignored."""
        self.flush()
        self.over = True
        if not self.transport.is_closing():
            self.transport.write_eof()

    def end(self, reply: bytes) -> None:
        """Say something and close, a moment later: else it might get lost on its way."""
        self.out += reply
        self.half_close()
        asyncio.get_running_loop().call_later(0.2, self.transport.close)

    def leave(self, stall: bool) -> None:
        """Say nothing more, and close unless the client is to wait."""
        self.flush()
        self.over = True
        if not stall:
            self.transport.close()

    def flush(self) -> None:
        if self.out and not self.transport.is_closing():
            self.transport.write(bytes(self.out))
        self.out.clear()


def _address(line: bytes) -> str:
    return line[line.find(b"<") + 1 : line.find(b">")].decode("utf-8", "replace")


def serve(port: int, truth: Truth, character: Character, check: Check) -> None:
    """Serve in a thread of its own, for as long as the process lives."""
    loop = uvloop.new_event_loop()
    server = loop.create_server(lambda: Session(truth, character, check), "127.0.0.1", port)
    loop.run_until_complete(server)
    threading.Thread(target=loop.run_forever, daemon=True).start()
