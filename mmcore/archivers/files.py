"""Files that survive a power cut, for archivers that keep messages on this machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any


def fingerprint(msg: Any) -> str:
    """What tells a message from all others: a hash of all its bytes.

    A Message-ID would not do: of two posts that share one, both are kept.
    """
    return hashlib.sha256(msg.as_bytes()).hexdigest()


def folder_of(engine: Any, archiver: str, mlist: Any) -> Path:
    """The directory of a list in an archive: below `archive_dir`, by its posting address."""
    # Names of lists have no slash, and with its domain none is `..`.
    name = mlist.posting_address.replace("/", "_").replace("\0", "_")
    path: Path = engine.settings.paths.archive_dir / archiver / name
    return path


def make_folder(path: Path) -> None:
    """Create a directory with those above it, durably; raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o770, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a directory survive a power cut; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
