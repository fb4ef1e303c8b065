"""Asking one rule about one message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.messages import message


@pytest.fixture
def ask(engine, mlist) -> Callable:
    """ask(rule name, text or message, **metadata) -> (hit, metadata)."""

    def ask(name, msg, **msgdata):
        if isinstance(msg, str):
            msg = message(msg)
        return engine.rules[name].check(mlist, msg, msgdata), msgdata

    return ask
