"""Posts that wait for a moderator."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IHeldMessage(Interface):
    """One post held on one list."""

    request_id = Attribute("Small integer, unique on the site.")
    list_id = Attribute("Of the list.")
    message_id = Attribute("The Message-ID with its angle brackets.")
    sender = Attribute("addr-spec or ''.")
    subject = Attribute("The raw Subject.")
    reasons = Attribute("List of untranslated reasons, as rules record them.")
    hold_date = Attribute("Naive UTC datetime.")
    content = Attribute("Reference into the content store.")

    def msgdata() -> dict:
        """A fresh copy of the metadata."""


class IHeldMessages(Interface):
    """All held messages of the site."""

    def add(mlist: object, msg: object, msgdata: dict, reasons: list) -> IHeldMessage:
        """Hold a message: its text is kept until the request is handled."""

    def get(request_id: int) -> IHeldMessage | None:
        """Find one by number."""

    def of_list(list_id: str) -> list[IHeldMessage]:
        """Those of a list, by number."""

    def remove(request_id: int) -> None:
        """Forget one; raises KeyError."""


class IPendings(Interface):
    """Tokens for things that wait for somebody's answer."""

    def add(pendable: dict, lifetime: object) -> str:
        """Store a dictionary of plain values under a new 40 hex digit token."""

    def get(token: str) -> dict | None:
        """What a token stands for, unless it has expired."""

    def confirm(token: str) -> dict | None:
        """The same, and forget the token."""

    def find(list_id: str, pend_type: str | None = None, email: str | None = None) -> list[str]:
        """Tokens of a list, by type and address."""

    def evict() -> int:
        """Forget what has expired; returns how many."""
