"""Have a page of examples show what a run prints now.

    python -m tests.support.record docs/rest/members.md

types the commands of the page as `tests/test_docs_rest.py` does, and replaces
each output that is no longer right.  What was left out with `…` has to be left
out again by hand.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.served import Served
from tests.support.walkthrough import ID, Clone, Place, steps

START = "make run\n"


def recorded(place: Place, page: str) -> str:
    """The page with the outputs of a run, where the old ones do not fit."""
    position = 0
    for step in steps(page):
        position = page.index(f"```sh\n{step.commands}", position) + len(step.commands)
        if isinstance(place, Clone) and step.commands == START:
            place.start(step.commands)
            continue
        try:
            place.try_out(step)
        except AssertionError:
            # It is not what the page says, and stays so.
            expected = str(step.expected)
            begin = page.index(expected, position)
            page = page[:begin] + output(place, expected) + page[begin + len(expected) :]
    return page


def output(place: Place, expected: str) -> str:
    """What was printed in place of something else, with the ids that the page shows."""
    shown, real = ID.findall(expected), ID.findall(place.printed)
    if len(shown) == len(real):
        # Something else has changed: what is typed later may name them.
        place.ids |= dict(zip(shown, real, strict=True))
    text = place.printed
    for name, here in place.ids.items():
        text = text.replace(here, name)
    return "\n".join([*(line.rstrip() for line in text.rstrip().splitlines()), ""])


def main() -> None:
    """Record the pages that are named."""
    for name in sys.argv[1:]:
        path = Path(name)
        page = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="d") as folder:
            whole = any(step.commands == START for step in steps(page))
            place = Clone(Path(folder)) if whole else Served(Path(folder))
            try:
                path.write_text(recorded(place, page), encoding="utf-8")
            finally:
                place.stop()


if __name__ == "__main__":
    main()
