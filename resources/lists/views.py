"""`/lists`: the collection, styles, finding, and one list."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.member import MemberRole
from mmcore.message.addresses import is_valid
from mmcore.services.lists import create_list, remove_list
from resources.errors import Problem
from resources.lists.model import MailingList, MailingLists
from resources.lists.representation import list_link, list_listing, show_list
from resources.lists.schemas import FindLists, NewList
from resources.members.find import find_members
from resources.parameters import ParameterError
from resources.representation import Collection, created, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion

#: The roles by which `lists/find` looks when none is named.
SUBSCRIBERS = frozenset(MemberRole) - {MemberRole.nonmember}


@segment(of=ApiVersion, name="lists")
def lists(parent: ApiVersion, name: str, request: RestRequest) -> MailingLists:
    """`lists`"""
    return request.site.lists


@segment(of=MailingLists)
def mailing_list(parent: MailingLists, name: str, request: RestRequest) -> MailingList | None:
    """`lists/{list}`: by list-id or by posting address."""
    # In URLs the letter case counts; elsewhere addresses are found in any.
    return parent.get(name) if name == name.lower() else None


@segment(of=MailingLists, name="styles")
class Styles(Segment):
    """`lists/styles`"""


@segment(of=MailingLists, name="find")
class FindListsSegment(Segment):
    """`lists/find`"""


@rest(context=MailingLists)
class MailingListsView(View):
    """The collection of lists."""

    def GET(self) -> Collection:
        """All lists by list-id; `advertised=true` leaves out the others."""
        return list_listing(self.request, len(self.context), self.context.values)

    @opts(schema=NewList)
    def POST(self) -> Any:
        """Create a list."""
        new = self.request.validated
        address = new["fqdn_listname"]
        try:
            mlist = create_list(self.engine, self.site, address, new["style_name"])
        except InvalidEmailAddressError as error:
            raise Problem(400, f"Invalid list posting address: {address}") from error
        return created(list_link(self.api, mlist))


@rest(context=Styles)
class StylesView(View):
    """The styles that a new list can have."""

    def GET(self) -> dict[str, Any]:
        """Names, descriptions, and the default."""
        styles = self.engine.styles
        names = sorted(styles)
        return {
            "style_names": names,
            "styles": [{"name": name, "description": styles[name].description} for name in names],
            "default": self.engine.settings.styles.default,
        }


@rest(context=FindListsSegment)
class FindListsView(View):
    """The lists to which somebody belongs."""

    @opts(schema=FindLists)
    def GET(self) -> Collection:
        """Lists by list-id, each once; 404 if there is none."""
        wanted = self.request.validated
        subscriber = wanted["subscriber"]
        # An address may have a wildcard before the `@`.
        if self.api.parse_id(subscriber) is None and not is_valid(subscriber):
            raise ParameterError.of("subscriber", "")
        found = find_members(self.request, subscriber=subscriber, role=wanted["role"])
        list_ids = sorted(
            {
                member.list_id
                for member in found
                if wanted["role"] is not None or member.role in SUBSCRIBERS
            }
        )
        if not list_ids:
            raise Problem(404)
        lists = self.site.lists
        return listing(
            self.request,
            len(list_ids),
            lambda start, count: [lists[list_id] for list_id in list_ids[start:][:count]],
            lambda mlist: show_list(self.api, mlist),
        )

    POST = GET


@rest(context=MailingList)
class MailingListView(View):
    """One list."""

    def GET(self) -> dict[str, Any]:
        """The list object."""
        return show_list(self.api, self.context)

    def DELETE(self) -> Any:
        """Delete the list with all that belongs to it."""
        remove_list(self.engine, self.context)
        return no_content()
