"""The number of the last commit, where every process of the host can see it.

Whoever wants to read what any process has committed has to know whether
something is under way to it.  Asking the storage server costs a round trip, a
third of a whole HTTP request.  So the server writes the number of each commit
into a page of memory that all processes share, before it answers the one who
committed; a reader that has seen this number already need not ask.

The eight bytes are written in one go.  A reader that got a mixture of two
numbers would find one that it does not know, and ask.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmcore.config import Settings

#: A transaction id has eight bytes.
SIZE = 8


def shared_page(settings: Settings) -> Path:
    """The file behind the page of the embedded database's storage server."""
    return Path(settings.paths.run_dir) / "zeo.last"


class LastTransaction:
    """The shared page, behind a file that is never replaced, only written to.

    `path` is made if it does not exist.  Raises OSError if that cannot be done.
    """

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            if os.fstat(fd).st_size < SIZE:
                os.ftruncate(fd, SIZE)
            self._page = mmap.mmap(fd, SIZE)
        finally:
            os.close(fd)

    def read(self) -> bytes:
        """The id of the last transaction (eight bytes, all zero for none)."""
        return self._page[:]

    def publish(self, tid: bytes) -> None:
        """Tell everybody."""
        self._page[:] = tid

    def follow(self, storage: Any) -> None:
        """Publish the last commit of a storage, and each one from now on."""
        finish: Callable[..., bytes] = storage.tpc_finish

        def tpc_finish(transaction: Any, f: Any = None) -> bytes:
            tid = finish(transaction, f)
            self.publish(tid)
            return tid

        storage.tpc_finish = tpc_finish
        self.publish(storage.lastTransaction())
