"""How the tests share several processes (pytest-xdist): `make test` starts them.

A file of tests stays in one process, with the engine that it may have started for all of them.
Not more than two processes at a time run tests that start engines: each engine is a dozen
processes, and with too many of them nothing is ready in time.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from zlib import crc32

import pytest

#: What takes longest begins first, so that no process is left alone with it at the end.
LONG = (
    "tests/functional/",
    "tests/test_docs",
    "tests/resources/test_check.py",
    "tests/resources/test_fuzz.py",
    "tests/mmcore/test_master.py",
)
#: Files with tests that start engines; as many groups of them as may run at a time.
ENGINES = ("tests/functional/", "tests/test_docs")
GROUPS = 2
#: Each test of these is long and needs nothing of the others.
APART = ("tests/functional/test_crash", "tests/resources/test_check.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first; all processes have to agree about the order."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONG), _scope(item.nodeid)))


def _scope(nodeid: str) -> str:
    """The tests of a scope stay in one process, one after the other."""
    file = nodeid.partition("::")[0]
    if nodeid.startswith(APART):
        return nodeid
    if nodeid.startswith(ENGINES):
        return f"engines {crc32(file.encode()) % GROUPS}"
    return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share by files, but those `APART` by tests."""
    from xdist.scheduler import LoadFileScheduling

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _scope(nodeid)

    return Sharing(config, log) if config.option.dist == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """What one process reports to another.

    Lone surrogates, which many of our tests are about, cannot travel.
    """
    return speakable((yield))


def speakable(value: Any) -> Any:
    """A structure of plain values without lone surrogates."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {speakable(key): speakable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(speakable(each) for each in value)
    return value
