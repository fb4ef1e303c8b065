"""`/lists/{list}/roster/{role}` and `/lists/{list}/{role}/{email}`."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.member import MemberRole
from resources.errors import Problem
from resources.lists.model import MailingList
from resources.lists.schemas import MassRemoval, RosterQuery
from resources.members.model import Member
from resources.members.representation import roster_listing
from resources.rest import RestRequest, Segment, View, opts, rest, segment


@segment(of=MailingList, name="roster")
class Rosters(Segment):
    """`lists/{list}/roster`: only a way to the rosters."""


@segment(of=Rosters)
class ListRoster(Segment):
    """`lists/{list}/roster/{role}`"""

    def __init__(self, parent: Any, name: str, request: RestRequest) -> None:
        super().__init__(parent, name, request)
        if name not in MemberRole.__members__:
            raise Problem(404, bare=True)
        self.mlist: MailingList = parent.__parent__
        self.roster = self.mlist.roster(MemberRole[name])


@segment(of=MailingList, name="member")
@segment(of=MailingList, name="owner")
@segment(of=MailingList, name="moderator")
@segment(of=MailingList, name="nonmember")
class RoleMembers(Segment):
    """`lists/{list}/{role}`: only a way to the members."""


@segment(of=RoleMembers)
def member_by_email(parent: RoleMembers, name: str, request: RestRequest) -> Member:
    """`lists/{list}/{role}/{email}`: the same resource as `members/{mid}`."""
    member = parent.__parent__.roster(MemberRole[parent.__name__]).get(name)
    if member is None:
        raise Problem(404, bare=True)
    return member


@rest(context=ListRoster)
class ListRosterView(View):
    """The memberships of a list in one role."""

    @opts(schema=RosterQuery)
    def GET(self) -> Any:
        """Memberships by address."""
        fields = self.request.validated["fields"]
        return roster_listing(self.request, [self.context.roster], fields)

    @opts(schema=MassRemoval)
    def DELETE(self) -> dict[str, Any]:
        """Remove memberships at once, without questions and without mail.

        Answers for each address whether it had a membership in this role.
        """
        roster = self.context.roster
        removed: dict[str, Any] = {}
        for email in self.request.validated["emails"]:
            if email not in removed:
                found = roster.memberships(email)
                for member in found:
                    member.unsubscribe()
                removed[email] = bool(found)
        return removed
