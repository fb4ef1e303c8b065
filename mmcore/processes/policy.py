"""Whether and when a child that has ended is started again.

Pure decisions without processes or clocks, so that they can be read and tested
on their own.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field

#: A child that ends within this many seconds of its start has failed to start.
QUICK_DEATH = 1.0
#: Delays before the restarts of a child that keeps failing to start.
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
#: Seconds after which a child's earlier ends are no longer held against it.
FORGIVEN_AFTER = 60 * 60.0

_ENDED_ON_PURPOSE = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Ending:
    """Why a child ended: the number of a signal, or an exit status.

    A runner that a signal told to stop exits with the number of that signal,
    so both readings mean the same (and 0 is an end without a reason).
    """

    number: int
    killed: bool = False

    @classmethod
    def from_wait(cls, status: int) -> Ending:
        """Read the status of os.waitpid."""
        if os.WIFSIGNALED(status):
            return cls(os.WTERMSIG(status), killed=True)
        return cls(os.WEXITSTATUS(status))

    @property
    def told_to_stop(self) -> bool:
        """Whether SIGTERM or SIGINT ended it: it is not to come back."""
        return self.number in _ENDED_ON_PURPOSE

    @property
    def told_to_restart(self) -> bool:
        """Whether SIGUSR1 ended it: it is to come back, and that is no failure."""
        return self.number == signal.SIGUSR1

    def __str__(self) -> str:
        return f"killed by signal {self.number}" if self.killed else f"exit status {self.number}"


@dataclass
class RestartPolicy:
    """The record of one child and what follows from it."""

    max_restarts: int
    ends: int = field(default=0, init=False)
    quick_ends: int = field(default=0, init=False)

    def delay_after(self, ending: Ending, lived: float) -> float | None:
        """Seconds until the child is started again; None if it is not.

        `lived` is how long it ran, in seconds.
        """
        if ending.told_to_stop:
            return None
        if ending.told_to_restart:
            return 0.0
        if lived >= FORGIVEN_AFTER:
            self.ends = 0
        self.ends += 1
        if self.exhausted:
            return None
        if lived >= QUICK_DEATH:
            self.quick_ends = 0
            return 0.0
        self.quick_ends += 1
        return min(FIRST_DELAY * 2 ** (self.quick_ends - 1), LONGEST_DELAY)

    @property
    def exhausted(self) -> bool:
        """Whether the child has ended once too often."""
        return self.ends > self.max_restarts
