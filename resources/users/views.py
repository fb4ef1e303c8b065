"""`/users`: reading users and their addresses."""

from __future__ import annotations

from typing import Any

from resources.addresses.representation import show_address
from resources.representation import Collection, listing
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.users.model import User, Users
from resources.users.representation import show_user
from resources.versions import ApiVersion


@segment(of=ApiVersion, name="users")
def users(parent: ApiVersion, name: str, request: RestRequest) -> Users:
    """`users`"""
    return request.site.users


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


@rest(context=Users)
class UsersView(View):
    """The collection of users."""

    def GET(self) -> Collection:
        """All users in order of creation."""
        users = self.context
        return listing(
            self.request, len(users), users.values, lambda user: show_user(self.api, user)
        )


@rest(context=User)
class UserView(View):
    """One user."""

    def GET(self) -> dict[str, Any]:
        """The user object."""
        return show_user(self.api, self.context)


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
