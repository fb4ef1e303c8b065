"""In which language the engine works on a message."""

from __future__ import annotations

from typing import Any


def working_language(settings: Any, mlist: Any, msg: Any) -> str:
    """The language of a message's sender, if that is a member, else the list's.

    Without a list (`mlist` is None) it is the default of the site.
    """
    if mlist is None:
        return str(settings.mmcore.default_language)
    member = mlist.members.get(msg.sender)
    return str(mlist.preferred_language if member is None else member.preferred_language)
