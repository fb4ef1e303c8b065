"""`mmcore reopen`."""

from __future__ import annotations

import signal

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import send


@click.command()
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@pass_context
def command(context: Context, quiet: bool) -> None:
    """Have all processes reopen their log files, after these were moved away."""
    pid = send(context.settings, signal.SIGHUP)
    if pid is not None and not quiet:
        click.echo(f"Reopening the logs of mmcore (master pid {pid})")
