"""Memberships: what ties a person to a list in a role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class MemberRole(Enum):
    """In which role somebody belongs to a list."""

    member = 1
    owner = 2
    moderator = 3
    nonmember = 4


class DeliveryMode(Enum):
    """In which form a member gets the list's mail."""

    regular = 1
    plaintext_digests = 2
    mime_digests = 3
    summary_digests = 4


class DeliveryStatus(Enum):
    """Whether a member gets mail, and who switched it off."""

    enabled = 1
    by_user = 2
    by_bounces = 3
    by_moderator = 4
    unknown = 5


class SubscriptionMode(Enum):
    """Whether a user or one address is subscribed."""

    as_user = 1
    as_address = 2


class Disabled(NamedTuple):
    """A member who gets no mail because it came back."""

    member_id: str
    list_id: str
    #: datetime.min: never.
    last_warning_sent: datetime
    total_warnings_sent: int


class MembershipError(MMCoreError):
    """A membership cannot be as asked for."""


class AlreadySubscribedError(MembershipError):
    """The address or user already has this role on the list."""

    def __init__(self, posting_address: str, email: str, role: MemberRole) -> None:
        super().__init__(f"{email} is already an {role.name} of {posting_address}")
        self.posting_address = posting_address
        self.email = email
        self.role = role


class MembershipIsBannedError(MembershipError):
    """The address is banned from the list."""


class PostingAddressError(MembershipError):
    """The list's own posting address cannot be subscribed to it."""


class NotAMemberError(MembershipError):
    """There is no such membership."""


class Addressee(NamedTuple):
    """What a copy may say of the member it goes to."""

    member_id: str
    #: Empty if the address belongs to nobody.
    user_id: str
    display_name: str
    #: These only if they were asked for.
    original_email: str = ""
    language: str = ""


class IMember(Interface):
    """One membership."""

    member_id = Attribute("32 lower-case hexadecimal digits, never reused.")
    list_id = Attribute("Of the list.")
    role = Attribute("MemberRole")
    mailing_list = Attribute("The `IMailingList`.")
    address = Attribute("`IAddress` in effect (explicit or the user's preferred); may be None.")
    email = Attribute("Lower-cased addr-spec of `address`, '' if there is none.")
    user = Attribute("`IUser` or None.")
    subscription_mode = Attribute("SubscriptionMode")
    display_name = Attribute("Of what is subscribed, else of the user, else ''.")
    moderation_action = Attribute("Action or None (the list's default).")
    preferences = Attribute("Its own `IPreferences`.")
    bounce_score = Attribute("int")
    last_bounce_received = Attribute("Naive UTC datetime or None.")
    last_warning_sent = Attribute("Naive UTC datetime; datetime.min is never.")
    total_warnings_sent = Attribute("int")
    delivery_mode = Attribute("Effective DeliveryMode (member, address, user, site).")
    delivery_status = Attribute("Effective DeliveryStatus.")
    acknowledge_posts = Attribute("Effective bool.")
    receive_list_copy = Attribute("Effective bool.")
    receive_own_postings = Attribute("Effective bool.")
    preferred_language = Attribute("Effective code; the list's as the last resort.")
    topics = Attribute("What it has chosen of the list's topics (`ITopicChoice`); None: nothing.")

    def choose_topics(names: object, posts_without_topic: bool) -> None:
        """From now on deliver these topics only; for posts as they come, not for digests.

        Raises TopicError for a topic that the list does not have, and if nothing would be left.
        """

    def forget_topics() -> None:
        """Deliver everything again."""

    def unsubscribe() -> None:
        """End the membership; every index that knew it forgets it."""


class IMembers(Interface):
    """The container of all memberships of the site, by member id."""

    def get(member_id: str) -> IMember | None:
        """Find a membership by id."""

    def disabled_by_bounces() -> Iterable[Disabled]:
        """Members whose own preference is `by_bounces`; loads no membership."""


class IRoster(Interface):
    """The memberships of one list in one role, indexed by address."""

    role = Attribute("MemberRole")

    def __len__() -> int:
        """How many there are (O(1))."""

    def get(email: str) -> IMember | None:
        """The membership whose effective address this is, in any letter case."""

    def members(start: int = 0, count: int | None = None) -> list[IMember]:
        """A slice in address order."""

    def emails(start: int = 0, count: int | None = None) -> list[str]:
        """The same slice, addresses only: loads no membership."""

    def addressees(
        emails: Sequence[str], asked: frozenset[str] = frozenset()
    ) -> Iterator[Addressee | None]:
        """Who some addresses are, one after the other; None for one that is not in the roster.

        Fast if they are in order.  `asked` says what else is to be known, which costs loading
        objects: `original` and `language` for all, `nameless` for the `original_email` of those
        without a name.
        """
