"""`/deliveries` and `/lists/{list}/deliveries`: did Anne get it?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from mmcore.services.deliveries import MOST, Found, as_message_id, find_address, find_message
from mmcore.services.delivery_history import History
from resources.deliveries.model import Deliveries, DeliveryRecord
from resources.deliveries.representation import show_history, show_record, show_status
from resources.deliveries.schemas import DeliveriesQuery, ListDeliveriesQuery, RecipientsQuery
from resources.lists.model import MailingList
from resources.parameters import ParameterError
from resources.representation import Collection, listing, paging
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion

#: Who does not say how many gets so many records or recipients.
UNASKED = 1000


@segment(of=ApiVersion, name="deliveries")
def deliveries(parent: ApiVersion, name: str, request: RestRequest) -> Deliveries:
    """`deliveries`"""
    return request.site.deliveries


@segment(of=Deliveries)
def record(parent: Deliveries, name: str, request: RestRequest) -> DeliveryRecord | None:
    """`deliveries/{delivery}`"""
    return parent.get(name)


@segment(of=DeliveryRecord, name="recipients")
class Recipients(Segment):
    """`deliveries/{delivery}/recipients`"""


@segment(of=MailingList, name="deliveries")
class ListDeliveries(Segment):
    """`lists/{list}/deliveries`"""


class Searching(View):
    """What both collections do."""

    def answer(self, path: str, list_id: str | None) -> Collection:
        """The records; or what became of mail for an address, if there is one."""
        if self.request.validated["email"] is None:
            return self._records(path, list_id)
        return self._search(path, list_id)

    def _records(self, path: str, list_id: str | None) -> Collection:
        asked, records = self.request.validated, self.site.deliveries
        times = {"since": asked["since"], "until": asked["until"]}
        if asked["message_id"] is None:
            total = records.count(list_id, **times)
        else:
            found = records.of_message(as_message_id(asked["message_id"]), list_id, **times)
            total = len(found)

        def fetch(start: int, count: int | None) -> list[DeliveryRecord]:
            count = UNASKED if count is None else count
            if asked["message_id"] is None:
                return records.page(start, count, list_id=list_id, **times)
            return found[::-1][start : start + count]

        return listing(
            self.request,
            total,
            fetch,
            lambda record: show_record(self.api, record),
            self_link=self.api.url(path),
        )

    def _search(self, path: str, list_id: str | None) -> Collection:
        asked, page = self.request.validated, paging(self.request)
        if page.start:
            raise ParameterError.of("page", "An address has no pages: follow the link `next`")
        most = min(max(page.count or MOST, 1), UNASKED)
        if asked["message_id"] is not None:
            message_id = as_message_id(asked["message_id"])
            found = find_message(self.engine, self.site, message_id, asked["email"], list_id)
        else:
            found = self._find_address(list_id, most)
        entries = [show_status(self.api, entry, asked["attempts"]) for entry in found.entries]
        more = {
            "complete": found.complete,
            "searched_until": found.searched_until,
            "next": self._next(path, found, most),
        }
        return Collection(entries, 0, len(entries), self.api.url(path), more)

    def _find_address(self, list_id: str | None, most: int) -> Found:
        asked = self.request.validated
        try:
            return find_address(
                self.engine,
                self.site,
                asked["email"],
                list_id,
                asked["since"],
                asked["until"],
                asked["after"],
                most,
            )
        except ValueError as error:
            raise ParameterError.of("after", f"Not from a link `next`: {error}") from error

    def _next(self, path: str, found: Found, most: int) -> str | None:
        """Where the search goes on."""
        if not found.after:
            return None
        asked = self.request.validated
        query = {
            name: value.isoformat() if name in ("since", "until") else value
            for name in ("email", "list_id", "since", "until")
            if (value := asked.get(name)) is not None
        }
        query.update(count=most, after=found.after)
        if asked["attempts"]:
            query["attempts"] = "yes"
        return f"{self.api.url(path)}?{urlencode(query)}"


@rest(context=Deliveries)
class DeliveriesView(Searching):
    """The records of the site."""

    @opts(schema=DeliveriesQuery)
    def GET(self) -> Collection:
        """Records, the newest first; with `email`, what became of each message for it."""
        return self.answer("deliveries", self.request.validated.get("list_id"))


@rest(context=ListDeliveries)
class ListDeliveriesView(Searching):
    """The records of a list."""

    @opts(schema=ListDeliveriesQuery)
    def GET(self) -> Collection:
        """The same of a list."""
        list_id = self.context.__parent__.list_id
        return self.answer(f"lists/{list_id}/deliveries", list_id)


@rest(context=DeliveryRecord)
class DeliveryView(View):
    """One record."""

    def GET(self) -> dict[str, Any]:
        """The record, with what is true of its recipients now."""
        return show_history(self.api, History(self.engine, self.site, self.context))


@rest(context=Recipients)
class RecipientsView(View):
    """The recipients of a record."""

    @opts(schema=RecipientsQuery)
    def GET(self) -> Collection:
        """Recipients in the order of delivery, with what is true of each now."""
        asked = self.request.validated
        history = History(self.engine, self.site, self.context.__parent__)
        indices = history.indices(asked["state"], asked["email"])

        def fetch(start: int, count: int | None) -> list[int]:
            return list(indices[start : start + (UNASKED if count is None else count)])

        shown = listing(
            self.request,
            len(indices),
            fetch,
            lambda index: show_status(self.api, history.status(index), asked["attempts"]),
        )
        shown.more["complete"] = history.complete
        return shown
