"""Telling the mail server in front of us which lists there are.

It is told after the commit, and before whoever changed something is answered.  The list is there
whatever becomes of that: what cannot be told now is told by the task runner, or by
`mmcore aliases`.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mmcore.database import UNAVAILABLE, after_commit
from mmcore.errors import MMCoreError
from mmcore.interfaces.incoming import AnnouncedList
from mmcore.services.tolerance import CANNOT_COPE

log = logging.getLogger("mmcore.lists")

#: What a mail server of a plugin may raise, too.
_FAILURES = (
    MMCoreError,
    OSError,
    RuntimeError,
    subprocess.SubprocessError,
    *CANNOT_COPE,
    *UNAVAILABLE,
)


@dataclass
class News:
    """What a transaction changes, for the mail server of an engine."""

    engine: Any
    #: Calls of its `IIncoming`, one for each list.
    changes: list[Callable[[], object]] = field(default_factory=list, compare=False)
    everything: bool = field(default=False, compare=False)

    def __call__(self) -> None:
        """Tell of it: of one list by itself, of more all at once."""
        if len(self.changes) == 1 and not self.everything:
            _tell(self.changes[0])
        else:
            tell_all(self.engine)


def announce(engine: Any, site: Any, mlist: Any) -> None:
    """Tell of a list that has been created in the current transaction."""
    news = after_commit(site, News(engine))
    news.changes.append(partial(engine.incoming.create, _plain(mlist)))


def withdraw(engine: Any, site: Any, mlist: Any) -> None:
    """Tell of a list that is about to be removed in the current transaction."""
    news = after_commit(site, News(engine))
    news.changes.append(partial(engine.incoming.delete, _plain(mlist)))


def announce_all(engine: Any, site: Any) -> None:
    """Tell of all lists, after a change of more than one."""
    after_commit(site, News(engine)).everything = True


def tell_all(engine: Any) -> None:
    """Tell of all lists there are; outside of a transaction."""
    _tell(engine.incoming.regenerate)


def _plain(mlist: Any) -> AnnouncedList:
    return AnnouncedList(mlist.list_id, mlist.list_name, mlist.mail_host)


def _tell(what: Callable[[], object]) -> None:
    try:
        what()
    except _FAILURES as error:
        expected = isinstance(error, (MMCoreError, OSError))
        log.error(
            "the mail server does not know what has changed, see `mmcore aliases`: %s",
            error,
            exc_info=None if expected else error,
        )
