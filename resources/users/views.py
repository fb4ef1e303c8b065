"""`/users`: users, their addresses and passwords."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.services.users import add_address, change_user, create_user, login, prefer
from resources.addresses.representation import address_link, show_address
from resources.errors import Problem
from resources.parameters import ParameterError, optional, parameters, request_schema, validated
from resources.representation import Collection, created, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.users.model import User, Users
from resources.users.representation import show_user, user_link
from resources.users.schemas import (
    FindUsers,
    Login,
    NewUser,
    NewUserAddress,
    PreferredEmail,
    UserChange,
)
from resources.versions import ApiVersion

PATCH_SCHEMA = request_schema(optional(UserChange()), engine=None)
#: What can be changed of a user.
CHANGEABLE = frozenset(child.name for child in UserChange().children)


@segment(of=ApiVersion, name="users")
def users(parent: ApiVersion, name: str, request: RestRequest) -> Users:
    """`users`"""
    return request.site.users


@segment(of=Users, name="find")
class FindUsersSegment(Segment):
    """`users/find`"""


@segment(of=Users)
def user(parent: Users, name: str, request: RestRequest) -> User | None:
    """`users/{user}`: by id in the form of the API version, or by address."""
    if "@" in name:
        return parent.by_email(name)
    user_id = request.api.parse_id(name)
    return None if user_id is None else parent.get(user_id)


@segment(of=User, name="addresses")
class UserAddresses(Segment):
    """`users/{user}/addresses`"""


@segment(of=User, name="preferred_address")
class PreferredAddress(Segment):
    """`users/{user}/preferred_address`"""


@segment(of=User, name="login")
class LoginSegment(Segment):
    """`users/{user}/login`"""


@rest(context=Users)
class UsersView(View):
    """The collection of users."""

    def GET(self) -> Collection:
        """All users in order of creation."""
        users = self.context
        return listing(
            self.request, len(users), users.values, lambda user: show_user(self.api, user)
        )

    @opts(schema=NewUser)
    def POST(self) -> Any:
        """Create a user with an address that belongs to nobody."""
        try:
            user = create_user(self.site, **self.request.validated)
        except InvalidEmailAddressError as error:
            raise Problem(400, f"Invalid email address {error.email}") from error
        return created(user_link(self.api, user))


@rest(context=FindUsersSegment)
class FindUsersView(View):
    """Users by a part of a name or address."""

    @opts(schema=FindUsers)
    def GET(self) -> Collection:
        """Those found, in order of creation."""
        users = self.site.users
        found = users.find(self.request.validated["q"])
        return listing(
            self.request,
            len(found),
            lambda start, count: (users[user_id] for user_id in found[start:][:count]),
            lambda user: show_user(self.api, user),
        )


@rest(context=User)
class UserView(View):
    """One user."""

    def GET(self) -> dict[str, Any]:
        """The user object."""
        return show_user(self.api, self.context)

    def PATCH(self) -> Any:
        """Change what is given."""
        for name in parameters(self.request):
            if name not in CHANGEABLE:
                raise ParameterError(f"Unknown attribute: {name}")
        change_user(self.context, validated(self.request, PATCH_SCHEMA))
        return no_content()

    @opts(schema=UserChange)
    def PUT(self) -> Any:
        """Change everything that can be changed."""
        change_user(self.context, self.request.validated)
        return no_content()

    def DELETE(self) -> Any:
        """Delete the user with all addresses and memberships."""
        self.site.users.remove(self.context)
        return no_content()


@rest(context=UserAddresses)
class UserAddressesView(View):
    """The addresses of a user."""

    def GET(self) -> Collection:
        """Address objects in the order of their original spelling."""
        found = sorted(self.context.__parent__.addresses, key=lambda a: a.original_email)
        return listing(
            self.request,
            len(found),
            lambda start, count: found[start:][:count],
            lambda address: show_address(self.api, address),
        )

    @opts(schema=NewUserAddress)
    def POST(self) -> Any:
        """Give the user another address, or a whole other user with it."""
        new = self.request.validated
        absorb = bool(new.pop("absorb_existing"))
        try:
            address = add_address(self.site, self.context.__parent__, absorb=absorb, **new)
        except InvalidEmailAddressError as error:
            raise Problem(400, "Invalid email address") from error
        return created(address_link(self.api, address.email))


@rest(context=PreferredAddress)
class PreferredAddressView(View):
    """The address that memberships of the user go by."""

    def GET(self) -> dict[str, Any]:
        """The address object; 404 if none is preferred."""
        return show_address(self.api, self._preferred())

    @opts(schema=PreferredEmail)
    def POST(self) -> Any:
        """Prefer an address of the user, or one of nobody's."""
        address = prefer(self.site, self.context.__parent__, self.request.validated["email"])
        return created(address_link(self.api, address.email))

    def DELETE(self) -> Any:
        """Prefer none; memberships of the user go by another of its addresses."""
        self._preferred()
        self.context.__parent__.preferred_address = None
        return no_content()

    def _preferred(self) -> Any:
        address = self.context.__parent__.preferred_address
        if address is None:
            raise Problem(404)
        return address


@rest(context=LoginSegment)
class LoginView(View):
    """The password of a user."""

    @opts(schema=Login)
    def POST(self) -> Any:
        """204 if it is the right one, else 403."""
        if not login(self.context.__parent__, self.request.validated["cleartext_password"]):
            raise Problem(403)
        return no_content()
