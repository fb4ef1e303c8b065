"""Joining and leaving: policies and their errors."""

from __future__ import annotations

from enum import Enum

from mmcore.errors import MMCoreError
from mmcore.interfaces.member import MembershipError


class SubscriptionPolicy(Enum):
    """What has to happen before somebody is (un)subscribed."""

    open = 0
    confirm = 1
    moderate = 2
    confirm_then_moderate = 3


class TokenOwner(Enum):
    """Whose move it is in a pending (un)subscription."""

    no_one = 0
    subscriber = 1
    moderator = 2


class RequestType(Enum):
    """What somebody waits for; the names are those of the pendables."""

    subscription = 1
    unsubscription = 2


class NoSuchRequestError(MMCoreError, LookupError):
    """A token is unknown, has expired, or stands for something else."""


class SubscriptionPendingError(MembershipError):
    """Another subscription of the same address to the same list is pending."""
