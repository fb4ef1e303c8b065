"""Spares people a second copy of what was sent to them directly."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.base import replace_field
from mmcore.interfaces.handler import IHandler
from mmcore.message.addresses import format_address, parse_addresses

_FIELDS = ("to", "cc", "resent-to", "resent-cc")


@handler
@implementer(IHandler)
class AvoidDuplicates:
    """Drops explicit recipients who want no list copy, and marks those who do.

    Only the memberships of recipients named in the message are loaded.
    """

    name = "avoid-duplicates"
    description = mark("Leave out members who were addressed directly and want one copy.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        recipients = msgdata.get("recipients") or []
        explicit: set[str] = set()
        for name in _FIELDS:
            if fields := msg.get_all(name):
                explicit.update(address.lower() for _name, address in parse_addresses(fields))
        explicit.discard(mlist.posting_address)
        if not explicit:
            return
        explicit -= {mlist.bounces_address, mlist.owner_address, mlist.request_address}
        members = {address: mlist.members.get(address) for address in explicit}
        known = {address for address, member in members.items() if member is not None}
        if not known:
            # Most posts name nobody but the list: spare them the walk through all recipients.
            return
        dropped, marked = set(), []
        for address in sorted(known.intersection(recipients)):
            if members[address].receive_list_copy:
                marked.append(address)
            else:
                dropped.add(address)
        if marked:
            msgdata["add-dup-header"] = marked
        if dropped:
            msgdata["recipients"] = [r for r in recipients if r not in dropped]
            self._leave_cc(msg, dropped)

    def _leave_cc(self, msg: Any, dropped: set[str]) -> None:
        """Take addresses out of Cc, so that replies to all do not reach them twice again."""
        people = parse_addresses(msg.get_all("cc", []))
        rest = [(name, address) for name, address in people if address.lower() not in dropped]
        if len(rest) != len(people):
            value = ", ".join(format_address(name, address) for name, address in rest)
            replace_field(msg, "Cc", value)
