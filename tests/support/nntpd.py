"""A news server with articles in memory: RFC 3977, as readers and posters use it.

    with NewsServer("misc.test") as server:
        server.add("misc.test", b"From: …")
        server.script("POST", "441 No space", times=1)
        ...
        server.posted

It is as strict as a real one: groups have to be chosen, commands are checked, and what is posted
has to be an article (RFC 5536, 5537).  One thread per connection.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import formatdate
from typing import Self

from tests.support.nntp_dialogue import DROP, STALL, SWALLOW_REPLY, Dialogue

__all__ = ["DROP", "STALL", "SWALLOW_REPLY", "Article", "NewsServer"]


@dataclass
class Article:
    """One article, with its number in each group."""

    message_id: str
    text: bytes
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def head(self) -> bytes:
        return self.text.partition(b"\r\n\r\n")[0] + b"\r\n"

    @property
    def body(self) -> bytes:
        return self.text.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str:
        """The first field of that name, unfolded."""
        value = message_from_bytes(self.head)[name] or ""
        return re.sub(r"\r?\n", "", str(value))


@dataclass
class Script:
    """What to do on a command: `DOT` is the end of a text, `CONNECT` the greeting."""

    verb: str
    action: str
    match: str
    skip: int
    times: int


class NewsServer:
    """See the docstring of the module."""

    def __init__(self, *groups: str, port: int = 0, account: tuple[str, str] | None = None):
        #: Group -> number -> article.
        self.groups: dict[str, dict[int, Article]] = {name: {} for name in groups}
        #: Group -> highest number that was ever given.
        self.highest: dict[str, int] = dict.fromkeys(groups, 0)
        #: Every Message-ID that was ever accepted; `None` if its article is gone.
        self.history: dict[str, Article | None] = {}
        self.posted: list[Article] = []
        self.account = account
        self.may_post = True
        #: A transit server that serves readers after MODE READER only.
        self.mode_switching = False
        self.has_over = True
        self.scripts: list[Script] = []
        self.commands: list[str] = []
        self.connections = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._sockets: set[socket.socket] = set()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            # Replies go out at once, and not when the client has acknowledged the one before.
            disable_nagle_algorithm = True

            def handle(self) -> None:
                with outer.lock:
                    outer._sockets.add(self.request)
                with suppress(OSError, EOFError):
                    Dialogue(outer, self.rfile, self.wfile).run()
                with outer.lock:
                    outer._sockets.discard(self.request)

        self._server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", port), Handler, bind_and_activate=False
        )
        self._server.allow_reuse_address = True
        self._server.server_bind()
        self._server.server_activate()
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        with self.lock:
            for sock in self._sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        # Waits for the connections' threads.
        self._server.server_close()
        self._thread.join()

    def script(
        self, verb: str, action: str, *, match: str = "", skip: int = 0, times: int = 1_000_000
    ) -> None:
        """Answer the next `times` commands of this verb with `action`, after `skip` of them."""
        self.scripts.append(Script(verb, action, match, skip, times))

    def scripted(self, verb: str, line: str) -> str | None:
        """What a script says, if one claims the command."""
        with self.lock:
            for script in self.scripts:
                if script.verb == verb and script.match in line and script.times:
                    if script.skip:
                        script.skip -= 1
                        continue
                    script.times -= 1
                    return script.action
        return None

    def add(self, group: str, text: str | bytes, number: int | None = None) -> Article:
        """Have an article in a group (others may name it, too); line ends become CRLF."""
        data = text.encode() if isinstance(text, str) else text
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        article = Article("", data)
        article.message_id = article.header("message-id") or f"<{len(self.history)}@news.test>"
        if number is not None:
            self.highest[group] = number - 1
        self.file(article, [group])
        return article

    def inject(self, text: bytes, groups: list[str]) -> None:
        """Take a proto-article in, completed as RFC 5537 says."""
        article = Article("", b"Path: news.test!not-for-mail\r\n" + text)
        if not article.header("message-id"):
            article.text = (
                f"Message-ID: <{len(self.history)}@news.test>\r\n".encode() + article.text
            )
        if not article.header("date"):
            article.text = f"Date: {formatdate()}\r\n".encode() + article.text
        article.message_id = article.header("message-id")
        self.file(article, groups)
        self.posted.append(article)

    def file(self, article: Article, groups: list[str]) -> None:
        """Number an article in its groups."""
        with self.lock:
            self.history[article.message_id] = article
            for name in groups:
                self.highest[name] += 1
                article.numbers[name] = self.highest[name]
                self.groups[name][self.highest[name]] = article

    def cancel(self, group: str, number: int) -> None:
        """Remove an article; its Message-ID stays known."""
        article = self.groups[group].pop(number)
        self.history[article.message_id] = None

    def range_of(self, group: str) -> tuple[int, int, int]:
        """(how many, first, last): what GROUP says."""
        articles = self.groups[group]
        if not articles:
            return 0, self.highest[group] + 1, self.highest[group]
        return len(articles), min(articles), max(articles)
