"""One text over HTTP, within a time that is kept whatever the other side does."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Any

from mmcore.errors import MMCoreError
from mmcore.services.web_client import certificates, http_client

log = logging.getLogger("mmcore.templates")


class FetchError(MMCoreError):
    """A text could not be had; says why."""


class HostDownError(FetchError):
    """Not even an answer; other texts of that host need not be tried."""


def fetch(uri: str, auth: tuple[str, str] | None, seconds: float, most: int) -> str:
    """The text at an http or https URI; 404 is the empty text.

    `auth` is for basic authentication, `most` the largest number of bytes.
    Raises FetchError.
    """
    answers: queue.SimpleQueue[str | FetchError] = queue.SimpleQueue()

    def work() -> None:
        answers.put(_attempt(uri, auth, seconds, most))

    # A thread, because a slow resolver, or a server that sends a byte now and then, makes
    # every time-out of a single step worthless.  It ends later by itself.
    threading.Thread(target=work, name="fetch-template", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise HostDownError(f"no answer within {seconds:.0f} s") from None
    if isinstance(answer, FetchError):
        raise answer
    return answer


def _attempt(
    uri: str, auth: tuple[str, str] | None, seconds: float, most: int
) -> str | FetchError:
    httpx = http_client()
    try:
        with httpx.Client(
            verify=certificates(), timeout=seconds, follow_redirects=True, max_redirects=5,
            trust_env=False, headers={"Accept-Encoding": "identity", "User-Agent": "mmcore"},
        ) as client, client.stream("GET", uri, auth=auth) as response:  # fmt: skip
            return _text(response, time.monotonic() + seconds, most)
    except FetchError as error:
        return error
    except httpx.TransportError as error:
        return HostDownError(f"{type(error).__name__}: {error}")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        return FetchError(f"{type(error).__name__}: {error}")


def _text(response: Any, deadline: float, most: int) -> str:
    """What an answer says; raises FetchError."""
    if response.status_code == 404:
        log.info("%s is not there: an empty text", response.url.copy_with(userinfo=b""))
        return ""
    if response.status_code != 200:
        raise FetchError(f"status {response.status_code}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchError("compressed, which was not asked for")
    pieces = []
    size = 0
    for piece in response.iter_raw():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise FetchError(f"larger than {most} bytes")
        if time.monotonic() > deadline:
            raise HostDownError("too slow")
    text = b"".join(pieces).decode(response.encoding or "utf-8", "replace")
    return text.replace("\r\n", "\n")
