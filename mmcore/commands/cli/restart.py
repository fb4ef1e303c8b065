"""`mmcore restart`."""

from __future__ import annotations

import signal

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import send
from mmcore.processes.trial import try_to_build
from mmcore.settings_checks import check_key_files


@click.command()
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@pass_context
def command(context: Context, quiet: bool) -> None:
    """Have the engine start over, with the code and the settings of now."""
    # The master looks, too, but it can only tell the log.
    check_key_files(context.settings)
    try_to_build(context.settings)
    pid = send(context.settings, signal.SIGUSR1)
    if pid is not None and not quiet:
        click.echo(f"Restarting mmcore (master pid {pid})")
