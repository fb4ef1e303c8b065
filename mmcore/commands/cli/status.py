"""`mmcore status`: one line, and the state of the lock as exit status."""

from __future__ import annotations

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import inspect
from mmcore.commands.output import print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
@pass_context
def command(context: Context, ctx: click.Context, as_json: bool) -> None:
    """Say whether the engine runs.

    Exit status: 0 not running, 1 running, 2 a lock was left behind, 3 the lock
    belongs to another host.
    """
    info = inspect(context.settings)
    if as_json:
        pid, host = info.pid or None, info.hostname or None
        print_json({"state": info.state.name, "pid": pid, "host": host})
    else:
        click.echo(info.describe())
    ctx.exit(info.state.value)
