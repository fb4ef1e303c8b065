"""The command `mmcore`: a group whose subcommands are the files in `cli/`.

A subcommand is imported when it is named, so that `mmcore status` does not
wait for what only `mmcore inject` needs.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
from typing import Any

import click
from transaction.interfaces import TransientError

from mmcore import __version__
from mmcore.commands import cli
from mmcore.commands.context import Context
from mmcore.config import CONFIG_VARIABLE
from mmcore.errors import MMCoreError


class CommandFolder(click.Group):
    """A click group over the modules of `mmcore.commands.cli`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all subcommands."""
        return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(cli.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{cli.__name__}.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; a usage error names the nearest one."""
        name, known = str(args[0]), self.list_commands(ctx)
        if not name.startswith("-") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"  Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an error of ours becomes exit status 1 here and only here."""
        try:
            return super().invoke(ctx)
        except MMCoreError as error:
            # Several errors carry only the name that they are about.
            kind = type(error).__name__
            text = str(error)
            raise click.ClickException(text if " " in text else f"{kind}: {text}") from error
        except PermissionError as error:
            raise click.ClickException(
                f"{error.filename}: {error.strerror};"
                " this has to run as the user that mmcore runs as"
            ) from error
        except TransientError as error:
            raise click.ClickException(
                f"the storage was too busy or went away, please try again ({error})"
            ) from error


@click.group(cls=CommandFolder, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C", "-c", "--config", metavar="FILE", envvar=CONFIG_VARIABLE,
    help="The ini file; else ./development.ini, else /etc/mmcore/mmcore.ini.",
)  # fmt: skip
@click.version_option(__version__, prog_name="mmcore")
@click.pass_context
def command(ctx: click.Context, config: str | None) -> None:
    """Drive and look into a mailing-list engine."""
    ctx.obj = Context(config)


def main() -> None:
    """Entry point of `mmcore`."""
    sys.exit(command())


if __name__ == "__main__":
    main()
