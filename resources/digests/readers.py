"""Who gets the digests of a list, without loading a membership.

Beside the addresses that get posts as they come, the roster of members has those that get
digests.  A digest shows addresses to nobody but goes to them as they were first written, so that
is kept, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from BTrees.OOBTree import OOBTree

from mmcore.interfaces.digest import DIGEST_MODES
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from resources.members.entry import Entry

_MODES = {str(mode.value): mode for mode in DIGEST_MODES}


def reading(entries: Iterable[Entry]) -> Entry | None:
    """Of the memberships with an address the one by which it gets digests, or None.

    If there are two, that of the address itself goes before its user's: one digest is enough.
    """
    found = [
        entry
        for entry in entries
        if entry.delivery_mode in DIGEST_MODES and entry.delivery_status is DeliveryStatus.enabled
    ]
    return min(found, key=lambda entry: entry.as_user, default=None)


class DigestReaders(OOBTree):
    """Addresses in lower case that get digests; in big leaves, because they are read in one go.

    The value is the number of the mode, followed by the address as it was first written if that
    is another.  All of it is text: the database compares values when it resolves conflicts.
    """

    max_leaf_size = 250
    max_internal_size = 250

    def decide(self, address: Any, entries: Iterable[Entry]) -> None:
        """Make the index true for an `IAddress`, whose memberships are `entries`."""
        email, entry = address.email, reading(entries)
        if entry is None:
            self.pop(email, None)
            return
        original = address.original_email
        value = f"{entry.delivery_mode.value}{'' if original == email else original}"
        if self.get(email) != value:
            self[email] = value

    def readers(self) -> Iterator[tuple[str, DeliveryMode]]:
        """(address as it was first written, mode), in the order of the addresses."""
        for email, value in self.items():
            yield value[1:] or email, _MODES[value[0]]


class DigestList:
    """What a list knows of the digests of its members; mixed into `MailingList`."""

    list_id: str
    site: Any
    members: Any

    def digest_recipients(self) -> Iterable[tuple[str, DeliveryMode]]:
        """See `IMailingList`."""
        readers: Iterable[tuple[str, DeliveryMode]] = self.members.digest_readers
        return readers

    def send_one_last_digest_to(self, address: str, delivery_mode: DeliveryMode) -> None:
        """See `IMailingList`."""
        known = self.site.addresses.get(address)
        original = address if known is None else known.original_email
        digests = self.site.digests.of(self)
        digests.last_digest_for(address.lower(), original, delivery_mode)

    def left_digests(self, before: Entry, after: Entry) -> None:
        """A membership has changed: whoever left digests gets what was collected until then."""
        if reading([before]) is None or after.delivery_mode in DIGEST_MODES:
            return
        waiting = self.site.digests.get(self.list_id)
        collecting = waiting is not None and waiting.since is not None
        if collecting and after.delivery_status is DeliveryStatus.enabled:
            self.send_one_last_digest_to(after.email, before.delivery_mode)
