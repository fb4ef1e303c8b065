"""One connection to the news server of `tests.support.nntpd`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from typing import Any

#: Actions instead of a reply: close the connection, or say nothing at all.
DROP = "drop"
STALL = "stall"
#: For `DOT`: do as always, but close the connection in place of the reply.
SWALLOW_REPLY = "swallow reply"

OVERVIEW = ("Subject", "From", "Date", "Message-ID", "References", ":bytes", ":lines")
#: Commands that a server takes from whoever has not said who it is.
BEFORE_LOGIN = ("CONNECT", "AUTHINFO", "CAPABILITIES", "MODE", "QUIT")
_MESSAGE_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")


class GoneError(Exception):
    """The connection ends."""


class Dialogue:
    """One connection."""

    def __init__(self, server: Any, rfile: Any, wfile: Any) -> None:
        self.server = server
        self.rfile, self.wfile = rfile, wfile
        self.group: str | None = None
        self.current: int | None = None
        self.user = ""
        self.known = server.account is None
        self.reader = not server.mode_switching

    def run(self) -> None:
        with suppress(GoneError):
            self.server.connections += 1
            self.act("CONNECT", "", lambda words: self.greet())
            for line in self.lines():
                self.server.commands.append(line)
                words = line.split()
                verb = words[0].upper() if words else ""
                method = getattr(self, f"do_{verb.lower()}", None)
                self.act(verb, line, method or self.unknown, words[1:])

    def lines(self) -> Iterator[str]:
        while line := self.rfile.readline():
            yield line.decode("utf-8", "surrogateescape").rstrip("\r\n")

    def act(self, verb: str, line: str, method: Any, words: list[str] | None = None) -> None:
        action = self.server.scripted(verb, line)
        if action == DROP:
            raise GoneError
        if action == STALL:
            self.server.stopping.wait()
            raise GoneError
        if action is not None:
            self.say(action)
        elif not self.known and verb not in (
            "CONNECT",
            "AUTHINFO",
            "CAPABILITIES",
            "MODE",
            "QUIT",
        ):
            self.say("480 Authentication required")
        elif not self.reader and verb in ("GROUP", "OVER", "XOVER", "POST", "LISTGROUP"):
            self.say("401 MODE-READER")
        else:
            method(words or [])

    def say(self, line: str) -> None:
        self.wfile.write(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def send(self, data: bytes) -> None:
        """A text after a reply, dots doubled."""
        lines = data.split(b"\r\n")
        if lines and not lines[-1]:
            lines.pop()
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        self.wfile.write(b"".join(line + b"\r\n" for line in [*stuffed, b"."]))

    def unknown(self, words: list[str]) -> None:
        self.say("500 Unknown command")

    def greet(self) -> None:
        self.say("200 ready" if self.server.may_post else "201 ready, no posting")

    def do_capabilities(self, words: list[str]) -> None:
        self.say("101 Capability list:")
        found = ["VERSION 2", "IMPLEMENTATION tests", "LIST ACTIVE OVERVIEW.FMT"]
        found += ["READER"] if self.reader else ["MODE-READER", "IHAVE"]
        if self.reader and self.server.may_post:
            found.append("POST")
        if self.reader and self.server.has_over:
            found.append("OVER MSGID")
        if not self.known:
            found.append("AUTHINFO USER")
        self.send("\r\n".join(found).encode())

    def do_mode(self, words: list[str]) -> None:
        if [word.upper() for word in words] != ["READER"]:
            self.say("501 Syntax error")
            return
        self.reader = True
        self.greet()

    def do_authinfo(self, words: list[str]) -> None:
        kind = words[0].upper() if words else ""
        if self.known or len(words) != 2:
            self.say("502 Already authenticated" if self.known else "501 Syntax error")
        elif kind == "USER":
            self.user = words[1]
            self.say("381 Enter passphrase")
        elif kind == "PASS" and self.user:
            self.known = (self.user, words[1]) == self.server.account
            self.say("281 Authentication accepted" if self.known else "481 Authentication failed")
        else:
            self.say("482 Authentication commands issued out of sequence")

    def do_date(self, words: list[str]) -> None:
        self.say("111 20261121000000")

    def do_quit(self, words: list[str]) -> None:
        self.say("205 Bye")
        raise GoneError

    def do_list(self, words: list[str]) -> None:
        kind = words[0].upper() if words else "ACTIVE"
        if kind == "OVERVIEW.FMT":
            self.say("215 Order of fields")
            self.send("\r\n".join(n if n[0] == ":" else f"{n}:" for n in OVERVIEW).encode())
        elif kind == "ACTIVE":
            self.say("215 List of newsgroups follows")
            for_all = [(name, *self.server.range_of(name)) for name in self.server.groups]
            self.send(
                "\r\n".join(f"{n} {last} {first} y" for n, _, first, last in for_all).encode()
            )
        else:
            self.say("503 Not supported")

    def do_group(self, words: list[str]) -> None:
        if len(words) != 1:
            self.say("501 Syntax error")
        elif words[0] not in self.server.groups:
            self.say("411 No such newsgroup")
        else:
            self.group = words[0]
            count, first, last = self.server.range_of(self.group)
            self.current = first if count else None
            self.say(f"211 {count} {first} {last} {self.group}")

    def do_over(self, words: list[str]) -> None:
        if not self.server.has_over:
            self.unknown(words)
            return
        if self.group is None:
            self.say("412 No newsgroup selected")
            return
        match = re.fullmatch(r"(\d+)(-(\d*))?", words[0] if words else str(self.current))
        if match is None:
            self.say("501 Syntax error")
            return
        first = int(match[1])
        last = first if match[2] is None else int(match[3] or 2**31)
        articles = self.server.groups[self.group]
        numbers = sorted(number for number in articles if first <= number <= last)
        if not numbers:
            self.say("423 No articles in that range")
            return
        self.say("224 Overview information follows")
        self.send("\r\n".join(self.overview(n, articles[n]) for n in numbers).encode())

    do_xover = do_over

    def overview(self, number: int, article: Any) -> str:
        fields = [article.header(name).replace("\t", " ") for name in OVERVIEW[:5]]
        counts = (len(article.text), article.body.count(b"\r\n"))
        return "\t".join([str(number), *fields, *map(str, counts)])

    def find(self, words: list[str]) -> tuple[int, Any] | None:
        """What ARTICLE and the like are about; answers itself if there is nothing."""
        if words and words[0].startswith("<"):
            article = self.server.history.get(words[0])
            if article is None:
                self.say("430 No article with that message-id")
                return None
            return 0, article
        if self.group is None:
            self.say("412 No newsgroup selected")
            return None
        number = int(words[0]) if words and words[0].isdecimal() else self.current
        article = self.server.groups[self.group].get(number or 0)
        if article is None or number is None:
            self.say("423 No article with that number" if words else "420 No current article")
            return None
        self.current = number
        return number, article

    def give(self, words: list[str], code: int, part: str | None) -> None:
        found = self.find(words)
        if found is not None:
            number, article = found
            self.say(f"{code} {number} {article.message_id}")
            if part is not None:
                self.send(getattr(article, part))

    def do_article(self, words: list[str]) -> None:
        self.give(words, 220, "text")

    def do_head(self, words: list[str]) -> None:
        self.give(words, 221, "head")

    def do_body(self, words: list[str]) -> None:
        self.give(words, 222, "body")

    def do_stat(self, words: list[str]) -> None:
        self.give(words, 223, None)

    def do_post(self, words: list[str]) -> None:
        if not self.server.may_post:
            self.say("440 Posting not permitted")
            return
        self.say("340 Input article; end with <CR-LF>.<CR-LF>")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise GoneError
            assert line.endswith(b"\r\n"), line
            lines.append(line[1:] if line.startswith(b".") else line)
        text = b"".join(lines)
        action = self.server.scripted("DOT", text.decode("utf-8", "replace"))
        if action == DROP:
            raise GoneError
        reply = action if action not in (None, SWALLOW_REPLY) else self.accept(text)
        if action == SWALLOW_REPLY:
            raise GoneError
        self.say(str(reply))

    def accept(self, text: bytes) -> str:
        """Take a proto-article in, or say what is wrong with it."""
        head, _, _ = text.partition(b"\r\n\r\n")
        parsed = message_from_bytes(head + b"\r\n\r\n")
        for name in ("From", "Newsgroups", "Subject"):
            if len(parsed.get_all(name, [])) != 1:
                return f"441 {len(parsed.get_all(name, []))} {name} header fields"
        for name, value in parsed.items():
            once = ("date", "message-id", "references", "sender", "reply-to", "lines", "path")
            if not str(value).strip():
                return f"441 Header field {name} is empty"
            if name.lower() in once and len(parsed.get_all(name, [])) > 1:
                return f"441 More than one {name} header field"
            if name.lower() in ("xref", "injection-info", "nntp-posting-host"):
                return f"441 Can't set system {name} header field"
            if name.lower() in ("control", "supersedes"):
                return f"441 {name} not allowed"
        groups = [name.strip() for name in str(parsed["newsgroups"]).split(",")]
        known = [name for name in groups if name in self.server.groups]
        if not known:
            return "441 No valid newsgroups"
        message_id = parsed["message-id"]
        if message_id is not None:
            if not _MESSAGE_ID.fullmatch(message_id) or len(message_id) > 250:
                return "441 Malformed Message-ID"
            if message_id in self.server.history:
                return "441 435 Duplicate"
        self.server.inject(text, known)
        return "240 Article received OK"
