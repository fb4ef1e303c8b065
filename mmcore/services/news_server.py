"""A news server, as the gateway needs it: NNTP (RFC 3977) with a reader's commands.

Every question is bounded in time, and what can go wrong comes as one of three exceptions.  The
module that speaks the protocol is `nntplib` (docs/decisions/0009-a-news-client.md).
"""

from __future__ import annotations

import io
import logging
import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mmcore.errors import MMCoreError
from mmcore.message.message import Message

with warnings.catch_warnings():
    # That of the standard library says that it is going to go, later ones that they are not it.
    warnings.simplefilter("ignore", DeprecationWarning)
    import nntplib

log = logging.getLogger("mmcore.fromusenet")

#: Replies that are about the server or our account, and not about an article.
_OF_THE_SERVER = frozenset({400, 403, 436, 440, 480, 481, 482, 483, 500, 502})
_NO_ARTICLE = frozenset({423, 430})
#: A question may take so many times as long as the server may be silent.
_PATIENCE = 5


class NewsServerError(MMCoreError):
    """The server is away, or does not do what it should; later it may."""


class InterruptedPostError(NewsServerError):
    """The connection ended before the server said what has become of an article."""


class RejectedArticleError(MMCoreError):
    """The server does not take this article; it may have it already."""

    @property
    def says_duplicate(self) -> bool:
        """Whether the server says that it had the article before (435)."""
        text = str(self).lower()
        return "435" in text or "duplicate" in text


class _Connection(nntplib.NNTP):
    """A connection that takes long lines, and ends when its time is up."""

    until = math.inf
    #: Bytes of a line; what comes after them is read and forgotten.
    longest = 2**20

    def _getline(self, strip_crlf: bool = True) -> bytes:
        line = rest = self.file.readline(self.longest)
        while not rest.endswith(b"\n"):
            if not rest:
                raise EOFError("the connection ended")
            rest = self.file.readline(self.longest)
        if time.monotonic() > self.until:
            raise TimeoutError("the answer takes too long")
        return line.rstrip(b"\r\n") if strip_crlf else line


class _Text(io.BytesIO):
    """Takes in so many bytes, and forgets all when there are more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.too_long = False

    def write(self, data: Any) -> int:
        """See `io.BytesIO`."""
        self.too_long = self.too_long or self.tell() + len(data) > self.most
        if self.too_long:
            self.seek(0)
            self.truncate()
            return len(data)
        return super().write(data)


def code_of(error: nntplib.NNTPError) -> int:
    """The number of a reply; 0 if there is none."""
    text = str(error.response)[:3]
    return int(text) if text.isdecimal() else 0


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Make one exception of what a question can end with."""
    try:
        yield
    except nntplib.NNTPError as error:
        raise NewsServerError(f"{what}: {error.response}") from error
    except (OSError, EOFError, ValueError) as error:
        raise NewsServerError(f"{what}: {error or type(error).__name__}") from error


class NewsServer:
    """A connection to the server of `[nntp]`; raises NewsServerError if there is none."""

    def __init__(self, settings: Any) -> None:
        wanted = settings.nntp
        self.most = settings.mmcore.max_message_bytes
        self._seconds = wanted.timeout.total_seconds()
        host = wanted.host or "localhost"
        with _asking(f"news server {host}:{wanted.port} ([nntp] host, port)"):
            self._connection = _Connection(
                host,
                wanted.port,
                wanted.user or None,
                wanted.password or None,
                readermode=True,
                timeout=self._seconds,
            )
        self._connection.longest = self.most + 1

    def close(self) -> None:
        """Take leave, if the server still listens."""
        self._begin()
        with suppress(OSError, EOFError, ValueError, nntplib.NNTPError):
            # Closes the connection in any case.
            self._connection.quit()

    def _begin(self) -> None:
        self._connection.until = time.monotonic() + _PATIENCE * self._seconds

    def group(self, name: str) -> tuple[int, int, int] | None:
        """Choose a group; returns (how many articles, number of the first, of the last).

        None if there is no such group, for us at least.
        """
        self._begin()
        with _asking(f"GROUP {name}"):
            try:
                _, count, first, last, _ = self._connection.group(name)
            except nntplib.NNTPTemporaryError as error:
                if code_of(error) in _OF_THE_SERVER:
                    raise
                return None
        return count, first, last

    def numbers(self, first: int, last: int) -> list[int]:
        """Numbers of the articles that the chosen group has between two, in order.

        Of a server without OVER nobody knows; then it is all numbers.
        """
        self._begin()
        with _asking(f"OVER {first}-{last}"):
            try:
                _, found = self._connection.over((first, last))
            except nntplib.NNTPTemporaryError as error:
                if code_of(error) not in _NO_ARTICLE:
                    raise
                return []
            except (nntplib.NNTPPermanentError, nntplib.NNTPDataError):
                return list(range(first, last + 1))
        return sorted(number for number, _ in found if first <= number <= last)

    def article(self, number: int) -> bytes | None:
        """The text of an article of the chosen group; None if the server has none to give.

        Empty if it is longer than messages may be.
        """
        self._begin()
        text = _Text(self.most)
        with _asking(f"ARTICLE {number}"):
            try:
                self._connection.article(number, file=text)
            except (nntplib.NNTPTemporaryError, nntplib.NNTPPermanentError) as error:
                if code_of(error) in _OF_THE_SERVER:
                    raise
                if code_of(error) not in _NO_ARTICLE:
                    log.error("article %d: %s", number, error.response)
                return None
        return text.getvalue()

    def groups_of(self, message_id: str) -> set[str] | None:
        """The groups of the article with this Message-ID; None if the server has none."""
        self._begin()
        with _asking(f"HEAD {message_id}"):
            try:
                _, found = self._connection.head(message_id)
            except nntplib.NNTPTemporaryError as error:
                if code_of(error) not in _NO_ARTICLE:
                    raise
                return None
        head = Message.parse(b"\r\n".join([*found.lines, b"", b""]))
        groups = ",".join(head.get_all("newsgroups", ()))
        return {name.strip() for name in groups.split(",")}

    def post(self, article: bytes) -> None:
        """Post an article.

        Raises RejectedArticleError, InterruptedPostError (then nobody knows whether it was
        posted), and NewsServerError if it certainly was not.
        """
        self._begin()
        try:
            self._connection.post(io.BytesIO(article))
        except nntplib.NNTPTemporaryError as error:
            if code_of(error) in _OF_THE_SERVER:
                raise NewsServerError(f"POST: {error.response}") from error
            raise RejectedArticleError(str(error.response)) from error
        except nntplib.NNTPPermanentError as error:
            raise NewsServerError(f"POST: {error.response}") from error
        except (OSError, EOFError, ValueError, nntplib.NNTPError) as error:
            raise InterruptedPostError(f"POST: {error or type(error).__name__}") from error
