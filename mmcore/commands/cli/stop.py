"""`mmcore stop`."""

from __future__ import annotations

import signal

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import send, wait_for_end
from mmcore.errors import MMCoreError

#: Seconds that a whole engine gets to end: more than its master gives its children.
PATIENCE = 30.0


@click.command()
@click.option("--no-wait", is_flag=True, help="Return at once, not when it has stopped.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@pass_context
def command(context: Context, no_wait: bool, quiet: bool) -> None:
    """Stop the engine; messages under way stay in their queues."""
    pid = send(context.settings, signal.SIGTERM)
    if pid is None:
        return
    if not quiet:
        click.echo(f"Stopping mmcore (master pid {pid})")
    if not no_wait and not wait_for_end(pid, PATIENCE):
        raise MMCoreError(f"the master (pid {pid}) is still running after {PATIENCE:g} s")
