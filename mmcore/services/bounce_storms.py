"""Storms: when many members at one provider fail at once, the provider is to blame, or we are.

A provider that refuses a whole list because of a DMARC policy, or says «user unknown» to
everybody for an afternoon, says nothing about its mailboxes.  So before an event is weighed it
is looked at what else failed at the same provider within `[bounces] storm_window` before and
after.  If these are `storm_members` members, and `storm_share` percent of those whom the same
lists have there, nobody at the provider is blamed until `storm_freeze` after the last such
moment.

How many members there are comes from the indexes of the lists, which are walked only when enough
have failed.  What is stored is a record of each storm; all else comes from the events.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from mmcore.services import clock
from mmcore.services.bounce_providers import provider_of_address
from mmcore.services.storm_notices import Toll, tell_owners, tell_site_owner

log = logging.getLogger("mmcore.bounce")

#: Storms at a provider that are closer to each other are one, and told of once.
QUIET = timedelta(days=7)
#: After so long it is no bad day any more: those whose mailboxes are gone are gone.
LONGEST = timedelta(days=30)


class StormWatch:
    """The storms around a batch of events that are going to be weighed."""

    def __init__(self, engine: Any, site: Any, events: Iterable[Any]) -> None:
        self.engine, self.site = engine, site
        self.wanted = engine.settings.bounces
        self._events: dict[str, list[Any]] = defaultdict(list)
        for event in events:
            self._events[provider_of_address(event.email)].append(event)
        #: By provider: when it was looked at, and whether there was a storm then.
        self._looked: dict[str, tuple[datetime, bool]] = {}
        self._failing: dict[str, set[str]] = {}
        self._members: dict[str, dict[str, set[str]]] = {}

    def forget_old(self) -> None:
        """Forget storms that have been over for long."""
        end = clock.now() - max(QUIET, self.wanted.storm_freeze)
        for storm in self.site.bounce_storms.values():
            if storm.latest < end:
                log.info("the storm at %s is over", storm.provider)
                self.site.bounce_storms.forget(storm)

    def covers(self, event: Any) -> bool:
        """Whether nobody is to be blamed for an event; the owners are told of a new storm."""
        provider, moment = provider_of_address(event.email), event.timestamp
        raging = self._is_raging(provider, moment)
        storm = self.site.bounce_storms.get(provider)
        if raging:
            storm = self._go_on(provider, moment, storm)
            self._tell(storm, event.list_id)
        if storm is None or moment > storm.latest + self.wanted.storm_freeze:
            return False
        return bool(moment - storm.since <= LONGEST)

    def _is_raging(self, provider: str, moment: datetime) -> bool:
        """Whether there is a storm at a provider; what is near in time is looked at once."""
        looked, raging = self._looked.get(provider, (datetime.min, False))
        if not looked <= moment <= looked + self.wanted.storm_window:
            raging = self._look(provider, moment)
            self._looked[provider] = (moment, raging)
        return raging

    def _look(self, provider: str, moment: datetime) -> bool:
        wanted = self.wanted
        failing = self._addresses(provider, moment)
        if len(failing) < wanted.storm_members:
            return False
        events = self._events[provider]
        lists = dict.fromkeys(event.list_id for event in events)
        there = set().union(*(self._members_of(list_id, provider) for list_id in lists))
        self._failing[provider] = failing & there
        count = len(self._failing[provider])
        return bool(
            count >= wanted.storm_members and 100 * count >= wanted.storm_share * len(there)
        )

    def _addresses(self, provider: str, moment: datetime) -> set[str]:
        """The addresses at a provider that failed at about this time."""
        window, found = self.wanted.storm_window, set[str]()
        for domain in dict.fromkeys(event.provider for event in self._events[provider]):
            some = self.site.bounce_events.recent_addresses(
                domain, moment - window, moment + window
            )
            found.update(email for email, _cause in some)
        return found

    def _members_of(self, list_id: str, provider: str) -> set[str]:
        """The addresses at a provider that get mail of a list."""
        if list_id not in self._members:
            mlist = self.site.lists.get(list_id)
            self._members[list_id] = {} if mlist is None else self._by_provider(mlist)
        return self._members[list_id].get(provider, set())

    def _by_provider(self, mlist: Any) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        readers = [email.lower() for email, _mode in mlist.digest_recipients()]
        for emails in (mlist.regular_recipients(), readers):
            for email in emails:
                provider = provider_of_address(email)
                if provider in self._events:
                    found[provider].add(email)
        return found

    def _go_on(self, provider: str, moment: datetime, storm: Any) -> Any:
        """The record of a storm that rages at this moment."""
        if storm is not None:
            if storm.latest < moment:
                storm.latest = moment
            return storm
        storm = self.site.bounce_storms.add(provider, moment)
        events = self._events[provider]
        log.warning("storm at %s: %d members", provider, len(self._failing[provider]))
        lists = dict.fromkeys(event.list_id for event in events)
        members = [email for name in lists for email in self._members_of(name, provider)]
        mlist = next(filter(None, (self.site.lists.get(list_id) for list_id in lists)))
        tell_site_owner(self.engine, mlist, self._toll(provider, members, events))
        return storm

    def _tell(self, storm: Any, list_id: str) -> None:
        """Tell the owners of a list of a storm, once."""
        if list_id in storm.told:
            return
        storm.told += (list_id,)
        mlist = self.site.lists.get(list_id)
        if mlist is None:
            return
        provider = storm.provider
        events = [event for event in self._events[provider] if event.list_id == list_id]
        members = self._members_of(list_id, provider)
        tell_owners(self.engine, mlist, self._toll(provider, members, events))

    def _toll(self, provider: str, members: Iterable[str], events: Sequence[Any]) -> Toll:
        there = set(members)
        failed = len(self._failing.get(provider, set()) & there)
        return Toll(provider, failed, len(there), events)
