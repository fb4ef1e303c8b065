"""`/lists/{list}/requests`: who wants to join or leave, and the answers to it."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.member import AlreadySubscribedError
from mmcore.interfaces.subscription import RequestType, TokenOwner
from mmcore.services.request_answers import answer_request, request_of_list
from mmcore.services.subscription_requests import discard
from resources.errors import described
from resources.lists.model import MailingList
from resources.representation import Collection, listing, no_content
from resources.requests.representation import show_request
from resources.requests.schemas import Answer, CountQuery, RequestsQuery
from resources.rest import Segment, View, opts, rest, segment


@segment(of=MailingList, name="requests")
class Requests(Segment):
    """`lists/{list}/requests`"""

    __parent__: MailingList


@segment(of=Requests, name="count")
class RequestCount(Segment):
    """`lists/{list}/requests/count`"""

    __parent__: Requests


@segment(of=Requests)
class OneRequest(Segment):
    """`lists/{list}/requests/{token}`: there or not, the views look."""

    __parent__: Requests


def _criteria(mlist: MailingList, query: dict[str, Any]) -> tuple[str, str, str | None]:
    """How the requests are found that a client wants to see."""
    owner: TokenOwner | None = query["token_owner"]
    kind: RequestType = query["request_type"]
    return mlist.list_id, kind.name, None if owner is None else owner.name


@rest(context=Requests)
class RequestsView(View):
    """The requests to one list."""

    @opts(schema=RequestsQuery)
    def GET(self) -> Collection:
        """Requests of one type, oldest first, whoever has to answer or only one's."""
        pendings = self.site.pendings
        which = _criteria(self.context.__parent__, self.request.validated)
        return listing(
            self.request,
            pendings.count_requests(*which),
            lambda start, count: pendings.requests(*which, start, count),
            lambda found: show_request(*found),
        )


@rest(context=RequestCount)
class RequestCountView(View):
    """How many requests there are; clients ask for it with every page that they show."""

    @opts(schema=CountQuery)
    def GET(self) -> dict[str, Any]:
        """The number, from an index."""
        mlist = self.context.__parent__.__parent__
        which = _criteria(mlist, self.request.validated)
        return {"count": self.site.pendings.count_requests(*which)}


@rest(context=OneRequest)
class OneRequestView(View):
    """One request."""

    def GET(self) -> dict[str, Any]:
        """The request object."""
        token, mlist = self.context.__name__, self.context.__parent__.__parent__
        return show_request(token, request_of_list(mlist, token))

    @opts(schema=Answer)
    def POST(self) -> Any:
        """Accept, reject or discard it; `defer` and `hold` leave it as it is."""
        token, mlist = self.context.__name__, self.context.__parent__.__parent__
        answer = self.request.validated
        try:
            answer_request(self.engine, mlist, token, answer["action"], answer["reason"])
        except AlreadySubscribedError:
            # What was asked for is so: nobody has to answer any more.
            discard(self.site, token)
            self.request.settled = True
            return described(409, "Already subscribed")
        return no_content()
