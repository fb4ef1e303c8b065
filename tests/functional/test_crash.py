"""The two tenets under fire: a short form of `bench/crash.py`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.engine import ROOT


@pytest.mark.parametrize(
    "options",
    [
        # Everything may be killed, the master and the whole tree too.
        ["--kills", "8", "--every", "0.7", "--tree-share", "0.15", "--master-share", "0.15"],
        # The sink is late with its replies, so that kills hit open transactions.
        ["--kills", "6", "--every", "0.7", "--sink-delay", "0.05", "--members", "60"],
    ],
    ids=["anything", "late-replies"],
)
def test_nothing_is_lost_and_nothing_doubled(options):
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "crash.py", "--rate", "10", *options],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.stdout, done.stderr
    account = json.loads(done.stdout)
    assert (account["lost"], account["doubled"]) == (0, 0), account
    assert account["accepted_messages"] > 10
    assert account["kills"] == int(options[1])
    assert account["queues_left"] == {}
    digests = account["digests"]
    assert digests["in_one"] + digests["ambiguous"] == digests["expected"] > 0, account
    assert (digests["copies_doubled"], digests["single_posts_to_readers"]) == (0, 0), account
    assert done.returncode == 0
