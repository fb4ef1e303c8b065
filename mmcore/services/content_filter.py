"""The content filter of a list: which parts of a post are let through, and in what shape.

A list says by type and by file name what it takes.  First it is found out, without touching the
message, what would be left; only a message of which something is left is changed.
`mmcore.services.content_shape` then gives the rest its shape.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from i18n import _, explain, mark, using
from mmcore.interfaces.action import FilterAction
from mmcore.interfaces.handler import DiscardMessage, RejectMessage
from mmcore.message.parts import extension, file_names, is_opaque, is_sealed, parts_of
from mmcore.services.content_shape import Shape, shape
from mmcore.services.notifications import OwnerNotification
from mmcore.services.roles import administrators
from mmcore.services.templates import wrap

log = logging.getLogger("mmcore.vette")

FORBIDDEN_TYPE = mark("The type of the message is one that this list does not take")
OTHER_TYPE = mark("The type of the message is not one of those that this list takes")
FORBIDDEN_NAME = mark("The message is a file of a kind that this list does not take")
OTHER_NAME = mark("The message is a file, but not of a kind that this list takes")
OPAQUE = mark("The message is built in a way that this list does not take")
EMPTY = mark("Nothing was left of the message after the list's content filter")


@dataclass
class Filtered:
    """What the filter did: removed parts as (type, file name or ''), and changes of shape."""

    removed: list[tuple[str, str]] = field(default_factory=list)
    shape: Shape = field(default_factory=Shape)

    @property
    def changed(self) -> bool:
        """Whether the message is not as it came."""
        return bool(self.removed) or self.shape.changed


def filter_message(engine: Any, mlist: Any, msg: Any, *, side_effects: bool = True) -> Filtered:
    """Take out of `msg` what the list does not let through, and bring the rest into its shape.

    Parts that stay are not changed by a byte, but for HTML that becomes plain text.  Raises
    RejectMessage or DiscardMessage, as the list's filter_action says, for a message of which
    nothing is left; that one is not changed.  Without `side_effects` nothing is forwarded or
    kept then: for those who only want to know what would become of a message.
    """
    judge = _Judge(mlist)
    reason = judge.refusal(msg) or judge.empties(msg)
    if reason:
        _dispose(engine, mlist, msg, reason, side_effects)
    judge.prune(msg)
    most_html = engine.settings.mmcore.convert_html_max_bytes
    return Filtered(judge.removed, shape(mlist, msg, most_html))


class _Judge:
    """Decides part by part; remembers what is to go."""

    def __init__(self, mlist: Any) -> None:
        self.filter_types = _words(mlist.filter_types)
        self.pass_types = _words(mlist.pass_types)
        self.filter_extensions = _words(mlist.filter_extensions, ".")
        self.pass_extensions = _words(mlist.pass_extensions, ".")
        #: The parts that stay, for each (by its identity) from which some go.
        self._left: dict[int, list[Any]] = {}
        self.removed: list[tuple[str, str]] = []

    def refusal(self, part: Any) -> str | None:
        """Why this part, whatever is in it, cannot stay; None if it can."""
        types = {part.get_content_type(), part.get_content_maintype()}
        if types & self.filter_types:
            return FORBIDDEN_TYPE
        if self.pass_types and not types & self.pass_types:
            return OTHER_TYPE
        for ending in filter(None, map(extension, file_names(part))):
            if ending in self.filter_extensions:
                return FORBIDDEN_NAME
            if self.pass_extensions and ending not in self.pass_extensions:
                return OTHER_NAME
        return OPAQUE if is_opaque(part) else None

    def empties(self, msg: Any) -> str | None:
        """Find out what is to go below `msg`; a reason if that is everything."""
        return EMPTY if parts_of(msg) and not self._survivors(msg) else None

    def _survivors(self, part: Any) -> list[Any]:
        """The parts right below this one that stay."""
        parts = parts_of(part)
        removed_before = len(self.removed)
        kept = [child for child in parts if self._stays(child)]
        if len(self.removed) > removed_before and is_sealed(part):
            kept = self._broken_seal(part, kept)
        if len(kept) < len(parts):
            self._left[id(part)] = kept
        return kept

    def _stays(self, part: Any) -> bool:
        if self.refusal(part) is None and not (parts_of(part) and not self._survivors(part)):
            return True
        names = file_names(part)
        self.removed.append((part.get_content_type(), names[0] if names else ""))
        return False

    def _broken_seal(self, part: Any, kept: list[Any]) -> list[Any]:
        """What is left of a signed or encrypted part of which something is gone.

        A signature that no longer fits would only be taken for a forgery; a cipher without
        its key is no use.
        """
        first = parts_of(part)[0]
        intact = part.get_content_type() == "multipart/signed" and any(
            child is first for child in kept
        )
        return [first] if intact else []

    def prune(self, part: Any) -> None:
        """Take out what is to go, at all depths."""
        if not self._left:
            return
        kept = self._left.pop(id(part), None)
        if kept is not None:
            part.set_payload(kept)
        for child in parts_of(part):
            self.prune(child)


def _words(values: Iterable[str], prefix: str = "") -> set[str]:
    """What people entered, as it is compared."""
    words = (value.strip().lower().removeprefix(prefix) for value in values or ())
    return {word for word in words if word}


def _dispose(engine: Any, mlist: Any, msg: Any, reason: str, side_effects: bool) -> None:
    """Do with the whole message what the list's filter_action says; always raises."""
    action = mlist.filter_action
    if action is FilterAction.reject:
        with using(mlist.preferred_language):
            raise RejectMessage(explain(reason))
    if action is FilterAction.forward and side_effects:
        _forward(engine, mlist, msg, reason)
    elif action is FilterAction.preserve and side_effects:
        _preserve(engine, mlist, msg, reason)
    elif action not in (FilterAction.discard, FilterAction.forward, FilterAction.preserve):
        log.error(
            "%s: filter_action %s is none for content; discarding", mlist.fqdn_listname, action
        )
    raise DiscardMessage(reason)


def _forward(engine: Any, mlist: Any, msg: Any, reason: str) -> None:
    """Send the message to the people in charge."""
    with using(mlist.preferred_language):
        subject = _("Content filter of $name: a message was stopped", name=mlist.display_name)
        text = _(
            "The attached message was sent to $listname and has reached nobody else. $reason.",
            listname=mlist.fqdn_listname,
            reason=explain(reason),
        )
    roster = administrators(mlist) or [engine.settings.mmcore.site_owner]
    notice = OwnerNotification(engine, mlist, subject, wrap(text + "\n"), roster)
    notice.attach_message(msg)
    notice.send(engine, mlist)


def _preserve(engine: Any, mlist: Any, msg: Any, reason: str) -> None:
    """Keep the message in the queue `bad`, if the site allows that."""
    if not engine.settings.mmcore.filtered_messages_are_preservable:
        return
    msgdata = {
        "listid": mlist.list_id,
        "original_size": msg.original_size,
        "filter_reason": reason,
    }
    mailroom = engine.mailroom(mlist)
    # It may stay for long, so it must not hold on to a segment.
    mailroom.enqueue("bad", mailroom.read(mailroom.keep(msg)), msgdata)
