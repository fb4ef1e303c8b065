"""`mmcore restart`."""

from __future__ import annotations

import signal

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import send


@click.command()
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@pass_context
def command(context: Context, quiet: bool) -> None:
    """Have the engine start over, with the code and the settings of now."""
    pid = send(context.settings, signal.SIGUSR1)
    if pid is not None and not quiet:
        click.echo(f"Restarting mmcore (master pid {pid})")
