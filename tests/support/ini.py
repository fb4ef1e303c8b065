"""Ini files for engines of their own: free ports, a directory with a short name."""

from __future__ import annotations

from pathlib import Path

from tests.support.ports import free_ports


def write_ini(directory: Path) -> Path:
    """A configuration with `var` beside it, and outgoing mail in a maildir."""
    path = directory / "test.ini"
    lmtp, rest = free_ports(2)
    path.write_text(
        "[mta]\noutgoing = maildir\n"
        f"lmtp_port = {lmtp}\n"
        f"[webservice]\nhostname = 127.0.0.1\nport = {rest}\nadmin_pass = restpass\n",
        encoding="utf-8",
    )
    return path
