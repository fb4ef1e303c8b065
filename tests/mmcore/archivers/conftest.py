"""A HyperKitty to talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.hyperkitty import FakeHyperKitty


@pytest.fixture
def kitty() -> Iterator[FakeHyperKitty]:
    """A HyperKitty that does as it is told."""
    kitty = FakeHyperKitty()
    yield kitty
    kitty.close()
