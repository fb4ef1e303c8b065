"""The archiver `mbox`: a file for each list and month that any mail program opens.

For people without a web archive: `archive_dir/mbox/POSTING ADDRESS/YYYY-MM.mbox`, by the time at
which posts came in.  Whoever publishes that directory says where in `base_url`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from mmcore.archivers.base import Archiver, with_slash
from mmcore.archivers.files import fingerprint, folder_of
from mmcore.archivers.mbox_file import MboxFile, as_mbox
from mmcore.directives import archiver
from mmcore.interfaces.archiver import Mailing


@archiver
class Mbox(Archiver):
    """Appends each message to the file of its month."""

    name = "mbox"
    defaults: ClassVar[dict[str, str]] = {"base_url": ""}

    def __init__(self, engine: Any, name: str = "") -> None:
        super().__init__(engine, name)
        self._files: dict[Path, MboxFile] = {}

    def list_url(self, mlist: Any) -> str | None:
        """See `IArchiver`."""
        base_url = with_slash(self.options["base_url"])
        return f"{base_url}{quote(mlist.posting_address)}/" if base_url else None

    def archive_message(self, mlist: Any, msg: Any) -> Mailing | None:
        """See `IArchiver`.  Raises OSError and ArchiverUnavailableError."""
        received = getattr(msg, "received_time", None)
        if received is None:
            received = datetime.now(UTC).replace(tzinfo=None)
        path = folder_of(self.engine, self.name, mlist) / f"{received:%Y-%m}.mbox"
        if path not in self._files and len(self._files) >= 500:
            # What they know of a month can be read again.
            self._files.clear()
        file = self._files.setdefault(path, MboxFile(path))
        file.append(fingerprint(msg), as_mbox(msg, received))
        return None
