"""`/addresses/{email}/user`: to whom an address belongs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.services.users import create_user_of, hand_over
from resources.addresses.model import Address
from resources.addresses.schemas import NewLink, OtherLink
from resources.errors import Problem
from resources.parameters import ParameterError, request_schema, validated
from resources.representation import created, done, no_content
from resources.rest import Segment, View, opts, rest, segment
from resources.users.representation import show_user, user_link

NEW_LINK = request_schema(NewLink, engine=None)


@segment(of=Address, name="user")
class AddressUser(Segment):
    """`addresses/{email}/user`"""


@rest(context=AddressUser)
class AddressUserView(View):
    """The user of an address."""

    @property
    def address(self) -> Address:
        """The address."""
        return self.context.__parent__

    def GET(self) -> dict[str, Any]:
        """The user object; 404 if the address is nobody's."""
        return show_user(self.api, self._user())

    def POST(self) -> Any:
        """Link the address, which is nobody's, to a user or a new one."""
        if self.address.user is not None:
            raise Problem(409)
        # Validated after the question above: clients rely on the 409.
        new = validated(self.request, NEW_LINK)
        auto_create = new.pop("auto_create")
        given = new.pop("user_id")
        if given is None:
            if not auto_create:
                raise Problem(403)
            return self._create(new)
        user = self.site.users.get(self._id(given))
        if user is None:
            raise Problem(400, f"No user with ID {given}")
        return self._link(user)

    @opts(schema=OtherLink)
    def PUT(self) -> Any:
        """Link the address to another user or a new one, whomever it belongs to."""
        new = self.request.validated
        given = new.pop("user_id")
        if given is None:
            return self._create(new)
        user_id = self._id(given)
        user = self.site.users.get(user_id)
        if user is None:
            raise Problem(404, f"No user with ID {UUID(user_id)}")
        return self._link(user)

    def DELETE(self) -> Any:
        """Unlink the address; user and memberships stay."""
        self._user().unlink(self.address)
        return no_content()

    def _user(self) -> Any:
        user = self.address.user
        if user is None:
            raise Problem(404)
        return user

    def _id(self, text: str) -> str:
        user_id = self.api.parse_id(text)
        if user_id is None:
            raise ParameterError.of("user_id", f"Expected a user id, got {text}")
        return user_id

    def _link(self, user: Any) -> Any:
        hand_over(self.address, user)
        return done()

    def _create(self, new: dict[str, Any]) -> Any:
        try:
            user = create_user_of(self.site, self.address, **new)
        except InvalidEmailAddressError as error:
            raise Problem(400, f"Invalid email address {error.email}") from error
        return created(user_link(self.api, user))
