"""The tours in `docs/`, typed line by line into a copy of the tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine import ROOT
from tests.support.record import START
from tests.support.walkthrough import Clone, fits, steps

#: Pages that begin with an engine of their own and lead the reader through something.
TOURS = ("moderating", "plugins")


@pytest.fixture
def clone(tmp_path_factory):
    """A copy of the tree."""
    clone = Clone(Path(tmp_path_factory.mktemp("t")))
    yield clone
    clone.stop()


@pytest.mark.parametrize("name", TOURS)
def test_every_step_prints_what_the_page_says(clone, name):
    for step in steps((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")):
        if step.commands == START:
            assert fits(step.expected, clone.start(step.commands))
        else:
            clone.try_out(step)
    assert clone.run_process.wait(30) == 0
