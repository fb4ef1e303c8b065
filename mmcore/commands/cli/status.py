"""`mmcore status`: one line, and the state of the lock as exit status."""

from __future__ import annotations

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import inspect
from mmcore.commands.output import print_json
from mmcore.errors import MMCoreError


class CannotTellError(click.ClickException):
    """Nobody knows whether it runs; the other exit statuses are those of `LockState`."""

    exit_code = 4


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
@pass_context
def command(context: Context, ctx: click.Context, as_json: bool) -> None:
    """Say whether the engine runs.

    Exit status: 0 not running, 1 running, 2 a lock was left behind, 3 the lock
    belongs to another host, 4 that cannot be told.
    """
    try:
        info = inspect(context.settings)
    except (MMCoreError, PermissionError) as error:
        raise CannotTellError(str(error)) from error
    if as_json:
        pid, host = info.pid or None, info.hostname or None
        print_json({"state": info.state.name, "pid": pid, "host": host})
    else:
        click.echo(info.describe())
    ctx.exit(info.state.value)
