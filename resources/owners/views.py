"""`/owners`: the users who own the server."""

from __future__ import annotations

from resources.representation import Collection, listing
from resources.rest import Segment, View, rest, segment
from resources.users.representation import show_user
from resources.versions import ApiVersion


@segment(of=ApiVersion, name="owners")
class Owners(Segment):
    """`owners`"""

    __rest_extra__ = 400


@rest(context=Owners)
class OwnersView(View):
    """Who owns the server is said by the users themselves."""

    def GET(self) -> Collection:
        """Users in order of creation."""
        users = self.site.users
        return listing(
            self.request,
            users.count_owners(),
            users.owners,
            lambda user: show_user(self.api, user),
        )
