"""`/lists/{list}/held`: posts that wait for a moderator."""

from __future__ import annotations

from typing import Any

from mmcore.services.held_decisions import decide
from resources.errors import Problem
from resources.held.model import HeldMessage
from resources.held.representation import show_held
from resources.held.schemas import Decision
from resources.lists.model import MailingList
from resources.representation import Collection, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment

#: Numbers of requests have at most so many digits, besides zeros in front.
DIGITS = 9


@segment(of=MailingList, name="held")
class ListHeld(Segment):
    """`lists/{list}/held`"""


@segment(of=ListHeld, name="count")
class HeldCount(Segment):
    """`lists/{list}/held/count`"""


@segment(of=ListHeld)
class HeldRequest(Segment):
    """`lists/{list}/held/{request_id}`; the views say if there is none, after the parameters."""


@rest(context=ListHeld)
class ListHeldView(View):
    """The held messages of a list."""

    def GET(self) -> Collection:
        """Held messages by number."""
        mlist = self.context.__parent__
        held = self.site.held
        return listing(
            self.request,
            held.count(mlist.list_id),
            lambda start, count: held.of_list(mlist.list_id, start, count),
            lambda message: show_held(self.api, self.engine, mlist, message),
        )


@rest(context=HeldCount)
class HeldCountView(View):
    """How many held messages a list has."""

    def GET(self) -> dict[str, Any]:
        """The number."""
        return {"count": self.site.held.count(self.context.__parent__.__parent__.list_id)}


@rest(context=HeldRequest)
class HeldRequestView(View):
    """One held message."""

    def __init__(self, context: HeldRequest, request: RestRequest) -> None:
        super().__init__(context, request)
        self.mlist: MailingList = context.__parent__.__parent__

    def GET(self) -> dict[str, Any]:
        """The held message with its text."""
        return show_held(self.api, self.engine, self.mlist, self._held())

    @opts(schema=Decision)
    def POST(self) -> Any:
        """Decide what becomes of it."""
        decide(self.engine, self.mlist, self._held(), **self.request.validated)
        return no_content()

    def _held(self) -> HeldMessage:
        """The held message of this number and list; raises `Problem`."""
        name = self.context.__name__.lstrip("0")
        held = None
        if name.isascii() and name.isdigit() and len(name) <= DIGITS:
            held = self.site.held.get(int(name))
        if held is None or held.list_id != self.mlist.list_id:
            raise Problem(404)
        return held
