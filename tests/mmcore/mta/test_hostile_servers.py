"""Servers that drop, stall, lie and talk nonsense: nothing hangs, and nobody is lost or doubled.

Whatever a server does, in whatever stage: every recipient has one outcome, those whom
it acknowledged have not failed, and those who count as delivered were acknowledged.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmcore.config import Settings
from mmcore.mta.deliver import Transaction
from mmcore.mta.journal import Reply
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import Recorder, without
from tests.support.smtpd import (
    BYE,
    DRIP,
    DROP,
    ENDLESS,
    EXTENSIONS,
    HALF_CLOSE,
    RAW,
    STALL,
    ScriptedServer,
)

MANNERS = {
    "pipelined": EXTENSIONS,
    "lock-step": without("PIPELINING"),
    "chunked": [*EXTENSIONS, "CHUNKING"],
}
STAGES = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "DOT", "RSET"]
MISBEHAVIOURS = [
    DROP,
    HALF_CLOSE,
    ENDLESS,
    "421 4.3.2 Closing",
    f"250 Ok{BYE}",
    f"550 No{BYE}",
    "354 Go on",
    "299 Odd",
    "600 Odd",
    "150 Odd",
    "garbage",
    f"{RAW}\x00\x00\r\n",
    f"{RAW}250 \x00\xff\x1b[2J\r\n",
    f"{RAW}250-a\n250 b\n",
    "",
    "450 4.2.0 Later",
    "451 4.7.0 Too fast",
    "452 4.5.3 Too many recipients",
    "500 5.5.1 What?",
    "503 5.5.1 Bad sequence",
    "554 5.7.1 No",
]
#: More replies than commands.  With BDAT nothing shows which is meant for what.
SURPLUS = ["250 Ok\r\n250 Ok", "250 Ok\r\n550 No", "550 No\r\n250 Ok", "354 Go on\r\n250 Ok"]
SLOW = [STALL, DRIP]
TIMEOUT = 0.15


class Witness(Recorder):
    """An observer who counts."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: Counter[str] = Counter()
        self.doubtful: set[str] = set()

    def finished(self, transaction: Transaction, replies: Sequence[Reply]) -> None:
        super().finished(transaction, replies)
        self.outcomes.update(transaction.recipients)

    def lost(
        self, transaction: Transaction, replies: Sequence[Reply], positions: Sequence[int]
    ) -> None:
        super().lost(transaction, replies, positions)
        self.outcomes.update(transaction.recipients)
        self.doubtful |= {transaction.recipients[position] for position in positions}


def transactions() -> list[Transaction]:
    """Four, for seven recipients; of different contents."""
    names = (f"a{n}@example.com" for n in itertools.count())
    return [
        Transaction(f"s{n}@example.com", list(itertools.islice(names, count)), b"%d\r\n" % n)
        for n, count in enumerate((1, 3, 1, 2))
    ]


def examine(manner: str, scripts: Sequence[tuple[str, str, int, int]]) -> None:
    """Deliver to a server with (verb, action, how many are skipped, how often)."""
    witness, posts = Witness(), transactions()
    with ScriptedServer(MANNERS[manner]) as server, tempfile.TemporaryDirectory() as folder:
        for verb, action, skip, times in scripts:
            server.script(verb, action, skip=skip, times=times)
        mta = {"smtp_host": "127.0.0.1", "smtp_port": server.port}
        options = Settings.defaults(folder, {"mta": mta})
        options.mta.smtp_timeout = options.mta.smtp_data_timeout = timedelta(seconds=TIMEOUT)
        transport = SMTPTransport(options)
        start = time.monotonic()
        transport.run(posts[:3], witness)
        transport.run(posts[3:], witness)
        transport.close()
        # Each connection may have one reply that does not come.
        assert time.monotonic() - start < 3 + server.connections * 2 * TIMEOUT
    everybody = [name for post in posts for name in post.recipients]
    assert witness.outcomes == Counter(everybody)
    acknowledged = Counter(
        name
        for caught in server.transactions
        if caught.reply.startswith("2")
        for name in caught.recipients
    )
    delivered = {name for name, code in witness.codes().items() if 200 <= code < 300}
    assert delivered <= set(acknowledged)
    assert set(acknowledged) <= delivered | witness.doubtful
    # Who may have it does not get it again; only refusals and nonsense leave no doubt.
    had = Counter(
        name
        for caught in server.transactions
        if caught.reply[:1] not in ("4", "5")
        for name in caught.recipients
    )
    assert not had or max(had.values()) == 1


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("stage", STAGES)
class TestHostileServers:
    def test_once(self, manner: str, stage: str) -> None:
        actions = MISBEHAVIOURS if manner == "chunked" else MISBEHAVIOURS + SURPLUS
        for action, skip in itertools.product(actions, (0, 1)):
            examine(manner, [(stage, action, skip, 1)])

    def test_for_ever(self, manner: str, stage: str) -> None:
        actions = MISBEHAVIOURS if manner == "chunked" else MISBEHAVIOURS + SURPLUS
        for action in actions:
            examine(manner, [(stage, action, 0, 1000)])

    def test_slowly(self, manner: str, stage: str) -> None:
        for action in SLOW:
            examine(manner, [(stage, action, 1, 1)])


class TestCombinations:
    @given(
        st.sampled_from(sorted(MANNERS)),
        st.lists(
            st.tuples(
                st.sampled_from(STAGES),
                st.sampled_from(MISBEHAVIOURS),
                st.integers(0, 3),
                st.integers(1, 3),
            ),
            min_size=2,
            max_size=5,
        ),
    )
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    def test_of_misbehaviours(self, manner: str, scripts: list[tuple[str, str, int, int]]) -> None:
        examine(manner, scripts)
