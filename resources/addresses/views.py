"""`/addresses`: addresses, what they are verified for, their memberships."""

from __future__ import annotations

from typing import Any

from resources.addresses.model import Address, Addresses
from resources.addresses.representation import show_address
from resources.addresses.schemas import AddressChange
from resources.members.find import memberships_of, order
from resources.members.representation import member_listing
from resources.members.schemas import MembersQuery
from resources.representation import Collection, listing, no_content
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


@segment(of=Address, name="verify")
class Verify(Segment):
    """`addresses/{email}/verify`"""

    __rest_extra__ = 400


@segment(of=Address, name="unverify")
class Unverify(Segment):
    """`addresses/{email}/unverify`"""

    __rest_extra__ = 400


@rest(context=Addresses)
class AddressesView(View):
    """The collection of addresses."""

    def GET(self) -> Collection:
        """All addresses, by their original spelling."""
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

    @opts(schema=AddressChange)
    def PATCH(self) -> Any:
        """Change the name beside the address."""
        self.context.display_name = self.request.validated["display_name"]
        return no_content()

    def DELETE(self) -> Any:
        """Delete the address with the memberships by it."""
        self.site.addresses.remove(self.context)
        return no_content()


@rest(context=Memberships)
class MembershipsView(View):
    """The memberships that go by an address."""

    @opts(schema=MembersQuery)
    def GET(self) -> Collection:
        """Memberships by list-id and role, also of an address without user."""
        email = self.context.__parent__.email
        found = sorted((m.entry for m in memberships_of(self.request, email)), key=order)
        fields = self.request.validated["fields"]
        return member_listing(
            self.request, len(found), lambda start, count: found[start:][:count], fields
        )


@rest(context=Verify)
class VerifyView(View):
    """Somebody has seen that mail to the address arrives."""

    def POST(self) -> Any:
        """Mark the address verified now, unless it is already."""
        self.context.__parent__.verify()
        return no_content()


@rest(context=Unverify)
class UnverifyView(View):
    """The opposite."""

    def POST(self) -> Any:
        """Mark the address not verified."""
        self.context.__parent__.unverify()
        return no_content()
