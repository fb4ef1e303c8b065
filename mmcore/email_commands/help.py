"""`help`: which commands there are, and what each of them does."""

from __future__ import annotations

from typing import Any

from i18n import _, mark
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.services.templates import wrap


@email_command
class Help(EmailCommand):
    """Explains the commands."""

    name = "help"
    argument_description = "[command]"
    short_description = mark("Get help about the commands that can be mailed.")
    description = mark(
        "Get help about the commands that can be mailed: all of them, or the one you name."
    )

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        if not arguments:
            self._print_all(results)
            return ContinueProcessing.yes
        if len(arguments) > 1:
            results.print(_("$command: too many arguments", command=self.name))
            return ContinueProcessing.no
        command = self.engine.email_commands.get(arguments[0])
        if command is None:
            results.print(self._unknown(arguments[0], results))
            return ContinueProcessing.no
        results.print(f"{command.name} {command.argument_description}".rstrip())
        results.print(_(command.short_description))
        if command.description != command.short_description:
            results.print("")
            results.print(wrap(_(command.description)))
        return ContinueProcessing.yes

    def _unknown(self, name: str, results: Any) -> str:
        if not results.may_quote:
            return _("$command: there is no command of that name", command=self.name)
        return _("$command: there is no command $name", command=self.name, name=name[:100])

    def _print_all(self, results: Any) -> None:
        commands = self.engine.email_commands
        width = max(map(len, commands))
        for name in sorted(commands):
            results.print(f"{name:{width}} - {_(commands[name].short_description)}")
