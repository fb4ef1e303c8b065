"""SMTP out: one connection, kept and reused, pipelined where the server allows.

smtplib sets the connection up (greeting, EHLO, STARTTLS, AUTH); after that we
speak over its socket ourselves, because smtplib waits for every reply and so
pays a round trip per command.  With PIPELINING (RFC 2920) MAIL, all RCPT and
DATA travel in one write, and the content together with the envelope of the
next transaction: one round trip per transaction.  Without it the same code
goes in lock-step.

Also here: RFC 1870 (SIZE), RFC 2034 and 3463 (enhanced status codes), RFC 6152
(8BITMIME), RFC 6531 (SMTPUTF8).  Content with 8-bit bytes is sent as it is to
a server without 8BITMIME: such servers pass it on, and we do not re-encode
what somebody may have signed.
"""

from __future__ import annotations

import functools
import logging
import re
import select
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mmcore.config import Section, Settings
from mmcore.errors import MMCoreError
from mmcore.mta.deliver import NO_REPLY, Observer, Transaction
from mmcore.mta.journal import Reply

__all__ = ["Reply", "SMTPTransport", "parse_reply"]

log = logging.getLogger("mmcore.smtp")

# RFC 2920, 3.1: a client must not fill its window with commands while the
# server's replies fill the other one.  The replies to this many fit anywhere.
_GROUP = 100
# A write may take its time-out plus its length at this rate (bytes a second).
_SLOWEST = 16384
# A body is joined with what follows it, into one write, up to this length.
_JOINED = 65536
_LONGEST_REPLY = 65536
_LONGEST_TEXT = 1000
_LONGEST_QUIT = 5.0

# What may stand between angle brackets as it is; the rest needs a closer look.
_PLAIN = re.compile(r'[^\x00-\x20"<>\x7f\ud800-\udfff]*')
_QUOTED = re.compile(
    r'"(?:[^"\\\x00-\x1f\x7f\ud800-\udfff]|\\[\x20-\x7e])*"@[^\x00-\x20"<>@\x7f\ud800-\udfff]+'
)
_REPLY = re.compile(r"[2-5]\d\d(?:[ -].*)?", re.ASCII)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)", re.ASCII)
_LINE_END = re.compile(rb"\r\n|\r|\n")

_BAD_SENDER = Reply(553, "5.1.7", "The sender's address cannot be put into a command")
_BAD_RECIPIENT = Reply(553, "5.1.3", "The address cannot be put into a command")
_NEEDS_UTF8 = Reply(553, "5.6.7", "The address needs SMTPUTF8, which the server does not offer")


class _LostError(MMCoreError):
    """The connection cannot be used any more; the text says why."""


class _UnreachableError(_LostError):
    """No connection could be set up; the text says why."""


@functools.lru_cache(maxsize=1024)
def parse_reply(raw: bytes) -> Reply:
    """The reply in these lines, of which the last has no line feed.

    Raises ValueError if that is no SMTP reply.
    """
    lines = [line.rstrip("\r") for line in raw.decode("utf-8", "replace").split("\n")]
    if not _REPLY.fullmatch(lines[-1]):
        raise ValueError(f"not an SMTP reply: {lines[-1][:80]!r}")
    code, found = lines[-1][:3], _ENHANCED.match(lines[0][4:])
    enhanced = found[1] if found and found[1][0] == code[0] else ""
    # RFC 2034, section 4: each line of a reply repeats the enhanced code.
    texts = (line[4:].removeprefix(enhanced).strip() for line in lines)
    return Reply(int(code), enhanced, " ".join(filter(None, texts))[:_LONGEST_TEXT])


@dataclass(frozen=True, slots=True)
class _Content:
    """Content as it goes over the wire, prepared once for all its transactions."""

    source: bytes
    wire: bytes
    size: int
    eight_bit: bool


def _prepare(source: bytes) -> _Content:
    """Make every line end CRLF, stuff dots (RFC 5321, 4.5.2), add the end of data."""
    data = source
    line_ends = data.count(b"\r\n")
    if data.count(b"\n") != line_ends or data.count(b"\r") != line_ends:
        data = _LINE_END.sub(b"\r\n", data)
    if data and not data.endswith(b"\r\n"):
        data += b"\r\n"
    size = len(data)
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return _Content(source, data + b".\r\n", size, not source.isascii())


@functools.cache
def _own_name() -> str:
    """Our name for EHLO; asked once, because a resolver may take its time."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


class _Client(smtplib.SMTP):
    """smtplib's client, with implicit TLS as an option and a limit on the set-up.

    smtplib's own time-out begins anew with every byte that comes in.
    """

    def __init__(self, mta: Section) -> None:
        self._mta = mta
        self._guard: socket.socket | None = None
        timeout = mta.smtp_timeout.total_seconds()
        super().__init__(timeout=timeout, local_hostname=_own_name())
        # Both TLS variants check the certificate against this name.
        self._host: str = mta.smtp_host
        self._timer = threading.Timer(timeout, self._cut)
        self._timer.daemon = True

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A handle of its own on the connection: TLS takes the first one away.
        self._guard = sock.dup()
        self._timer.start()
        if self._mta.smtp_secure_mode != "smtps":
            return sock
        return self._tls_context().wrap_socket(sock, server_hostname=host)

    def _cut(self) -> None:
        """End the connection from the timer's thread: whoever waits on it wakes up."""
        if self._guard is not None:
            with suppress(OSError):
                self._guard.shutdown(socket.SHUT_RDWR)

    def _tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = self._mta.smtp_verify_cert and self._mta.smtp_verify_hostname
        if not self._mta.smtp_verify_cert:
            context.verify_mode = ssl.CERT_NONE
        return context

    def set_up(self) -> None:
        """Connect, greet, encrypt, log in; raises OSError (SMTPException is one)."""
        mta = self._mta
        try:
            code, text = self.connect(mta.smtp_host, mta.smtp_port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, text)
            self.ehlo_or_helo_if_needed()
            if mta.smtp_secure_mode == "starttls":
                self.starttls(context=self._tls_context())
                self.ehlo_or_helo_if_needed()
            if mta.smtp_user and mta.smtp_pass:
                self.login(mta.smtp_user, mta.smtp_pass)
        except BaseException:
            self.close()
            raise
        finally:
            self._timer.cancel()
            if self._guard is not None:
                self._guard.close()


class _Link:
    """An open connection: bytes out, replies in, each within a limited time."""

    def __init__(self, mta: Section) -> None:
        """Connect; raises _UnreachableError."""
        client = _Client(mta)
        try:
            client.set_up()
        except (OSError, ValueError) as error:
            # ValueError: a host name or password that cannot be encoded.
            raise _UnreachableError(
                f"no connection to {mta.smtp_host}:{mta.smtp_port}: {error}"
            ) from error
        self._client = client
        self._sock: socket.socket = client.sock  # type: ignore[assignment] # it is connected
        self._timeout = mta.smtp_timeout.total_seconds()
        self._patience = mta.smtp_data_timeout.total_seconds()
        # TLS: one record a piece, so that a failed write has sent none of it.
        self._piece = 16384 if isinstance(self._sock, ssl.SSLSocket) else 262144
        self._buffer = b""
        self._at = 0
        offers = client.esmtp_features
        self.pipelining = "pipelining" in offers
        self.eight_bit_mime = "8bitmime" in offers
        self.smtputf8 = "smtputf8" in offers
        self.size = "size" in offers
        self.max_size = int(offers["size"]) if offers.get("size", "").isdecimal() else 0
        #: Bytes of the latest write that the kernel has, also when it failed.
        self.taken = 0
        #: Transactions carried out.
        self.served = 0
        #: Whether the server may still have a transaction open.
        self.open_transaction = False

    def write(self, *parts: bytes) -> None:
        """Send all parts; raises _LostError."""
        self.taken = 0
        for part in parts:
            rest = memoryview(part)
            deadline = time.monotonic() + self._timeout + len(part) / _SLOWEST
            while rest:
                try:
                    sent = self._sock.send(rest[: self._piece])
                except OSError as error:
                    raise _LostError(f"connection lost: {error}") from error
                self.taken += sent
                rest = rest[sent:]
                if rest and time.monotonic() > deadline:
                    raise _LostError("connection lost: the server takes data too slowly")

    def read(self) -> Reply:
        """The next reply; raises _LostError if none comes in time or it is none."""
        scan, deadline = self._at, 0.0
        while True:
            end = self._buffer.find(b"\n", scan)
            if end < 0:
                deadline = deadline or time.monotonic() + self._timeout
                scan -= self._at
                self._receive(deadline)
            elif self._buffer[scan + 3 : scan + 4] == b"-":
                scan = end + 1
            else:
                raw = self._buffer[self._at : end]
                self._at = end + 1
                try:
                    return parse_reply(raw)
                except ValueError as error:
                    raise _LostError(f"connection lost: {error}") from error

    def verdict(self) -> Reply:
        """The reply to the content; raises _LostError.

        A server that scans the content may take its time, and giving up leaves
        everybody in doubt: RFC 5321, 4.5.3.2.6 asks for ten minutes' patience.
        """
        usual, self._timeout = self._timeout, self._patience
        try:
            self._sock.settimeout(self._patience)
            reply = self.read()
            self._sock.settimeout(usual)
        except OSError as error:
            raise _LostError(f"connection lost: {error}") from error
        finally:
            self._timeout = usual
        return reply

    def _receive(self, deadline: float) -> None:
        """Add to the buffer, which then begins with the reply being read."""
        try:
            data = self._sock.recv(65536)
        except OSError as error:
            raise _LostError(f"connection lost: {error}") from error
        if not data:
            raise _LostError("connection lost: closed by the server")
        # recv() has a time-out, but would let a reply drip in for ever.
        if time.monotonic() > deadline:
            raise _LostError("connection lost: the server answers too slowly")
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        if len(self._buffer) > _LONGEST_REPLY + len(data):
            raise _LostError("connection lost: a reply without end")

    def command_reply(self) -> Reply:
        """The next reply; 421 (RFC 5321, 3.8) too raises _LostError."""
        reply = self.read()
        if reply.code == 421:
            raise _LostError(f"connection lost: {reply}")
        return reply

    def stale(self) -> bool:
        """Whether the server has said something or gone away meanwhile."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def quit(self) -> None:
        """Take leave and close; never raises and takes at most some seconds."""
        with suppress(_LostError, OSError):
            self._timeout = min(self._timeout, _LONGEST_QUIT)
            self._sock.settimeout(self._timeout)
            self.write(b"QUIT\r\n")
            self.read()
        self.close()

    def close(self) -> None:
        """Close at once."""
        self._client.close()


@dataclass(slots=True)
class _Envelope:
    """The commands of a transaction up to DATA, in groups to be written at once."""

    transaction: Transaction
    content: _Content
    #: Positions of the recipients that the server is asked about ...
    asked: Sequence[int]
    #: ... and our own answer for the others.
    refused: dict[int, Reply]
    #: Bytes and the number of replies to them.
    groups: list[tuple[bytes, int]]
    #: Whether the first command is RSET.
    reset: bool = False
    #: How many groups are on their way.
    written: int = 0


def _refusal(address: str, link: _Link, bad: Reply) -> Reply | None:
    """Why the server need not be asked about an address, or None."""
    if not address or not (_PLAIN.fullmatch(address) or _QUOTED.fullmatch(address)):
        return bad
    return None if link.smtputf8 or address.isascii() else _NEEDS_UTF8


def _whole_refusal(transaction: Transaction, content: _Content, link: _Link) -> Reply | None:
    """Why the server need not be asked about a transaction, or None."""
    if 0 < link.max_size < content.size:
        return Reply(
            552,
            "5.3.4",
            f"Message of {content.size} bytes exceeds the server's limit of {link.max_size}",
        )
    # The empty reverse-path is that of notices (RFC 5321, 4.5.5).
    return _refusal(transaction.sender, link, _BAD_SENDER) if transaction.sender else None


def _address(transaction: Transaction, content: _Content, link: _Link) -> _Envelope:
    """The envelope of a transaction for what this server offers."""
    sender, recipients = transaction.sender, transaction.recipients
    asked: Sequence[int] = range(len(recipients))
    if refusal := _whole_refusal(transaction, content, link):
        return _Envelope(transaction, content, (), dict.fromkeys(asked, refusal), [])
    refused: dict[int, Reply] = {}
    together = "".join(recipients)
    utf8 = not (together.isascii() and sender.isascii())
    if not _PLAIN.fullmatch(together) or (utf8 and not link.smtputf8) or "" in recipients:
        for position, recipient in enumerate(recipients):
            if why := _refusal(recipient, link, _BAD_RECIPIENT):
                refused[position] = why
        asked = [position for position in asked if position not in refused]
        recipients = [recipients[position] for position in asked]
        if not recipients:
            return _Envelope(transaction, content, (), refused, [])
    mail = f"MAIL FROM:<{sender}>"
    if link.size:
        mail += f" SIZE={content.size}"
    if content.eight_bit and link.eight_bit_mime:
        mail += " BODY=8BITMIME"
    if utf8 and link.smtputf8:
        mail += " SMTPUTF8"
    commands = [mail, *[f"RCPT TO:<{recipient}>" for recipient in recipients], "DATA", ""]
    reset = link.open_transaction
    if reset:
        commands.insert(0, "RSET")
    return _Envelope(transaction, content, asked, refused, _grouped(commands, link), reset)


def _grouped(commands: list[str], link: _Link) -> list[tuple[bytes, int]]:
    """Commands, the last one empty, as bytes with the number of replies due."""
    count = len(commands) - 1
    if link.pipelining and count <= _GROUP:
        return [("\r\n".join(commands).encode(), count)]
    size = _GROUP if link.pipelining else 1
    groups = [commands[start : min(start + size, count)] for start in range(0, count, size)]
    return [("\r\n".join([*group, ""]).encode(), len(group)) for group in groups]


class _Lookahead:
    """Transactions with the next one in sight."""

    def __init__(self, transactions: Iterable[Transaction]) -> None:
        self._rest: Iterator[Transaction] = iter(transactions)
        self._following: Transaction | None = None
        self.current = next(self._rest, None)

    def following(self) -> Transaction | None:
        """The transaction after the current one."""
        if self._following is None:
            self._following = next(self._rest, None)
        return self._following

    def advance(self) -> None:
        """The current transaction is settled."""
        self.current, self._following = self.following(), None


class SMTPTransport:
    """Delivery to the smarthost of the settings; see `Transport`."""

    def __init__(self, settings: Settings) -> None:
        self._mta = settings.mta
        self._link: _Link | None = None
        self._content = _prepare(b"")
        # The envelope that travelled with the content before it.
        self._sent: _Envelope | None = None

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        """See `Transport`.

        A lost connection is set up again, once: if it is lost again before any
        transaction had a reply, or cannot be set up, all that remain get 444.
        """
        if self._link is not None and self._link.stale():
            self._drop()
        failures = 0
        try:
            todo = _Lookahead(transactions)
            while todo.current is not None:
                try:
                    self._transact(todo.current, todo, observer)
                    failures = 0
                except _LostError as error:
                    log.warning("%s", error)
                    self._drop()
                    failures += 1
                    if failures > 1 or isinstance(error, _UnreachableError):
                        _give_up(todo, observer, str(error))
        except BaseException:
            # The observer's or the caller's fault, in the middle of a dialogue.
            self._drop()
            raise

    def close(self) -> None:
        """See `Transport`."""
        link, self._link = self._link, None
        if link is not None:
            link.quit()

    def _drop(self) -> None:
        link, self._link, self._sent = self._link, None, None
        if link is not None:
            link.close()

    def _prepared(self, source: bytes) -> _Content:
        if self._content.source is not source:
            self._content = _prepare(source)
        return self._content

    def _transact(self, transaction: Transaction, todo: _Lookahead, observer: Observer) -> None:
        """Settle the current transaction; raises _LostError."""
        link = self._link
        if link is None:
            link = self._link = _Link(self._mta)
        envelope, self._sent = self._sent, None
        if envelope is None:
            envelope = _address(transaction, self._prepared(transaction.content), link)
        replies, accepted = _negotiate(envelope, link)
        if not accepted:
            observer.finished(transaction, replies)
            todo.advance()
            return
        parts = [envelope.content.wire]
        following = self._following(todo, link)
        if following is not None:
            parts.append(following.groups[0][0])
        observer.started(transaction, accepted)
        try:
            link.write(*([b"".join(parts)] if len(parts[0]) < _JOINED else parts))
            reply = link.verdict()
        except _LostError as error:
            # Unless the kernel has the final dot, nothing can have happened.
            if link.taken >= len(envelope.content.wire):
                unknown = Reply(NO_REPLY, "4.4.2", str(error))
                _fill(replies, accepted, unknown)
                observer.lost(transaction, replies, accepted)
                todo.advance()
            raise
        _fill(replies, accepted, reply)
        observer.finished(transaction, replies)
        todo.advance()
        if reply.code == 421:
            raise _LostError(f"connection lost: {reply}")
        if 200 <= reply.code < 300:
            link.served += 1
        if following is not None:
            following.written = 1
            self._sent = following
        elif 0 < self._mta.max_sessions_per_connection <= link.served:
            self.close()

    def _following(self, todo: _Lookahead, link: _Link) -> _Envelope | None:
        """The envelope that may travel with the content of the current transaction."""
        limit = self._mta.max_sessions_per_connection
        if not link.pipelining or 0 < limit <= link.served + 1:
            return None
        following = todo.following()
        if following is None:
            return None
        envelope = _address(following, self._prepared(following.content), link)
        return envelope if envelope.groups else None


def _fill(replies: list[Reply], positions: Sequence[int], reply: Reply) -> None:
    """Give those at `positions` this reply."""
    if len(positions) == len(replies):
        replies[:] = [reply] * len(replies)
    else:
        for position in positions:
            replies[position] = reply


def _give_up(todo: _Lookahead, observer: Observer, why: str) -> None:
    """All that remains gets 444."""
    reply = Reply(NO_REPLY, "4.4.2", why)
    while todo.current is not None:
        observer.finished(todo.current, [reply] * len(todo.current.recipients))
        todo.advance()


def _negotiate(envelope: _Envelope, link: _Link) -> tuple[list[Reply], Sequence[int]]:
    """Carry the envelope to the answer to DATA; raises _LostError.

    Returns a reply for each recipient, and the positions of those for whom the
    server now waits for content: none if it does not wait.
    """
    if not envelope.groups:
        return [envelope.refused[position] for position in sorted(envelope.refused)], ()
    link.open_transaction = True
    asked = envelope.asked
    mail, told, answer = _ask(envelope, link)
    if mail.code >= 300:
        told = [mail] * len(asked)
    accepted = [position for position, reply in zip(asked, told, strict=True) if reply.code < 300]
    replies = told
    if envelope.refused:
        verdicts = envelope.refused | dict(zip(asked, told, strict=True))
        replies = [verdicts[position] for position in sorted(verdicts)]
    if accepted and answer is not None:
        if answer.code == 354:
            link.open_transaction = False
            return replies, accepted
        if answer.code < 400:
            raise _LostError(f"connection lost: unexpected reply to DATA: {answer}")
        _fill(replies, accepted, answer)
    elif answer is not None and answer.code == 354:
        # RFC 2920, 3.1: the server waits for content although nobody is to get it.
        link.write(b".\r\n")
        link.command_reply()
    return replies, ()


def _ask(envelope: _Envelope, link: _Link) -> tuple[Reply, list[Reply], Reply | None]:
    """Send what is not sent yet of an envelope; raises _LostError.

    Returns the replies to MAIL, to each RCPT, and to DATA if it was sent.
    """
    answers: list[Reply] = []
    mail_at = 1 if envelope.reset else 0
    data_at = mail_at + 1 + len(envelope.asked)
    for number, (commands, count) in enumerate(envelope.groups):
        if number >= envelope.written:
            refused = len(answers) > mail_at and answers[mail_at].code >= 300
            # DATA alone, as in lock-step: there is no use in it without recipients.
            futile = len(answers) == data_at and all(r.code >= 300 for r in answers[mail_at + 1 :])
            if refused or futile:
                break
            link.write(commands)
        answers += [link.command_reply() for _ in range(count)]
    answer = answers[data_at] if len(answers) > data_at else None
    return answers[mail_at], answers[mail_at + 1 : data_at], answer
