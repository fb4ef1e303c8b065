"""The README's five-minute tour, typed line by line into a copy of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import ROOT
from tests.support.walkthrough import Clone, fits, section, steps

TOUR = section((ROOT / "README.md").read_text(encoding="utf-8"), "A five-minute tour")


@pytest.fixture
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A copy in a directory with a space in its name."""
    directory = Path(tmp_path_factory.mktemp("r")) / "m m"
    directory.mkdir()
    clone = Clone(directory)
    yield clone
    clone.stop()


class TestTour:
    def test_every_step_prints_what_the_readme_says(self, clone):
        first, *others = steps(TOUR)
        assert first.commands == "make run\n"
        assert fits(first.expected, clone.start(first.commands))
        for step in others:
            clone.try_out(step)
        assert clone.run_process.wait(30) == 0

    def test_the_tour_leaves_nothing_out_that_was_promised(self):
        typed = "".join(step.commands for step in steps(TOUR))
        for word in ("make run", "/domains", "/lists", "/members", "LMTP", "caught", "queues",
                     "status", "stop"):  # fmt: skip
            assert word in typed
        assert all(step.expected for step in steps(TOUR))
