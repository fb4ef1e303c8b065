"""`mmcore start`: the master in the background."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.control import inspect, refuse_if_locked
from mmcore.config import Settings
from mmcore.errors import MMCoreError
from mmcore.processes.banner import places

#: Seconds that the master gets to take its lock and find all it needs.
PATIENCE = 30.0
#: Seconds more until REST and LMTP answer; a port in use is waited for, but not by us.
READY_PATIENCE = 5.0


@click.command()
@click.option("-f", "--force", is_flag=True, help="Break a lock that no living master holds.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@pass_context
def command(context: Context, force: bool, quiet: bool) -> None:
    """Start the engine in the background."""
    settings = context.settings
    settings.ensure_dirs()
    refuse_if_locked(inspect(settings), force)
    console = settings.paths.log_dir / "console.log"
    before = console.stat().st_size if console.exists() else 0
    with open(console, "ab") as output:
        master = subprocess.Popen(
            [
                sys.executable, "-m", "mmcore.master", "-c", str(settings.source),
                *(["--force"] if force else []),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )  # fmt: skip
    _await_start(settings, master, console, before)
    if not quiet:
        click.echo(
            f"{places(settings)}\n(master pid {master.pid}; what it prints is in {console})"
        )
    # It goes on without us.
    master.returncode = 0


def _await_start(
    settings: Settings, master: subprocess.Popen[bytes], console: Path, before: int
) -> None:
    """Return when the new master has written its pid file; raises MMCoreError if it does not."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if master.poll() is not None:
            said = console.read_bytes()[before:].decode("utf-8", "replace").strip()
            raise MMCoreError(f"the master ended with status {master.returncode}: {said}")
        with suppress(FileNotFoundError):
            if settings.paths.pid_file.read_text(encoding="ascii") == f"{master.pid}\n":
                _await_answers(console, before)
                return
        time.sleep(0.05)
    raise MMCoreError(f"the master (pid {master.pid}) did not start; see {console}")


def _await_answers(console: Path, before: int) -> None:
    """Wait until REST and LMTP answer, which the master then says; not for ever."""
    give_up = time.monotonic() + READY_PATIENCE
    while b"Next, try" not in console.read_bytes()[before:] and time.monotonic() < give_up:
        time.sleep(0.05)
