"""Commands that people mail to a list."""

from __future__ import annotations

from enum import Enum

from zope.interface import Attribute, Interface


class ContinueProcessing(Enum):
    """Whether the commands after one are carried out, too."""

    no = 0
    yes = 1


class IResults(Interface):
    """What the commands of one mail have to say; see `mmcore.email_commands.results`."""

    send_response = Attribute("Whether the results are mailed back.")
    may_quote = Attribute("Whether what the mail said may be repeated to its author.")
    confirms = Attribute("Tokens that this mail has confirmed.")
    joins = Attribute("Addresses that this mail has subscribed.")

    def print(text: str) -> None:
        """Say something: one line or several."""


class IEmailCommand(Interface):
    """One command.  Built once a process, with the `IEngine`."""

    name = Attribute("The word by which it is called; never translated.")
    argument_description = Attribute("What stands after the word, or ''; never translated.")
    short_description = Attribute("One line, marked for translation.")
    description = Attribute("The whole explanation, marked for translation.")

    def process(
        mlist: object, msg: object, msgdata: dict, arguments: list[str], results: IResults
    ) -> ContinueProcessing:
        """Carry the command out; what it has to say goes to `results`.

        `arguments` are the words after the command, in lower case and ASCII.
        """
