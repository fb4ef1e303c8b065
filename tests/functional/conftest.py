"""Whole engines for the functional tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import RunningEngine
from tests.support.lists import sending_engine, smarthost_of
from tests.support.smtpd import ScriptedServer

#: Set by `.ci/run`: then a missing Postfix is a failure, not a reason to leave tests out.
REQUIRED = os.environ.get("MMCORE_TEST_POSTFIX") == "required"
HAVE_POSTFIX = shutil.which("postfix", path="/usr/sbin:/sbin") is not None and os.geteuid() == 0

#: The same for Chromium and its driver.
BROWSER_REQUIRED = os.environ.get("MMCORE_TEST_BROWSER") == "required"
HAVE_BROWSER = all(shutil.which(name) for name in ("chromium", "chromedriver"))

collect_ignore = [] if HAVE_POSTFIX or REQUIRED else ["test_postfix.py", "test_postfix_maps.py"]
if not (HAVE_BROWSER or BROWSER_REQUIRED):
    collect_ignore.append("test_public_browser.py")


@pytest.fixture
def make_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Start engines; they are stopped at the end of the test."""
    engines: list[RunningEngine] = []

    def make(**values: Any) -> RunningEngine:
        engine = RunningEngine(Path(tmp_path_factory.mktemp("e")), **values)
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.stop()


@pytest.fixture(scope="module")
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    """One engine for all tests of a module; each has a list and a smarthost of its own.

    A module may say in `SETTINGS` what is to stand in the ini file.
    """
    engine = sending_engine(Path(tmp_path_factory.mktemp("d")))
    for section, values in getattr(request.module, "SETTINGS", {}).items():
        engine.set(section, **values)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
def smarthost(engine: RunningEngine) -> Iterator[ScriptedServer]:
    """The server that the engine sends to."""
    with smarthost_of(engine) as server:
        yield server
