"""Storms: many members at one provider whose mail fails at the same time."""

from __future__ import annotations

from datetime import datetime

from zope.interface import Attribute, Interface


class IBounceStorm(Interface):
    """One storm."""

    provider = Attribute("At which provider, see `mmcore.services.bounce_providers`.")
    since = Attribute("Naive UTC datetime: of the first failure.")
    latest = Attribute("Naive UTC datetime: the last time that it was one.")
    told = Attribute("List-ids of the lists whose owners know, a tuple.")


class IBounceStorms(Interface):
    """The storms of the last days, by provider: a few."""

    def get(provider: str) -> IBounceStorm | None:
        """The storm at a provider."""

    def add(provider: str, moment: datetime) -> IBounceStorm:
        """Note that one has begun."""

    def values() -> list[IBounceStorm]:
        """All of them."""

    def forget(storm: IBounceStorm) -> None:
        """It is over."""


class IUndelivered(Interface):
    """About which messages somebody was told that they did not reach many."""

    def tell(list_id: str, message_id: str, moment: datetime) -> bool:
        """Note it; returns False if it was noted already."""
