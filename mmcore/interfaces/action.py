"""What can be decided about a message (enum numbers are the stored values)."""

from __future__ import annotations

from enum import Enum


class Action(Enum):
    """What to do with a post."""

    hold = 0
    reject = 1
    discard = 2
    accept = 3
    defer = 4


class FilterAction(Enum):
    """What to do with a post whose content the list does not allow."""

    hold = 0
    reject = 1
    discard = 2
    accept = 3
    defer = 4
    forward = 5
    preserve = 6
