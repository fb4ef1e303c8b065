"""A nameserver that says what it is told, over UDP and TCP on one port of localhost.

    with Nameserver() as nameserver:
        nameserver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        ...
        nameserver.asked

It answers for the whole DNS, as the resolver of a site does.  Names that it was not told of do
not exist.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

#: What answers without TTL of their own have, and how long it is so that a name does not exist.
TTL = 300
#: Above this an answer over UDP is cut off, and asked for again over TCP.
LARGEST = 512


class Nameserver:
    """See the docstring of the module."""

    def __init__(self) -> None:
        #: (name, type) -> texts of records, and their TTL.
        self.records: dict[tuple[str, str], tuple[list[str], int]] = {}
        #: Names whose questions get this response code instead of an answer.
        self.codes: dict[str, dns.rcode.Rcode] = {}
        #: Names about which it says nothing; `*` stands for all.
        self.silent: set[str] = set()
        #: Seconds that each answer takes.
        self.delay = 0.0
        self.negative_ttl = TTL
        #: (name, type) of each question, in order.
        self.asked: list[tuple[str, str]] = []
        self.tcp_questions = 0
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._udp, self._tcp = _two_sockets()
        self.port: int = self._udp.getsockname()[1]

    def add(self, name: str, kind: str, *texts: str, ttl: int = TTL) -> None:
        """Tell it a record as in a zone file; with none the name exists but has no such record."""
        known = self.records.setdefault((name.lower(), kind), ([], ttl))[0]
        known.extend(texts)
        self.records[name.lower(), kind] = (known, ttl)

    def txt(self, name: str, *values: str, ttl: int = TTL) -> None:
        """Tell it TXT records; long ones are divided into strings of 255 octets."""
        for value in values:
            strings = [value[at : at + 255] for at in range(0, len(value), 255)] or [""]
            text = " ".join('"' + part.replace("\\", r"\\").replace('"', r"\"") + '"'
                            for part in strings)  # fmt: skip
            self.add(name, "TXT", text, ttl=ttl)

    def settings(self) -> dict[str, object]:
        """Settings of `[dmarc]` by which an engine asks this server."""
        return {"nameservers": "127.0.0.1", "nameserver_port": self.port}

    def names(self) -> list[str]:
        """The names that were asked for, in order."""
        return [name for name, _kind in self.asked]

    def __enter__(self) -> Self:
        for serve in (self._serve_udp, self._serve_tcp):
            thread = threading.Thread(target=serve, daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self) -> None:
        while not self._stopping.is_set():
            try:
                data, client = self._udp.recvfrom(65535)
            except TimeoutError:
                continue
            answer = self._answer(data)
            if answer is not None:
                wire = answer.to_wire()
                if len(wire) > LARGEST:
                    cut = dns.message.make_response(dns.message.from_wire(data))
                    cut.flags |= dns.flags.TC
                    wire = cut.to_wire()
                self._udp.sendto(wire, client)

    def _serve_tcp(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _client = self._tcp.accept()
            except TimeoutError:
                continue
            with connection, suppress(OSError):
                connection.settimeout(5)
                head = connection.recv(2, socket.MSG_WAITALL)
                data = connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                self.tcp_questions += 1
                answer = self._answer(data)
                if answer is not None:
                    wire = answer.to_wire()
                    connection.sendall(struct.pack("!H", len(wire)) + wire)

    def _answer(self, data: bytes) -> dns.message.Message | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.delay:
            self._stopping.wait(self.delay)
        if name in self.silent or "*" in self.silent:
            return None
        response: Any = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.codes:
            response.set_rcode(self.codes[name])
            return response
        if not self._fill_in(response, name, kind):
            response.set_rcode(dns.rcode.NXDOMAIN)
        if not response.answer:
            soa = f"ns.invalid. host.invalid. 1 1 1 1 {self.negative_ttl}"
            response.authority.append(
                dns.rrset.from_text(".", self.negative_ttl, "IN", "SOA", soa)
            )
        return response

    def _fill_in(self, response: Any, name: str, kind: str) -> bool:
        """Add what there is; whether the name exists, at the end of its aliases."""
        seen = set()
        while name not in seen:
            seen.add(name)
            for wanted in (kind, "CNAME"):
                texts, ttl = self.records.get((name, wanted), ([], TTL))
                if texts:
                    response.answer.append(
                        dns.rrset.from_text(f"{name}.", ttl, "IN", wanted, *texts)
                    )
                    break
            else:
                return any(known == name for known, _kind in self.records)
            if wanted != "CNAME":
                break
            name = texts[0].rstrip(".").lower()
        return True


def _two_sockets() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket of the same number."""
    for _ in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            tcp = socket.create_server(("127.0.0.1", udp.getsockname()[1]))
        except OSError:
            udp.close()
            time.sleep(0.01)
            continue
        udp.settimeout(0.05)
        tcp.settimeout(0.05)
        return udp, tcp
    raise OSError("no port is free for both UDP and TCP")
