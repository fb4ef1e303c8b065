"""Digests: posts that are collected for those who want many of them in one message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError
from mmcore.interfaces.member import DeliveryMode

#: How somebody gets posts who does not get them as they come.
DIGEST_MODES = frozenset(
    (DeliveryMode.plaintext_digests, DeliveryMode.mime_digests, DeliveryMode.summary_digests)
)


class NoSuchIssueError(MMCoreError):
    """An entry of the queue `digest` is about an issue that there is not."""


class ICollectedPost(Interface):
    """A post that waits for a digest; its text is in the content store."""

    content = Attribute("Reference into the content store (text).")
    header = Attribute("Header section that replaces the stored one (bytes), or None.")
    size = Attribute("Bytes of the post, with this header.")
    received_at = Attribute("When it was collected; naive UTC datetime.")


class IIssue(Interface):
    """The posts of one digest that is being sent: nothing is added any more."""

    list_id = Attribute("Of the list.")

    def posts() -> list[ICollectedPost]:
        """The posts in the order in which they came."""

    def last_readers() -> Iterator[tuple[str, DeliveryMode]]:
        """(address, mode) of those who get this digest although they have left digests."""


class IListDigests(Interface):
    """What one list is collecting."""

    list_id = Attribute("Of the list.")
    size = Attribute("Bytes of the posts that have been collected.")
    since = Attribute("When the first of them came, or None; see `IDigests.postpone`.")

    def __len__() -> int:
        """How many posts have been collected."""

    def add(content: str, header: bytes | None, size: int) -> None:
        """Collect a post.

        Transactions that collect for the same list at the same time do not conflict, except for
        its first post; one that collects what another has just sent does, and is repeated.
        """

    def last_digest_for(email: str, original: str, mode: DeliveryMode) -> None:
        """Have an address get the next digest, whether it is to get digests or not."""


class IDigests(Interface):
    """All digests of the site."""

    def get(list_id: str) -> IListDigests | None:
        """What a list is collecting; None if it never has."""

    def of(mlist: object) -> IListDigests:
        """The same, made if need be."""

    def waiting(before: datetime | None = None, limit: int | None = None) -> list[str]:
        """List-ids of lists that have collected something, those that wait longest first.

        With `before` only those that have been waiting since an earlier moment.
        """

    def postpone(list_id: str) -> None:
        """Count the time that a list's posts wait from now on."""

    def mark_full(list_id: str) -> None:
        """A list has collected as much as it wants in a digest."""

    def full() -> list[str]:
        """List-ids of the lists for which `mark_full` was called and nothing was sent since."""

    def forget_reader(list_id: str, email: str) -> None:
        """Somebody has left a list: there is no last digest to be sent."""

    def take(list_id: str) -> str | None:
        """Make an issue of what a list has collected; returns its id, None if that is nothing.

        What comes later goes into the next one.
        """

    def issue(issue_id: str) -> IIssue:
        """An issue that is being sent; raises NoSuchIssueError."""

    def finish(issue_id: str) -> None:
        """Forget an issue that was sent."""

    def remove_list(list_id: str) -> None:
        """Forget everything of a list."""

    def issue_ids() -> list[str]:
        """Ids of the issues that are being sent."""

    def posts_of(kind: str, name: str) -> list[ICollectedPost]:
        """The posts of a list-id (kind `waiting`) or of an issue's id (kind `issue`), if any."""

    def references() -> Iterator[str]:
        """References of all posts that wait or are being sent."""
