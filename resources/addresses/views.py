"""`/addresses`: reading addresses and their memberships."""

from __future__ import annotations

from typing import Any

from resources.addresses.model import Address, Addresses
from resources.addresses.representation import show_address
from resources.members.find import memberships_of, order
from resources.members.representation import member_listing
from resources.members.schemas import MembersQuery
from resources.representation import Collection, listing
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion


@segment(of=ApiVersion, name="addresses")
def addresses(parent: ApiVersion, name: str, request: RestRequest) -> Addresses:
    """`addresses`"""
    return request.site.addresses


@segment(of=Addresses)
def address(parent: Addresses, name: str, request: RestRequest) -> Address | None:
    """`addresses/{email}`, in any letter case."""
    return parent.get(name)


@segment(of=Address, name="memberships")
class Memberships(Segment):
    """`addresses/{email}/memberships`"""


@rest(context=Addresses)
class AddressesView(View):
    """The collection of addresses."""

    def GET(self) -> Collection:
        """All addresses, by lower-cased address."""
        addresses = self.context
        return listing(
            self.request,
            len(addresses),
            addresses.values,
            lambda address: show_address(self.api, address),
        )


@rest(context=Address)
class AddressView(View):
    """One address."""

    def GET(self) -> dict[str, Any]:
        """The address object."""
        return show_address(self.api, self.context)


@rest(context=Memberships)
class MembershipsView(View):
    """The memberships that go by an address."""

    @opts(schema=MembersQuery)
    def GET(self) -> Collection:
        """Memberships by list-id and role."""
        email = self.context.__parent__.email
        found = sorted(memberships_of(self.request, email), key=order)
        fields = self.request.validated["fields"]
        return member_listing(
            self.request, len(found), lambda start, count: found[start:][:count], fields
        )
