"""`/bans` and `/lists/{list}/bans`: who may neither join nor post."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.ban import NotBannedError
from resources.bans.model import Bans
from resources.bans.representation import ban_link, show_ban
from resources.bans.schemas import NewBan
from resources.errors import Problem
from resources.lists.model import MailingList
from resources.representation import Collection, created, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion


@segment(of=ApiVersion, name="bans")
def site_bans(parent: ApiVersion, name: str, request: RestRequest) -> Bans:
    """`bans`"""
    return request.site.bans


@segment(of=MailingList, name="bans")
def list_bans(parent: MailingList, name: str, request: RestRequest) -> Bans:
    """`lists/{list}/bans`"""
    return parent.bans


@segment(of=Bans)
class Ban(Segment):
    """`bans/{email}`, of the site or of a list.

    It is what somebody asks about; there may be no entry of this text.
    """


@segment(of=Ban)
def longer_ban(parent: Ban, name: str, request: RestRequest) -> Ban:
    """The rest of a pattern or an address with a slash.

    Servers decode `%2F` before anybody can see it, so the slash has divided what is
    one.  After a whole address comes nothing that could belong to it.
    """
    if "@" in parent.__name__ and not parent.__name__.startswith("^"):
        raise Problem(404, bare=True)
    return Ban(parent.__parent__, f"{parent.__name__}/{name}")


@rest(context=Bans)
class BansView(View):
    """The bans of the site or of one list."""

    def GET(self) -> Collection:
        """All of this scope, in the order of their texts."""
        bans = self.context
        return listing(
            self.request,
            len(bans),
            lambda start, count: list(bans)[start:][:count],
            lambda entry: show_ban(self.api, bans, entry),
        )

    @opts(schema=NewBan)
    def POST(self) -> Any:
        """Ban an address or a pattern."""
        email = self.request.validated["email"]
        self.context.ban(email)
        return created(ban_link(self.api, self.context, email))


@rest(context=Ban)
class BanView(View):
    """One ban, or whoever is caught by one."""

    def GET(self) -> dict[str, Any]:
        """Whether it is banned, by whichever entry: 404 means that it is not."""
        bans, email = self.context.__parent__, self.context.__name__
        if not bans.__parent__.is_banned(email):
            raise NotBannedError(email)
        return show_ban(self.api, bans, email)

    def DELETE(self) -> Any:
        """Lift the ban of this text; 404 if this scope has no such entry."""
        self.context.__parent__.remove(self.context.__name__)
        return no_content()
