"""`/lists/{list}/roster/{role}` and `/lists/{list}/{role}/{email}`."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.member import MemberRole
from resources.container import root_of
from resources.errors import Problem
from resources.lists.model import MailingList
from resources.lists.schemas import MassRemoval, RosterQuery
from resources.members.entry import Entry
from resources.members.model import Member
from resources.members.representation import roster_listing, show_entry
from resources.members.views import MemberView
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
class RoleMember(Segment):
    """`lists/{list}/{role}/{email}`: the same resource as `members/{mid}`."""

    def __init__(self, parent: Any, name: str, request: RestRequest) -> None:
        super().__init__(parent, name, request)
        found = parent.__parent__.roster(MemberRole[parent.__name__]).entries_of(name.lower())
        if not found:
            raise Problem(404, bare=True)
        # The membership of the address goes before its user's.
        self.entry: Entry = min(found, key=lambda entry: entry.as_user)

    @property
    def member(self) -> Member:
        """The membership itself."""
        return root_of(self).members[self.entry.member_id]


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


@rest(context=RoleMember)
class RoleMemberView(MemberView):
    """One membership, found by its address: reading it loads only the leaf of the roster."""

    @property
    def member(self) -> Any:
        """The membership."""
        return self.context.member

    def GET(self) -> dict[str, Any]:
        """The member object."""
        return show_entry(self.api, self.context.entry)
