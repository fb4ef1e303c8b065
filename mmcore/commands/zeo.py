"""The storage server of a process that runs without a master (`pserve`, a command).

It is started by `mmcore.storage_server.start_zeo_beside` and ends when the process
that started it closes its end of our standard input, in whatever way it ends.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import click
import setproctitle

from mmcore import logs
from mmcore.config import load
from mmcore.errors import MMCoreError
from mmcore.processes.lock import UMASK
from mmcore.storage_server import serve_zeo


def _end_with_stdin() -> None:
    """Wait for the end of standard input, then end this process in good order."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


@click.command()
@click.option("-c", "--config", metavar="FILE", required=True, help="The ini file.")
def command(config: str) -> None:
    """Serve the embedded database until standard input ends."""
    os.umask(UMASK)
    setproctitle.setproctitle("mmcore: zeo")
    # A Ctrl-C is for the process that needs us; we follow when that has ended.
    os.setpgid(0, 0)
    try:
        settings = load(config)
        settings.ensure_dirs()
        logs.configure(settings)
        threading.Thread(target=_end_with_stdin, daemon=True).start()
        status = serve_zeo(settings)
    except MMCoreError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(status)


if __name__ == "__main__":
    command()
