"""Finding and running the evolution steps that a database still needs."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmcore.errors import MMCoreError

log = logging.getLogger("mmcore.database")

STEP = re.compile(r"step(\d+)$")


class TooNewError(MMCoreError):
    """The database was written by a newer release than this one."""


def find_steps() -> dict[int, Callable[[Any], None]]:
    """Every step by number; raises RuntimeError when the numbers have a gap."""
    steps = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if match := STEP.match(module.name):
            steps[int(match[1])] = importlib.import_module(
                f"resources.evolve.{module.name}"
            ).evolve
    if sorted(steps) != list(range(1, len(steps) + 1)):
        raise RuntimeError(f"evolution steps are not numbered 1 to {len(steps)}: {sorted(steps)}")
    return steps


STEPS = find_steps()
CURRENT_VERSION = len(STEPS)


def evolve(site: Any, manager: Any, steps: dict[int, Callable[[Any], None]] | None = None) -> int:
    """Run the steps that `site` has not seen, one transaction each.

    Returns how many ran; raises TooNewError when the database knows steps
    that this release does not.
    """
    steps = STEPS if steps is None else steps
    if site.schema_version > len(steps):
        raise TooNewError(
            f"the database is at schema {site.schema_version}, this release knows only "
            f"{len(steps)}: install the newer mmcore that wrote it"
        )
    ran = 0
    while site.schema_version < len(steps):
        number = site.schema_version + 1
        log.info("evolving the database to schema %d", number)
        if ran:
            # With an explicit manager the commit has left us without a transaction.
            manager.begin()
        steps[number](site)
        site.schema_version = number
        manager.commit()
        ran += 1
    return ran
