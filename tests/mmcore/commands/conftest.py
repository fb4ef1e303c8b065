"""A site on disk, and the command `mmcore` over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mmcore.commands.main import command
from tests.support.ini import write_ini


@pytest.fixture
def ini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ini file for an engine of its own; the path is short enough for sockets."""
    return write_ini(tmp_path_factory.mktemp("s"))


@pytest.fixture
def mmcore(ini: Path):
    """Call a subcommand; returns click's result."""

    def call(*arguments: str, input: bytes | str | None = None) -> Result:
        return CliRunner().invoke(command, ["-C", str(ini), *arguments], input=input)

    return call
