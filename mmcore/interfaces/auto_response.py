"""Automatic answers: of which kinds they are, and who got how many."""

from __future__ import annotations

from enum import Enum

from zope.interface import Interface


class Response(Enum):
    """The kinds of automatic answers."""

    #: That a post is held.
    hold = 1
    #: The list's text for those who write to its request address.
    command = 2
    #: The list's text for those who write to its owners.
    owner = 3
    #: The list's text for those who write to the list.
    postings = 4
    #: What commands sent by mail have done.
    results = 5


class IAutoResponses(Interface):
    """Who got automatic answers from which list: as much as is needed to give not too many.

    Days are those of UTC.
    """

    def todays_count(list_id: str, email: str, response: Response) -> int:
        """How many answers of a kind an address has got today."""

    def last_response(list_id: str, email: str, response: Response) -> object:
        """The day (`datetime.date`) of the newest one, or None."""

    def response_sent(list_id: str, email: str, response: Response, keep: object) -> None:
        """Count one more.

        It is remembered today, and for the `timedelta` of `keep` if that is longer.
        """

    def remove_list(list_id: str) -> None:
        """Forget the answers of a list that is going to be removed."""

    def remove_address(email: str) -> None:
        """Forget the answers to an address that is going to be deleted."""

    def evict(limit: int = 1000) -> int:
        """Forget what need not be remembered any more, at most `limit`; returns how many."""
