"""Failures, and time that passes between them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mmcore.interfaces.bounce import BounceContext
from mmcore.services.bounce_events import Failure, register
from mmcore.services.bounce_scoring import process_events
from mmcore.services.bounce_warnings import due, warn_or_remove
from tests.support.queues import queued

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: What servers say.
GONE = (550, "5.1.1", "User unknown")
FULL = (552, "5.2.2", "Mailbox full")
DMARC = (550, "5.7.26", "Unauthenticated email is not accepted due to the domain's DMARC policy")
DEAD = (451, "4.4.1", "connect to mx.example.org: Connection timed out")


class Weather:
    """A site whose mail comes back, at moments that the test chooses."""

    def __init__(self, engine: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine, self.site = engine, site
        self.moment = datetime(2026, 3, 1, 9, 0)
        for place in ("resources.bounces.model.now", "mmcore.services.clock.now"):
            monkeypatch.setattr(place, lambda: self.moment)

    def fail(
        self,
        mlist: Any,
        email: str,
        reply: tuple[int, str, str] = GONE,
        context: BounceContext = BounceContext.normal,
        **known: Any,
    ) -> Any:
        """Somebody does not get a message now."""
        failure = Failure(email, *reply)
        return register(self.engine, self.site, mlist.list_id, failure, context, **known)

    def pass_by(self, time: timedelta) -> None:
        """Let time pass without anybody doing anything."""
        self.moment += time

    def weigh(self, after: timedelta = 2 * HOUR) -> int:
        """Let time pass, then weigh all that is due; returns how many it were."""
        self.moment += after
        count = 0
        while some := process_events(self.engine, self.site):
            count += some
        return count

    def days_of_failures(
        self, days: int, mlist: Any, email: str, reply: tuple[int, str, str] = GONE, **known: Any
    ) -> list[Any]:
        """One failure a day, each weighed."""
        events = []
        for _ in range(days):
            events.append(self.fail(mlist, email, reply, **known))
            self.weigh()
            self.pass_by(DAY - 2 * HOUR)
        return events

    def warn(self) -> None:
        """Warn and remove whoever is due."""
        for member_id in due(self.site):
            warn_or_remove(self.engine, self.site, member_id)

    def mails(self) -> list[tuple[str, str]]:
        """(recipient, subject) of the notices so far; they are gone then."""
        return [
            (",".join(msgdata["recipients"]), str(msg["subject"]))
            for msg, msgdata in queued(self.engine, self.site, "virgin")
        ]
