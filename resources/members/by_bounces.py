"""Which members get no mail because it came back: those who are warned, and removed at last.

There are few of them, and nobody walks all memberships of the site to find them.  The model
methods that change a membership or its preferences keep the index true.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree

from mmcore.interfaces.member import DeliveryStatus, Disabled, MemberRole


class ByBounces(OOBTree):
    """(list-id, time of the last warning, how many there were) by member id.

    All of it is text: the database compares values when it resolves conflicts.
    """

    max_leaf_size = 100
    max_internal_size = 250

    def decide(self, member: Any) -> bool:
        """Make the index true for a membership; returns whether it has just left it."""
        member_id, value = member.member_id, row(member)
        if value is None:
            return self.pop(member_id, None) is not None
        if self.get(member_id) != value:
            self[member_id] = value
        return False

    def rows(self) -> Iterator[Disabled]:
        """What is known of each, by member id; loads no membership."""
        for member_id, (list_id, warned, warnings) in self.items():
            yield Disabled(member_id, list_id, datetime.fromisoformat(warned), int(warnings))


def row(member: Any) -> tuple[str, str, str] | None:
    """What the index should say of a membership; None: nothing.

    It goes by the member's own preference, not by the effective one.
    """
    if member.role is not MemberRole.member:
        return None
    if member.preference("delivery_status") is not DeliveryStatus.by_bounces:
        return None
    warned = member.last_warning_sent.isoformat()
    return member.list_id, warned, str(member.total_warnings_sent)
