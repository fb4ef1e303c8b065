"""What other instances of the out runner noted in their journals about entries that are ours now.

That happens when the number of instances was changed while mail was on its way.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mmcore.mta.journal import Journal, Marks, read_marks


def inherit(journal: Journal, path: Path, ours: Collection[str]) -> None:
    """Copy the marks of the entries `ours` into `journal`, which lies at `path`."""
    for other in sorted(path.parent.glob("out-*.journal")):
        if other == path:
            continue
        for name, marks in read_marks(other).items():
            # Again, if the last time ended in the middle: marks add up.
            if name in ours and not _has(journal.recall(name), marks):
                number = journal.begin(name)
                if done := sorted(marks.done):
                    journal.started(number, 1, done)
                    journal.finished(number, 1, [marks.done[index] for index in done])
                if marks.in_doubt:
                    journal.started(number, 2, sorted(marks.in_doubt))
    journal.sync()


def _has(known: Marks | None, marks: Marks) -> bool:
    """Whether nothing of `marks` is missing in what is known."""
    if known is None:
        return False
    doubt_or_done = known.in_doubt | known.done.keys()
    return marks.done.keys() <= known.done.keys() and marks.in_doubt <= doubt_or_done
