"""Which archivers a list uses, and where they keep its posts.

The site says in the section `[archiver.NAME]` which archivers there are, and a
list, for each of them, whether it wants it.  A list takes over the site's word
when it meets an archiver: whoever enables one later does not begin to archive
lists that have known it as disabled.

Asking for URLs is part of preparing a post, which must not wait for a web archive: see
`archive_urls`.
"""

from __future__ import annotations

import copy
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.archiver import IArchivedList
from mmcore.interfaces.mailing_list import ArchivePolicy, ArchiveRenderingMode
from mmcore.services.archiver_calls import caller_of, in_words

log = logging.getLogger("mmcore.archiver")

#: Seconds for one URL, and for all URLs that a post needs.
URL_SECONDS = 0.45
URLS_SECONDS = 0.9
#: Seconds for which an archiver that could not answer is not asked.
SILENT_SECONDS = 60.0

# It becomes a part of header fields and texts.
_URL = re.compile(r"(?:https?|ftp|nntp|news|imaps?|file|mailto|mid):[!-;=?-~]{1,900}")

_PLACEHOLDER = re.compile(r"\$(?:\{(?P<braced>[-\w]+)_url\}|(?P<bare>[-\w]+)_url\b)", re.ASCII)


def _site_flags(engine: Any) -> dict[str, bool]:
    archivers = engine.settings.archivers
    return {name: archivers[name].enable for name in sorted(archivers)}


def enabled_archivers(engine: Any) -> list[str]:
    """The names of the archivers that lists may use, in order."""
    return [name for name, enabled in _site_flags(engine).items() if enabled]


def archivers_of(engine: Any, mlist: Any) -> dict[str, bool]:
    """Whether the list uses each of the archivers that it may use.

    What the list has not met before, it meets now.
    """
    site = _site_flags(engine)
    flags = {**site, **dict(mlist.archiver_flags)}
    _keep(mlist, flags)
    return {name: flags[name] for name, enabled in site.items() if enabled}


def set_archivers(engine: Any, mlist: Any, values: Mapping[str, bool]) -> None:
    """Say of some archivers whether the list uses them."""
    _keep(mlist, {**_site_flags(engine), **dict(mlist.archiver_flags), **values})


def archivers_in_use(engine: Any, mlist: Any) -> dict[str, Any]:
    """The archivers that the list uses, by name, in order.

    A list whose archive policy is `never` uses none.  What it has not met before is used if the
    site says so; nothing is stored.
    """
    if mlist.archive_policy is ArchivePolicy.never:
        return {}
    known = dict(mlist.archiver_flags)
    return {
        name: engine.archivers[name]
        for name in enabled_archivers(engine)
        if known.get(name, True) and name in engine.archivers
    }


def wants_no_archive(msg: Any) -> bool:
    """Whether the author has said that the message is not to be archived."""
    return "x-no-archive" in msg or str(msg.get("x-archive", "")).strip().lower() == "no"


@implementer(IArchivedList)
@dataclass(frozen=True)
class ArchivedList:
    """See `IArchivedList`."""

    list_id: str
    list_name: str
    mail_host: str
    fqdn_listname: str
    posting_address: str
    display_name: str
    description: str
    preferred_language: str
    archive_policy: ArchivePolicy
    archive_rendering_mode: ArchiveRenderingMode


def archived_list(mlist: Any) -> ArchivedList:
    """What archivers get to know of a list."""
    return ArchivedList(**{each.name: getattr(mlist, each.name) for each in fields(ArchivedList)})


@dataclass
class ArchiveURLs:
    """Where the archives of a list are, and where a message is in them, by archiver."""

    lists: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)


def archive_urls(
    engine: Any, mlist: Any, msg: Any, *, lists: bool = True, messages: bool = True
) -> ArchiveURLs:
    """Ask the archivers of the list for URLs: of `lists`, of `messages`, or both.

    Takes a second at most, whatever archivers do; one that fails has no URLs for a minute.
    A message that is not to be archived has none.
    """
    found = ArchiveURLs()
    in_use = archivers_in_use(engine, mlist)
    if not in_use:
        return found
    view, copied = archived_list(mlist), copy.deepcopy(msg)
    messages = messages and not wants_no_archive(msg)
    deadline = time.monotonic() + URLS_SECONDS
    for name, archiver in in_use.items():
        if lists and (url := _ask(archiver, deadline, archiver.list_url, view)):
            found.lists[name] = url
        if messages and (url := _ask(archiver, deadline, archiver.permalink, view, copied)):
            found.messages[name] = url
    return found


def permalinks(engine: Any, mlist: Any, msg: Any) -> dict[str, str]:
    """Where a message is or will be in the archives of its list, by the archivers' names."""
    return archive_urls(engine, mlist, msg, lists=False).messages


def with_permalinks(engine: Any, mlist: Any, msg: Any, text: str) -> str:
    """A header or footer with the permalinks of a post filled in, '' if it is blank then.

    `$NAME_url` stands for that of the archiver NAME, in which a hyphen may be an underscore, and
    is empty if it has none.  What names no archiver stays as it is.
    """
    if "_url" not in text:
        return text
    known = {name.replace("-", "_"): name for name in engine.archivers}
    links: dict[str, str] | None = None

    def link(match: re.Match[str]) -> str:
        nonlocal links
        name = known.get((match["braced"] or match["bare"]).replace("-", "_"))
        if name is None:
            return match[0]
        if links is None:
            links = permalinks(engine, mlist, msg)
        return links.get(name, "")

    filled = _PLACEHOLDER.sub(link, text)
    return filled if filled.strip() else ""


def _ask(archiver: Any, deadline: float, function: Any, *arguments: Any) -> str | None:
    """A URL, or None; the caller's time ends at `deadline`."""
    caller = caller_of(archiver)
    now = time.monotonic()
    if now < caller.silent_until or now >= deadline:
        return None
    seconds = min(URL_SECONDS, deadline - now)
    answer = caller.call(seconds, lambda: False, function, *arguments, in_line=True)
    if answer.error is not None:
        caller.silent_until = time.monotonic() + SILENT_SECONDS
        log.warning(
            "archiver %s gives no URLs and is not asked again for %d s: %s",
            archiver.name,
            SILENT_SECONDS,
            in_words(answer.error),
        )
    elif answer.value and not (isinstance(answer.value, str) and _URL.fullmatch(answer.value)):
        log.warning("archiver %s: not a URL: %.200a", archiver.name, answer.value)
    elif answer.value:
        return str(answer.value)
    return None


def _keep(mlist: Any, flags: Mapping[str, bool]) -> None:
    kept = tuple(sorted(flags.items()))
    # Reading must not write each time.
    if kept != mlist.archiver_flags:
        mlist.archiver_flags = kept
