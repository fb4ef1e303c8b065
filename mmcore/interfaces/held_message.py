"""Posts that wait for a moderator."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IHeldMessage(Interface):
    """One post held on one list."""

    request_id = Attribute("Small integer, unique on the site.")
    list_id = Attribute("Of the list.")
    message_id = Attribute("The Message-ID with its angle brackets.")
    sender = Attribute("addr-spec or ''.")
    subject = Attribute("The raw Subject, or None if there is none.")
    reasons = Attribute("List of untranslated reasons, as rules record them.")
    hold_date = Attribute("Naive UTC datetime.")
    content = Attribute("Reference into the content store.")
    token = Attribute("What a moderator can answer with by mail, or None.")

    def msgdata() -> dict:
        """A fresh copy of the metadata."""


class IHeldMessages(Interface):
    """All held messages of the site."""

    def add(
        mlist: object, msg: object, msgdata: dict, reasons: list, lane: str = ""
    ) -> IHeldMessage:
        """Hold a message: its text is kept until the request is handled.

        `lane` names the process among all that hold at the same time; those of
        different names do not get into each other's way.
        """

    def get(request_id: int) -> IHeldMessage | None:
        """Find one by number."""

    def numbers_of(list_id: str) -> list[int]:
        """The numbers of those of a list; loads none of them."""

    def of_list(list_id: str, start: int = 0, count: int | None = None) -> list[IHeldMessage]:
        """Those of a list by number, or a page of them."""

    def count(list_id: str) -> int:
        """How many a list has; loads none of them."""

    def list_ids() -> list[str]:
        """The lists that have any."""

    def before(list_id: str, moment: object, limit: int | None = None) -> list[int]:
        """Numbers of those of a list that have been held since before a moment.

        The oldest first, at most `limit` of them.
        """

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

    def requests(
        list_id: str,
        pend_type: str,
        owner: str | None = None,
        start: int = 0,
        count: int | None = None,
    ) -> list[tuple[str, dict]]:
        """(token, what it stands for) of requests to join or leave a list, oldest first.

        `owner` is the name of whose move it is; None stands for everybody.
        """

    def count_requests(list_id: str, pend_type: str, owner: str | None = None) -> int:
        """How many `requests` would find; loads none of them."""

    def remove_address(email: str) -> None:
        """Forget every request of an address that is going to be deleted."""

    def remove_user(user_id: str) -> None:
        """Forget every request of a user that is going to be deleted."""

    def change_user(old_id: str, new_id: str) -> None:
        """Hand the requests of a user as such over to the one it is merged into."""

    def evict() -> int:
        """Forget what has expired; returns how many."""
