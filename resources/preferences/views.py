"""Preferences of users, addresses and memberships, and those in effect."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from mmcore.interfaces.preferences import PREFERENCE_NAMES
from resources.addresses.model import Address
from resources.addresses.representation import address_link
from resources.fields import boolean, enumeration, field, language
from resources.members.model import Member
from resources.members.representation import member_link
from resources.parameters import Parameters, optional
from resources.representation import no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.users.model import User
from resources.users.representation import user_link


class PreferencesChange(Parameters):
    """PUT of preferences."""

    acknowledge_posts = field(boolean)
    delivery_mode = field(enumeration(DeliveryMode))
    delivery_status = field(enumeration(DeliveryStatus))
    hide_address = field(boolean)
    preferred_language = field(language)
    receive_list_copy = field(boolean)
    receive_own_postings = field(boolean)


@segment(of=User, name="preferences")
@segment(of=Address, name="preferences")
@segment(of=Member, name="preferences")
class OwnPreferences(Segment):
    """`…/preferences`; the stored object comes into being when it is written to."""

    def __init__(self, parent: Any, name: str, request: RestRequest | None = None) -> None:
        super().__init__(parent, name, request)
        if isinstance(parent, User):
            self.__rest_extra__ = 400


@segment(of=Member, name="all")
class All(Segment):
    """`members/{mid}/all`: only a way to the next segment."""


@segment(of=All, name="preferences")
class EffectivePreferences(Segment):
    """`members/{mid}/all/preferences`"""


@rest(context=OwnPreferences)
class OwnPreferencesView(View):
    """What somebody has set."""

    def _link(self) -> str:
        owner = self.context.__parent__
        if isinstance(owner, User):
            return user_link(self.api, owner)
        if isinstance(owner, Member):
            return member_link(self.api, owner)
        return address_link(self.api, owner.email)

    def GET(self) -> dict[str, Any]:
        """The values that are set."""
        owner = self.context.__parent__
        values = {name: owner.preference(name) for name in PREFERENCE_NAMES}
        shown = {name: value for name, value in values.items() if value is not None}
        return {**shown, "self_link": f"{self._link()}/preferences"}

    @opts(schema=optional(PreferencesChange()))
    def PATCH(self) -> Any:
        """Set what is given."""
        preferences = self.context.__parent__.preferences
        for name, value in self.request.validated.items():
            setattr(preferences, name, value)
        return no_content()

    @opts(schema=PreferencesChange)
    def PUT(self) -> Any:
        """Set everything."""
        return self.PATCH()

    def DELETE(self) -> Any:
        """Unset everything."""
        self.context.__parent__.preferences.clear()
        return no_content()


@rest(context=EffectivePreferences)
class EffectivePreferencesView(View):
    """What holds for a membership."""

    def GET(self) -> dict[str, Any]:
        """First what the membership says, then address, user, and list or site."""
        member = self.context.__parent__.__parent__
        shown: dict[str, Any] = {name: member.effective(name) for name in PREFERENCE_NAMES}
        # Its last resort is the list.
        shown["preferred_language"] = member.preferred_language
        shown["self_link"] = f"{member_link(self.api, member)}/all/preferences"
        return shown
