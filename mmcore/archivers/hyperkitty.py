"""The archiver `hyperkitty`: a web archive that is asked and fed over HTTP.

It makes the requests of HyperKitty's own plugin (its URL `/api/mailman/`).  A message that comes
twice is kept once there, by its Message-ID.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from mmcore.archivers.base import Archiver, with_slash
from mmcore.directives import archiver
from mmcore.interfaces.archiver import (
    ArchiverUnavailableError,
    Mailing,
    MessageRefusedError,
)
from mmcore.services.template_uris import Kept
from mmcore.services.web_client import certificates, http_client

#: Seconds that each step of a request may take.  Posts wait for the URLs.
URL_SECONDS = 0.4
ARCHIVE_SECONDS = 30.0
#: Seconds for which URLs are kept: those of lists change when somebody moves the archive.
LIST_URL_LIFE = 600.0
PERMALINK_LIFE = 3600.0
#: Largest answer; it holds one URL.
_MOST_BYTES = 65536


@archiver
class HyperKitty(Archiver):
    """Sends each message to HyperKitty, and asks it for the URLs."""

    name = "hyperkitty"
    required = ("base_url", "api_key")
    defaults: ClassVar[dict[str, str]] = {}

    def __init__(self, engine: Any, name: str = "") -> None:
        super().__init__(engine, name)
        self._urls = Kept(most=2000)

    def list_url(self, mlist: Any) -> str | None:
        """See `IArchiver`.  Raises ArchiverUnavailableError."""
        return self._url(LIST_URL_LIFE, mlist=mlist.posting_address)

    def permalink(self, mlist: Any, msg: Any) -> str | None:
        """See `IArchiver`.  Raises ArchiverUnavailableError."""
        message_id = " ".join(str(msg.get("message-id") or "").split())
        message_id = message_id.removeprefix("<").removesuffix(">")
        if not message_id or not message_id.isascii():
            # Nobody knows how others read the bytes of such an id.
            return None
        return self._url(PERMALINK_LIFE, mlist=mlist.posting_address, msgid=message_id)

    def archive_message(self, mlist: Any, msg: Any) -> Mailing | None:
        """See `IArchiver`.  Raises ArchiverUnavailableError and MessageRefusedError."""
        self._ask(
            "POST",
            "archive",
            ARCHIVE_SECONDS,
            data={"mlist": mlist.posting_address},
            files={"message": ("message.txt", msg.as_bytes())},
        )
        return None

    def _url(self, life: float, **parameters: str) -> str | None:
        key = tuple(parameters.values())
        known = self._urls.get(key)
        if known is None:
            url = self._ask("GET", "urls", URL_SECONDS, params=parameters)
            known = (url or None,)
            self._urls.put(key, known[0], life)
        return known[0]

    def _ask(self, method: str, what: str, seconds: float, **arguments: Any) -> str:
        """The `url` of an answer.

        Raises ArchiverUnavailableError, and MessageRefusedError for what is too large.
        """
        httpx = http_client()
        url = f"{with_slash(self.options['base_url'])}api/mailman/{what}"
        headers = {"Authorization": f"Token {self.options['api_key']}", "User-Agent": "mmcore"}
        try:
            with httpx.Client(verify=certificates(), timeout=seconds, trust_env=False) as client:
                request = client.build_request(method, url, headers=headers, **arguments)
                response = client.send(request, stream=True)
                return _answer(response)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise ArchiverUnavailableError(f"{url}: {type(error).__name__}: {error}") from error
        except (ValueError, RecursionError) as error:
            raise ArchiverUnavailableError(f"{url}: the answer makes no sense: {error}") from error


def _answer(response: Any) -> str:
    """What an answer says is the URL; raises ValueError, and MessageRefusedError."""
    data = b""
    for piece in response.iter_bytes():
        data += piece
        if len(data) > _MOST_BYTES:
            raise ValueError(f"larger than {_MOST_BYTES} bytes")
    if response.status_code == 413:
        raise MessageRefusedError("too large for HyperKitty: status 413")
    if response.status_code != 200:
        beginning = data[:200].decode("utf-8", "replace")
        raise ValueError(f"status {response.status_code}: {beginning!r}")
    found = json.loads(data)
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        raise ValueError("no JSON with a url")
    return str(found["url"])
