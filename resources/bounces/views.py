"""`/bounces` and what is below lists and members: who did not get mail, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmcore.message.showing import shown
from mmcore.services.bounce_events import report_of
from resources.bounces.model import BounceEvent, BounceEvents
from resources.bounces.representation import bounce_link, show_bounce
from resources.bounces.schemas import BouncesQuery, ListBouncesQuery, MemberBouncesQuery
from resources.errors import Problem
from resources.lists.model import MailingList
from resources.members.model import Member
from resources.representation import Collection, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion

#: Who does not say how many gets so many.
UNASKED = 1000


@segment(of=ApiVersion, name="bounces")
def bounces(parent: ApiVersion, name: str, request: RestRequest) -> BounceEvents:
    """`bounces`"""
    return request.site.bounce_events


@segment(of=BounceEvents)
def bounce(parent: BounceEvents, name: str, request: RestRequest) -> BounceEvent | None:
    """`bounces/{bounce}`"""
    return parent.get(name)


@segment(of=BounceEvent, name="report")
class BounceReport(Segment):
    """`bounces/{bounce}/report`"""


@segment(of=MailingList, name="bounces")
class ListBounces(Segment):
    """`lists/{list}/bounces`"""


@segment(of=Member, name="bounces")
class MemberBounces(Segment):
    """`members/{mid}/bounces`"""


class Listing(View):
    """What the collections do."""

    def answer(self, **wanted: Any) -> Collection:
        """A page of the events that are wanted, the newest first."""
        for name in ("list_id", "email", "cause", "processed", "since"):
            wanted.setdefault(name, self.request.validated.get(name))
        events = self.site.bounce_events
        total = events.count(**wanted)

        def fetch(start: int, count: int | None) -> Iterable[BounceEvent]:
            end = total - start
            begin = max(0, end - (UNASKED if count is None else count))
            return reversed(events.find(begin, end - begin, **wanted))

        return listing(self.request, total, fetch, lambda event: show_bounce(self.api, event))


@rest(context=BounceEvents)
class BouncesView(Listing):
    """All bounce events."""

    @opts(schema=BouncesQuery)
    def GET(self) -> Collection:
        """Those that are wanted."""
        return self.answer()


@rest(context=ListBounces)
class ListBouncesView(Listing):
    """The bounce events of a list."""

    @opts(schema=ListBouncesQuery)
    def GET(self) -> Collection:
        """Those that are wanted."""
        return self.answer(list_id=self.context.__parent__.list_id)


@rest(context=MemberBounces)
class MemberBouncesView(Listing):
    """The bounce events of a membership's present address."""

    @opts(schema=MemberBouncesQuery)
    def GET(self) -> Collection:
        """Those that are wanted."""
        member = self.context.__parent__
        return self.answer(list_id=member.list_id, email=member.email)


@rest(context=BounceEvent)
class BounceView(View):
    """One bounce event."""

    def GET(self) -> dict[str, Any]:
        """The event."""
        return show_bounce(self.api, self.context)

    def DELETE(self) -> Any:
        """Forget the event; if it was not weighed yet, it never counts."""
        self.site.bounce_events.remove(self.context)
        return no_content()


@rest(context=BounceReport)
class BounceReportView(View):
    """The report of a failure."""

    def GET(self) -> dict[str, Any]:
        """The report as text; 404 if there was none, or its text is lost."""
        event = self.context.__parent__
        report = report_of(self.engine, self.site, event)
        if report is None:
            raise Problem(404, "There is no report")
        return {"msg": shown(report), "self_link": f"{bounce_link(self.api, event)}/report"}
