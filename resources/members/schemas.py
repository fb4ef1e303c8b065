"""Parameters of memberships."""

from __future__ import annotations

from mmcore.interfaces.action import Action
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from resources.fields import (
    blank_or,
    boolean,
    drop,
    enumeration,
    field,
    line,
    person_name,
    strings,
    subscriber,
)
from resources.paged import PagedQuery
from resources.parameters import Parameters


class MembersQuery(PagedQuery):
    """GET of the collection."""

    fields = field(strings, missing=None)


class FindMembers(MembersQuery):
    """`members/find`: all criteria must be met."""

    list_id = field(line, missing=drop)
    subscriber = field(line, missing=drop)
    role = field(enumeration(MemberRole), missing=drop)
    moderation_action = field(blank_or(enumeration(Action)), missing=drop)
    delivery_mode = field(enumeration(DeliveryMode), missing=drop)
    delivery_status = field(enumeration(DeliveryStatus), missing=drop)


class NewMember(Parameters):
    """POST to the collection."""

    list_id = field(line)
    subscriber = field(subscriber)
    role = field(enumeration(MemberRole), missing=MemberRole.member)
    display_name = field(person_name, missing="")
    delivery_mode = field(enumeration(DeliveryMode), missing=None)
    delivery_status = field(enumeration(DeliveryStatus), missing=None)
    pre_verified = field(boolean, missing=False)
    pre_confirmed = field(boolean, missing=False)
    pre_approved = field(boolean, missing=False)
    invitation = field(boolean, missing=False)
    send_welcome_message = field(boolean, missing=None)


class MemberChange(Parameters):
    """PATCH of a membership."""

    address = field(line, missing=drop)
    delivery_mode = field(enumeration(DeliveryMode), missing=drop)
    moderation_action = field(blank_or(enumeration(Action)), missing=drop)


class Leaving(Parameters):
    """DELETE of a membership of role member."""

    pre_confirmed = field(boolean, missing=True)
    pre_approved = field(boolean, missing=False)
