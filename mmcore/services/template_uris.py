"""Texts of notices from elsewhere: the URIs that a list, its domain and the site have set.

They are fetched while mail is being made, so a web server that is slow or away
must cost next to nothing: texts are kept for `[mmcore] cache_life`, failures for
a minute, and a URI that fails is as good as none.  Nothing here raises.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Hashable
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from urllib.request import url2pathname

from i18n.languages import known
from mmcore.interfaces.template import TemplateURI
from mmcore.services import template_files
from mmcore.services.template_fetch import FetchError, HostDownError, fetch

log = logging.getLogger("mmcore.templates")

#: Schemes of the texts that come with us, and of the files in `template_dir`.
OWN_SCHEMES = ("mmcore", "mailman")
#: Seconds that a text may take to be fetched, and all levels together.
FETCH_SECONDS = 3.0
TOTAL_SECONDS = 5.0
#: Seconds for which a failure is remembered.
FAILURE_LIFE = 60.0

_USER_INFO = re.compile(r"//[^/@]*@")


class Kept:
    """Values with an end, of one process; the oldest go when there are too many."""

    def __init__(self, most: int = 500) -> None:
        self.most = most
        self._values: dict[Hashable, tuple[float, str | None]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> tuple[str | None] | None:
        """What is kept under a key, in a tuple, or None."""
        with self._lock:
            ends, value = self._values.get(key, (0.0, None))
            return (value,) if ends > time.monotonic() else None

    def put(self, key: Hashable, value: str | None, seconds: float) -> None:
        """Keep a value."""
        with self._lock:
            self._values.pop(key, None)
            if len(self._values) >= self.most:
                del self._values[next(iter(self._values))]
            self._values[key] = (time.monotonic() + seconds, value)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()


# None stands for a failure; of a host nothing else is kept.
_texts = Kept()
_hosts = Kept()


def find(settings: Any, name: str, mlist: Any = None, language: str | None = None) -> str | None:
    """The text that the nearest working URI gives; None if none is set, or none works."""
    if mlist is None:
        return None
    deadline = time.monotonic() + TOTAL_SECONDS
    for template in mlist.template_uris(name):
        text = _text(settings, template, mlist, language, deadline)
        if text is not None:
            return text
    return None


def forget() -> None:
    """Forget all texts and failures."""
    _texts.clear()
    _hosts.clear()


def _text(
    settings: Any, template: TemplateURI, mlist: Any, language: str | None, deadline: float
) -> str | None:
    """The text of one URI, or None."""
    uri = _filled_in(settings, template.uri, mlist, language)
    # Set anew, it has another revision: then every process fetches it anew.
    key = (uri, template.username, template.password, template.revision)
    kept = _texts.get(key)
    if kept is not None:
        return kept[0]
    scheme = uri.partition(":")[0].lower()
    try:
        if scheme in ("http", "https"):
            text = _from_web(uri, template, deadline)
            _texts.put(key, text, settings.mmcore.cache_life.total_seconds())
            return text
        if scheme == "file":
            return _from_file(uri)
        if scheme in OWN_SCHEMES:
            return _from_own(settings, uri, mlist, language)
        raise FetchError("unknown scheme")
    except (FetchError, ValueError) as error:
        # ValueError: no URI at all.
        shown = _USER_INFO.sub("//", uri)
        log.warning("%s of %s: %s: %s", template.name, mlist.list_id, shown, error)
        _texts.put(key, None, FAILURE_LIFE)
        return None


def _filled_in(settings: Any, uri: str, mlist: Any, language: str | None) -> str:
    """The URI of this list, with its placeholders replaced."""
    values = {
        "list_id": mlist.list_id,
        "listname": mlist.posting_address,
        "domain_name": mlist.mail_host,
        "language": language or mlist.preferred_language,
        "site_email": settings.mmcore.site_owner,
    }
    quoted = {name: quote(value, safe="@") for name, value in values.items()}
    return Template(uri).safe_substitute(quoted)


def _from_web(uri: str, template: TemplateURI, deadline: float) -> str:
    """The text of a web page; raises FetchError and ValueError."""
    host = urlsplit(uri).netloc.rpartition("@")[2]
    if _hosts.get(host) is not None:
        raise FetchError("the host did not answer a moment ago")
    seconds = min(FETCH_SECONDS, deadline - time.monotonic())
    if seconds <= 0:
        raise FetchError("no time left after other levels")
    auth = (template.username, template.password) if template.username else None
    try:
        return fetch(uri, auth, seconds, template_files.MAX_BYTES)
    except HostDownError:
        _hosts.put(host, None, FAILURE_LIFE)
        raise


def _from_file(uri: str) -> str:
    """The text of a file of this machine; raises FetchError and ValueError."""
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise FetchError("a file of another machine")
    path = url2pathname(parts.path)
    if "\0" in path or not path.startswith("/"):
        raise FetchError("not the path of a file")
    text = template_files.site_text(Path(path))
    if text is None:
        raise FetchError("no file that can be read as a text")
    return text


def _from_own(settings: Any, uri: str, mlist: Any, language: str | None) -> str:
    """A text of ours or of `template_dir`; raises FetchError and ValueError.

    The path is [LIST/][LANGUAGE/]NAME; without a list only the texts of the
    whole site are looked at.
    """
    parts = urlsplit(uri)
    names = [unquote(part) for part in parts.path.split("/")[1:]]
    if parts.netloc or not 1 <= len(names) <= 3:
        raise FetchError("not of the form [LIST/][LANGUAGE/]NAME")
    name = names.pop().removesuffix(".txt")
    code = language or mlist.preferred_language
    if names and names[-1] in known():
        code = names.pop()
    whose = None
    if names:
        if len(names) == 1:
            whose = mlist.site.lists.get(names[0])
        if whose is None:
            raise FetchError(f"no list or language {'/'.join(names)}")
    text = template_files.find(settings, name, whose, code)
    if text is None:
        raise FetchError(f"no text {name}")
    return text
