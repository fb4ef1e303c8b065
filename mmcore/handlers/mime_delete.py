"""Takes out of a post what its list does not let through (RFC 2045, RFC 2183)."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import _, mark, using
from mmcore import __version__
from mmcore.directives import handler
from mmcore.handlers.splicing import splice_into
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import one_line
from mmcore.services.content_filter import Filtered, filter_message


@handler
@implementer(IHandler)
class MIMEDelete:
    """Has the content filter work on the post, and says so in it."""

    name = "mime-delete"
    description = mark("Remove the parts that the list's content filter does not let through.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if not mlist.filter_content or msgdata.get("isdigest"):
            return
        side_effects = msgdata.get("fwd_preserve", True)
        filtered = filter_message(self.engine, mlist, msg, side_effects=side_effects)
        if not filtered.changed:
            return
        msg["X-Content-Filtered-By"] = f"Mailman/MimeDel {__version__}"
        if self.engine.settings.mmcore.filter_report:
            report = _report(mlist, filtered)
            if report:
                splice_into(msg, "", report)


def _report(mlist: Any, filtered: Filtered) -> str:
    """What was removed, for the readers; '' if nothing was."""
    with using(mlist.preferred_language):
        lines = []
        for kind, name in filtered.removed:
            kind = one_line(kind)
            lines.append(
                _("A part of type $type was removed: $name", type=kind, name=one_line(name))
                if name
                else _("A part of type $type was removed", type=kind)
            )
        for kind, rest in filtered.shape.alternatives:
            lines.append(
                _("Of a part of type $type, only the $rest version was kept", type=kind, rest=rest)
            )
        if not lines:
            return ""
        title = _("The content filter of $name changed this message:", name=mlist.display_name)
    return "\n".join([title, *(f"- {line}" for line in lines)]) + "\n"
