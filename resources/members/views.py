"""`/members`: all memberships, finding, and one membership."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.address import (
    UnverifiedAddressError,
)
from mmcore.interfaces.member import (
    AlreadySubscribedError,
    DeliveryMode,
    MemberRole,
    PostingAddressError,
)
from mmcore.interfaces.user import MissingPreferredAddressError
from mmcore.message.addresses import is_valid
from mmcore.services.roles import add_role
from mmcore.services.subscriptions import register, unregister
from resources.errors import Problem
from resources.members.find import find_members
from resources.members.model import Member, Members
from resources.members.representation import (
    member_link,
    member_listing,
    roster_listing,
    show_entry,
)
from resources.members.schemas import (
    FindMembers,
    Leaving,
    MemberChange,
    MembersQuery,
    NewMember,
)
from resources.parameters import ParameterError, request_schema, validated
from resources.representation import accepted, created, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion

#: Whose memberships the collection shows, in this order within a list.
LISTED = (MemberRole.owner, MemberRole.moderator, MemberRole.member)
#: Whatever the role: a membership of role member may be asked to confirm.
LEAVING = request_schema(Leaving, engine=None)


@segment(of=ApiVersion, name="members")
def members(parent: ApiVersion, name: str, request: RestRequest) -> Members:
    """`members`"""
    return request.site.members


@segment(of=Members)
def member_by_id(parent: Members, name: str, request: RestRequest) -> Member | None:
    """`members/{mid}`: the id in the form of the request's API version."""
    member_id = request.api.parse_id(name)
    return None if member_id is None else parent.get(member_id)


@segment(of=Members, name="find")
class FindMembersSegment(Segment):
    """`members/find`"""


@rest(context=Members)
class MembersView(View):
    """The collection of memberships."""

    @opts(schema=MembersQuery)
    def GET(self) -> Any:
        """Owners, moderators and members list by list; nonmembers are left out."""
        rosters = [mlist.roster(role) for mlist in self.site.lists.values() for role in LISTED]
        return roster_listing(self.request, rosters, self.request.validated["fields"])

    @opts(schema=NewMember)
    def POST(self) -> Any:
        """Subscribe somebody, or ask for what is missing for it."""
        new = self.request.validated
        self._check_subscriber(new["subscriber"])
        list_id = new.pop("list_id")
        mlist = None if "@" in list_id else self.site.lists.get(list_id)
        if mlist is None:
            raise Problem(400, "No such list")
        role = new.pop("role")
        subscriber = self._subscriber(new.pop("subscriber"), new.pop("display_name"))
        if role is not MemberRole.member:
            return self._add_role(mlist, subscriber, role, new)
        token, owner, member = register(self.engine, mlist, subscriber, **new)
        if token is not None:
            return accepted({"token": token, "token_owner": owner.name})
        return created(member_link(self.api, member))

    def _check_subscriber(self, text: str) -> None:
        """Raise ParameterError for what is neither an id of this API version nor an address."""
        if self.api.parse_id(text) is None and not is_valid(text):
            raise ParameterError.of("subscriber", "")

    def _subscriber(self, text: str, display_name: str) -> Any:
        """The user with this id, or the address (created if need be)."""
        user_id = self.api.parse_id(text)
        if user_id is not None:
            user = self.site.users.get(user_id)
            if user is None:
                raise Problem(400, "No such user")
            return user
        address = self.site.addresses.get(text)
        return self.site.addresses.add(text, display_name) if address is None else address

    def _add_role(self, mlist: Any, subscriber: Any, role: MemberRole, new: dict) -> Any:
        """Owners, moderators and nonmembers are added at once; other texts than for members."""
        try:
            mode = new["delivery_mode"] or DeliveryMode.regular
            member = add_role(mlist, subscriber, role, mode, new["delivery_status"])
        except AlreadySubscribedError as error:
            raise Problem(400, str(error)) from error
        except PostingAddressError as error:
            raise Problem(400, "List posting address cannot be added") from error
        except MissingPreferredAddressError as error:
            raise Problem(400, "User without preferred address") from error
        return created(member_link(self.api, member))


@rest(context=FindMembersSegment)
class FindMembersView(View):
    """Memberships by criteria."""

    @opts(schema=FindMembers)
    def GET(self) -> Any:
        """All that meet every criterion; no criterion finds nothing."""
        criteria = self.request.validated
        fields = criteria.pop("fields")
        for name in ("count", "page"):
            criteria.pop(name, None)
        roster = self._roster(criteria)
        if roster is not None:
            return roster_listing(self.request, [roster], fields)
        found = find_members(self.request, **criteria) if criteria else []
        return member_listing(
            self.request, len(found), lambda start, count: found[start:][:count], fields
        )

    POST = GET

    def _roster(self, criteria: dict[str, Any]) -> Any:
        """The roster that the criteria describe, if they describe one: it knows its pages."""
        if criteria.keys() != {"list_id", "role"} or "@" in criteria["list_id"]:
            return None
        mlist = self.site.lists.get(criteria["list_id"])
        return None if mlist is None else mlist.roster(criteria["role"])


@rest(context=Member)
class MemberView(View):
    """One membership."""

    @property
    def member(self) -> Any:
        """The membership."""
        return self.context

    def GET(self) -> dict[str, Any]:
        """The member object."""
        return show_entry(self.api, self.member.listed)

    @opts(schema=MemberChange)
    def PATCH(self) -> Any:
        """Change address, delivery mode or moderation action."""
        change = self.request.validated
        if "address" in change:
            self._move(change["address"])
        if "moderation_action" in change:
            self.member.moderation_action = change["moderation_action"]
        if "delivery_mode" in change:
            self.member.preferences.delivery_mode = change["delivery_mode"]
        return no_content()

    def _move(self, email: str) -> None:
        """Have the membership go by another address of the same user."""
        member = self.member
        address = self.site.addresses.get(email)
        if address is None:
            raise Problem(400, "Address not registered")
        if member.user_id is not None:
            raise Problem(400, "Membership is via preferred address")
        if address.verified_on is None:
            raise UnverifiedAddressError(email)
        user = address.user
        if user is None or user is not member.user:
            raise Problem(400, "Address is not controlled by user")
        if address.email == member.email:
            return
        if member.roster().get(address.email) is not None:
            raise AlreadySubscribedError(
                member.mailing_list.posting_address, address.email, member.role
            )
        member.move(address)

    def DELETE(self) -> Any:
        """End the membership, or ask for what is missing for it."""
        member = self.member
        if member.role is not MemberRole.member:
            member.unsubscribe()
            return no_content()
        leaving = validated(self.request, LEAVING)
        token, owner, _ = unregister(self.engine, member, **leaving)
        if token is not None:
            return accepted({"token": token, "token_owner": owner.name})
        return no_content()
