"""Memberships and their container."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from zope.interface import implementer

from mmcore.interfaces.action import Action
from mmcore.interfaces.member import (
    Disabled,
    IMember,
    IMembers,
    MemberRole,
    SubscriptionMode,
)
from resources.container import Container, Node, root_of
from resources.members.by_bounces import ByBounces
from resources.members.entry import Entry, initial_action, pack, unpack
from resources.preferences.model import SYSTEM_DEFAULTS, Preferring
from resources.topics.model import Choosing

#: What the roster knows of a membership besides what address and user say.
SHOWN = frozenset({
    "moderation_action", "bounce_score", "last_bounce_received", "last_warning_sent",
    "topic_choice", "total_warnings_sent",
})  # fmt: skip


@implementer(IMember)
class Member(Preferring, Choosing, Node):
    """See `IMember`.  Exactly one of `explicit_email` and `user_id` is set."""

    explicit_email: str | None = None
    user_id: str | None = None
    moderation_action: Action | None = None
    bounce_score = 0
    last_bounce_received: datetime | None = None
    last_warning_sent = datetime.min
    total_warnings_sent = 0

    def __init__(self, member_id: str, list_id: str, role: MemberRole) -> None:
        self.member_id = member_id
        self.list_id = list_id
        self.role = role
        if (action := initial_action(role)) is not None:
            self.moderation_action = action

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in SHOWN and self.__parent__ is not None:
            self.refresh()

    def __repr__(self) -> str:
        return f"<Member: {self.email} on {self.list_id} as {self.role}>"

    @property
    def mailing_list(self) -> Any:
        """The list."""
        return root_of(self).lists[self.list_id]

    @property
    def subscription_mode(self) -> SubscriptionMode:
        """Whether a user or an address is subscribed."""
        return SubscriptionMode.as_address if self.user_id is None else SubscriptionMode.as_user

    @property
    def email(self) -> str:
        """Address in effect, lower-cased."""
        if self.explicit_email is not None:
            return self.explicit_email
        return self.subscriber.email_in_effect

    @property
    def address(self) -> Any:
        """Address object in effect."""
        return root_of(self).addresses[self.email]

    @property
    def user(self) -> Any:
        """The user behind the membership, or None."""
        if self.user_id is not None:
            return root_of(self).users[self.user_id]
        return self.address.user

    @property
    def subscriber(self) -> Any:
        """What is subscribed: a user or an address."""
        if self.user_id is not None:
            return root_of(self).users[self.user_id]
        return root_of(self).addresses[self.explicit_email]

    def behind(self) -> tuple[Any, Any]:
        """Address in effect, and user or None, without looking up twice."""
        site = root_of(self)
        if self.user_id is None:
            address = site.addresses[self.explicit_email]
            return address, address.user
        user = site.users[self.user_id]
        return site.addresses[user.email_in_effect], user

    @property
    def display_name(self) -> str:
        """Name of what is subscribed, else of the user, else ''."""
        name = self.subscriber.display_name
        if not name and self.user_id is None and (user := self.user) is not None:
            name = user.display_name
        return name

    def effective(self, name: str) -> Any:
        """A preference as it resolves: member, address, user, site."""
        value = self.preference(name)
        return self.resolved(name, *self.behind()) if value is None else value

    def resolved(self, name: str, address: Any, user: Any) -> Any:
        """The same, when address and user are at hand."""
        value = self.preference(name)
        if value is None:
            value = address.preference(name)
        if value is None and user is not None:
            value = user.preference(name)
        return SYSTEM_DEFAULTS[name] if value is None else value

    @property
    def listed(self) -> Entry:
        """The same as `entry`, from the roster: loads no address and no user."""
        return self.roster().entry(self.email, self.member_id)

    @property
    def entry(self) -> Entry:
        """What clients are shown of it, and the roster knows, from the objects themselves."""
        return unpack(self.list_id, self.role, (self.email, self.member_id), pack(self))

    @property
    def delivery_mode(self) -> Any:
        """Effective delivery mode."""
        return self.effective("delivery_mode")

    @property
    def delivery_status(self) -> Any:
        """Effective delivery status."""
        return self.effective("delivery_status")

    @property
    def acknowledge_posts(self) -> bool:
        """Effective preference."""
        return self.effective("acknowledge_posts")

    @property
    def receive_list_copy(self) -> bool:
        """Effective preference."""
        return self.effective("receive_list_copy")

    @property
    def receive_own_postings(self) -> bool:
        """Effective preference."""
        return self.effective("receive_own_postings")

    @property
    def preferred_language(self) -> str:
        """Effective language; the list's when nobody said anything."""
        return self.effective("preferred_language") or self.mailing_list.preferred_language

    def roster(self) -> Any:
        """The roster the membership stands in."""
        return self.mailing_list.roster(self.role)

    def index(self) -> None:
        """Enter the membership under its address in effect."""
        self.roster().add(self)

    def unindex(self) -> None:
        """Take it out again (before the address in effect changes)."""
        self.roster().remove(self)

    def move(self, address: Any) -> None:
        """Have a membership by address go by another address."""
        self.unindex()
        self.leave_subscriber()
        self.explicit_email = address.email
        address.member_ids += (self.member_id,)
        self.index()

    def to_address(self, address: Any) -> None:
        """Have a membership of a user become one of an address; it ends if there is one."""
        self.unindex()
        self.leave_subscriber()
        if any(other.user_id is None for other in self.roster().memberships(address.email)):
            self.__parent__.forget(self)
            return
        self.user_id = None
        self.explicit_email = address.email
        address.member_ids += (self.member_id,)
        self.index()

    def to_user(self, user: Any) -> None:
        """Hand a membership of a user over to another; it ends if that one is there already.

        By whichever address: nobody is to get everything twice for having two accounts merged.
        """
        self.unindex()
        self.leave_subscriber()
        if any(self.roster().memberships(email) for email in user.emails):
            self.__parent__.forget(self)
            return
        self.user_id = user.user_id
        user.member_ids += (self.member_id,)
        self.index()

    def leave_subscriber(self) -> None:
        """Have the user or address forget the membership."""
        subscriber = self.subscriber
        subscriber.member_ids = tuple(i for i in subscriber.member_ids if i != self.member_id)

    def refresh(self) -> None:
        """Something changed that the roster or the index of those who bounce knows."""
        if self.__parent__.by_bounces.decide(self):
            # Whoever gets mail again begins anew.
            self.bounce_score = self.total_warnings_sent = 0
            self.last_warning_sent = datetime.min
        self.roster().refresh(self)

    delivery_changed = refresh

    def unsubscribe(self) -> None:
        """See `IMember`."""
        self.unindex()
        self.leave_subscriber()
        self.__parent__.forget(self)


@implementer(IMembers)
class Members(Container):
    """See `IMembers`.  Filled by `IMailingList.subscribe`."""

    #: None only in databases of older releases, while their other indexes are made.
    _by_bounces: ByBounces | None = None

    def __init__(self) -> None:
        super().__init__()
        self._by_bounces = ByBounces()

    @property
    def by_bounces(self) -> ByBounces:
        """The index of those who get no mail because it came back."""
        if self._by_bounces is None:
            self._by_bounces = ByBounces()
        return self._by_bounces

    def reindex(self) -> None:
        """Make the index of those who bounce anew (also for databases that do not have it)."""
        self._by_bounces = ByBounces()
        for member in self._data.values():
            self.by_bounces.decide(member)

    def disabled_by_bounces(self) -> Iterator[Disabled]:
        """See `IMembers`."""
        return self.by_bounces.rows()

    def __len__(self) -> int:
        # Asked by nobody in a hurry: each new membership is an object less.
        return len(self._data)

    def _changed(self, by: int) -> None:
        """Counted when asked."""

    def add(self, mlist: Any, role: MemberRole, address: Any, user: Any) -> Member:
        """Create a membership of `user`, or of `address` when `user` is None."""
        member = Member(uuid4().hex, mlist.list_id, role)
        if user is None:
            member.explicit_email = address.email
        else:
            member.user_id = user.user_id
        self._insert(member.member_id, member)
        subscriber = address if user is None else user
        subscriber.member_ids += (member.member_id,)
        member.index()
        return member

    def forget(self, member: Member) -> None:
        """Delete a membership that neither a roster nor a subscriber knows any more."""
        self.by_bounces.pop(member.member_id, None)
        self._delete(member.member_id)
