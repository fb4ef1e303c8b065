"""A house with an engine, in which things are explained, and then done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mmcore.explain.house import House


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests: each makes a list of its own."""
    house = House(Path(tmp_path_factory.mktemp("h")))
    yield house
    house.close()


@pytest.fixture
def ant(house: House) -> Any:
    """The list-id of a new list with three members."""
    return house.new_list()
