"""Finding a running master and sending it signals."""

from __future__ import annotations

import os
import time

import click

from mmcore.config import Settings
from mmcore.errors import MMCoreError
from mmcore.processes.lock import LockInfo, LockState, inspect, is_master


def send(settings: Settings, signum: int) -> int | None:
    """Send a signal to the master of this site; returns its pid.

    When there is none, that is said on standard error, what it left of its pid
    file is removed, and None is returned.  Raises MMCoreError when we may not, and
    PermissionError when we may not even look.
    """
    path = settings.paths.pid_file
    try:
        pid = int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        click.echo(f"mmcore is not running: there is no {path}", err=True)
        return None
    except PermissionError:
        # There may well be one.
        raise
    except (OSError, ValueError) as error:
        click.echo(f"cannot read {path}: {error}", err=True)
        return None
    try:
        if not is_master(pid):
            raise ProcessLookupError
        os.kill(pid, signum)
    except ProcessLookupError:
        click.echo(f"mmcore is not running: pid {pid} in {path} is gone", err=True)
        path.unlink(missing_ok=True)
        return None
    except PermissionError as error:
        raise MMCoreError(f"you may not signal the master (pid {pid})") from error
    return pid


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until a master has ended; False if it has not in time."""
    give_up = time.monotonic() + seconds
    while is_master(pid):
        if time.monotonic() >= give_up:
            return False
        time.sleep(0.05)
    return True


def refuse_if_locked(info: LockInfo, force: bool) -> None:
    """Raise MMCoreError when a master could not start."""
    if info.state is LockState.conflict:
        raise MMCoreError(f"{info.describe()}; nothing to start")
    if info.state is not LockState.none and not force:
        raise MMCoreError(
            f"{info.describe()} ({info.state.name}).  If that is over, use --force:"
            f" it removes {info.path}"
        )


__all__ = ["inspect", "refuse_if_locked", "send", "wait_for_end"]
