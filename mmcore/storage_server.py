"""The storage server of the embedded database: a FileStorage behind ZEO on a unix socket.

The master runs it as its first child; a process that runs without a master
starts one beside itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from ZODB.utils import p64, u64

from mmcore.config import Settings
from mmcore.database import ZODB
from mmcore.errors import StorageUnavailableError
from mmcore.last_transaction import LastTransaction, shared_page

log = logging.getLogger("mmcore.database")

#: More ids than clients can have been given and not used.
_CLOCK_WAS_SET_BACK = 2**32


def serve_zeo(settings: Settings, ready: Callable[[], None] | None = None) -> int:
    """Serve the embedded database to all processes until SIGTERM; returns 0.

    While another process serves the same file, stand by and take over when it
    ends: clients reconnect by themselves.
    """
    import ZEO.asyncio.server
    from zc.lockfile import LockError
    from ZEO.StorageServer import StorageServer
    from ZODB.FileStorage import FileStorage

    # ZEO takes uvloop where it is installed. Its loop handles a message that has come
    # before what an earlier one has scheduled, so that a client may have the answer to
    # its ping, or its commit, before it hears what others had committed by then.
    ZEO.asyncio.server.new_event_loop = asyncio.new_event_loop

    path = settings.paths.data_dir / "Data.fs"
    stopping = False
    server: Any = None

    def stop(signum: int, frame: Any) -> None:
        nonlocal stopping
        stopping = True
        if server is not None:
            server.close()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    storage = None
    waited = False
    while storage is None and not stopping:
        try:
            storage = FileStorage(str(path))
        except OSError as error:
            log.error("cannot open %s: %s", path, error)
            return 1
        except LockError:
            if not waited:
                log.info("%s is served by another process: standing by", path)
            waited = True
            time.sleep(0.2)
    if storage is None:
        return 0
    if not len(storage):
        # The root of a new database is made here, once, not by all clients at a time.
        ZODB.DB(storage).close()
        storage = FileStorage(str(path))
    pass_over_ids(storage)
    LastTransaction(shared_page(settings)).follow(storage)
    try:
        server = StorageServer(
            str(settings.database.zeo_socket),
            {"1": storage},
            invalidation_queue_size=1000,
        )
        os.chmod(settings.database.zeo_socket, 0o660)
        if ready is not None:
            ready()
        if not stopping:
            server.loop()
    finally:
        storage.close()
    return 0


def pass_over_ids(storage: Any) -> None:
    """Begin new object ids where no server of this database can have been before.

    A client keeps a hundred unused ids, and goes on with them when a killed server is back.
    That one would begin after the last id that was committed, and give the same ids to others:
    two objects with one id.  So ids begin with the time in milliseconds, and leave room for a
    million in each of them.
    """
    by_clock = time.time_ns() // 1_000_000 << 20
    storage.set_max_oid(p64(max(by_clock, u64(storage._oid) + _CLOCK_WAS_SET_BACK)))


def is_served(settings: Settings) -> bool:
    """Whether somebody serves the embedded database right now.

    Raises StorageUnavailableError if we may not know.
    """
    path = str(settings.database.zeo_socket)
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
    except PermissionError as error:
        raise StorageUnavailableError(
            f"{path}: {error.strerror}; this has to run as the user that mmcore runs as"
        ) from error
    except OSError:
        return False
    return True


def start_zeo_beside(settings: Settings, timeout: float = 15) -> subprocess.Popen:
    """Start a storage server for a process that runs without a master.

    The server ends when our end of its standard input is closed, so it never
    outlives this process.  Raises StorageUnavailableError if it does not serve
    within `timeout` seconds.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "mmcore.commands.zeo", "-c", str(settings.source)],
        stdin=subprocess.PIPE,
    )
    deadline = time.monotonic() + timeout
    # A client that asks too early waits for a whole second before it asks again.
    while not is_served(settings):
        if process.poll() is not None or time.monotonic() > deadline:
            stop_zeo_beside(process)
            raise StorageUnavailableError(
                f"the storage server for {settings.paths.data_dir} does not start; "
                f"see the logs in {settings.paths.log_dir}"
            )
        time.sleep(0.02)
    return process


def stop_zeo_beside(process: subprocess.Popen) -> None:
    """Let go of a server from `start_zeo_beside`, and wait for its end."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
