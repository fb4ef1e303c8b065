"""Rules look at a message and answer yes or no."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IRule(Interface):
    """One question about a post.  Built once a process, with the `IEngine`."""

    name = Attribute("Unique name, hyphenated.")
    description = Attribute("One English sentence, marked for translation.")
    record = Attribute("Whether hits and misses are recorded in the metadata.")

    def check(mlist: object, msg: object, msgdata: dict) -> bool:
        """Answer the question.

        Must not modify the message (`approved` strips passwords, the one
        exception).  A rule that hits may append a reason to
        `msgdata['moderation_reasons']`: a text, or a tuple of a text with
        `{}` slots and its values; both untranslated.
        """
