"""The archiver `prototype`: a maildir for each list.

`archive_dir/prototype/POSTING ADDRESS/` can be opened by any program that reads maildirs.  It
has no web pages, so there are no URLs.
"""

from __future__ import annotations

import os
from calendar import timegm
from pathlib import Path
from typing import Any

from mmcore.archivers.base import Archiver
from mmcore.archivers.files import fingerprint, folder_of, make_folder, sync_folder
from mmcore.directives import archiver
from mmcore.interfaces.archiver import Mailing


@archiver
class Prototype(Archiver):
    """Keeps each message as a file, whose name says which message it is."""

    name = "prototype"

    def __init__(self, engine: Any, name: str = "") -> None:
        super().__init__(engine, name)
        # Directory -> (time of its last change, names in it).
        self._listed: dict[Path, tuple[int, set[str]]] = {}

    def archive_message(self, mlist: Any, msg: Any) -> Mailing | None:
        """See `IArchiver`.  Raises OSError."""
        folder = folder_of(self.engine, self.name, mlist)
        for part in ("tmp", "new", "cur"):
            make_folder(folder / part)
        received = getattr(msg, "received_time", None)
        seconds = 0 if received is None else timegm(received.timetuple())
        name = f"{seconds}.{fingerprint(msg)[:40]}.mmcore"
        final = folder / "new" / name
        if not final.exists() and name not in self._read_ones(folder / "cur"):
            # Under the same name each time: what a crash left behind is written over.
            temporary = folder / "tmp" / name
            with temporary.open("wb") as file:
                file.write(msg.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(final)
            sync_folder(final.parent)
        return None

    def _read_ones(self, folder: Path) -> set[str]:
        """Names of the messages that somebody has read, without their flags."""
        changed = folder.stat().st_mtime_ns
        known = self._listed.get(folder)
        if known is None or known[0] != changed:
            names = {name.partition(":")[0] for name in os.listdir(folder)}
            self._listed[folder] = known = (changed, names)
        return known[1]
