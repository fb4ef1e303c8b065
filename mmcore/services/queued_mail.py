"""Finding what is still on its way: entries of queues by message, list and recipient.

Entries say whom they are for, and not always which message they are: that is read from its
header, of those that fit otherwise.  A queue may be long, so whoever asks says how long it may
take, and is told whether that was enough.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.queue.address_search import find_address

log = logging.getLogger("mmcore.database")

#: Where recipients are known, nearest to them first; in the last, somebody has to decide.
ADDRESSED = ("out", "retry", "virgin", "shunt")
#: Where they are not, as a rule.
UNADDRESSED = ("pipeline", "in")

#: Entries read from the storage in one go.
_GROUP = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in a queue; `emails` is None where it is not decided yet who gets it."""

    queue: str
    name: str
    message_id: str
    list_id: str
    emails: Sequence[str] | None
    since: datetime | None
    next_attempt: datetime | None


class QueueSearch:
    """One look into the queues, until a time of `time.monotonic()`."""

    def __init__(self, engine: Any, site: Any, deadline: float) -> None:
        self._engine, self._site, self._deadline = engine, site, deadline
        #: Whether everything was looked at, up to now.
        self.complete = True

    def of_address(self, email: str, list_id: str | None = None) -> list[Waiting]:
        """What waits for an address, as far as recipients are known."""

        def waiting(queue: str, entry: Any) -> Waiting | None:
            if _take(entry, email) is None:
                return None
            return self._waiting(queue, entry, [email])

        return self._search(ADDRESSED, list_id, waiting)

    def of_message(
        self, message_id: str, list_id: str | None = None, email: str | None = None
    ) -> list[Waiting]:
        """Where a message waits; with `email`, what may be for this address."""

        def waiting(queue: str, entry: Any) -> Waiting | None:
            known = entry.recipients is not None
            if known and email is not None and _take(entry, email) is None:
                return None
            if not self._mentions(entry, message_id):
                return None
            emails = None if not known else entry.emails() if email is None else [email]
            found = self._waiting(queue, entry, emails)
            return found if found.message_id == message_id else None

        return self._search((*ADDRESSED, *UNADDRESSED), list_id, waiting)

    def _search(
        self,
        queues: Sequence[str],
        list_id: str | None,
        look: Callable[[str, Any], Waiting | None],
    ) -> list[Waiting]:
        """What `look(queue, entry)` makes of the entries of a list, or of all."""
        found = []
        for queue, name, entry in self._entries(queues):
            try:
                if list_id is None or (entry.value("listid") or "") == list_id:
                    found.append(look(queue, entry))
            except (POSKeyError, UnreadableEntryError) as error:
                # Its runner is going to set it aside.
                log.warning("%s: %s cannot be read: %s", queue, name, error)
        return [waiting for waiting in found if waiting is not None]

    def _entries(self, queues: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
        """(queue, name, entry), as many as there is time for."""
        for queue in queues:
            switchboard = self._site.queues[queue]
            names = switchboard.names()
            for start in range(0, len(names), _GROUP):
                for name, entry in switchboard.load(names[start : start + _GROUP]):
                    if time.monotonic() > self._deadline:
                        self.complete = False
                        return
                    yield queue, name, entry

    def _mentions(self, entry: Any, message_id: str) -> bool:
        """Whether a message can have this id: most have not, and need not be parsed."""
        if not message_id.isascii():
            # What such an id looked like in the message is not known.
            return True
        header = entry.header or self._engine.content.get(entry.content)
        return message_id.encode("ascii") in header

    def _waiting(self, queue: str, entry: Any, emails: Sequence[str] | None) -> Waiting:
        msg = self._engine.mailroom(self._site).read(entry.content, entry.header)
        named = _moment(entry.name)
        received = entry.value("received_time")
        since = received if isinstance(received, datetime) else None
        return Waiting(
            queue,
            entry.name,
            str(msg["message-id"] or ""),
            entry.value("listid") or "",
            emails,
            since if since is not None or queue == "retry" else named,
            named if queue == "retry" else None,
        )


def _take(entry: Any, email: str) -> int | None:
    """The place of an address among the recipients, whose memory is given back."""
    found = find_address(entry.recipients, email)
    deactivate = getattr(entry.recipients, "_p_deactivate", None)
    if deactivate is not None:
        deactivate()
    return found


def _moment(name: str) -> datetime | None:
    """The time in the name of an entry."""
    try:
        return datetime.fromtimestamp(float(name.partition("+")[0]), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None
