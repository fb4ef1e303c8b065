"""Every recipient accounted for, whatever dies: a short form of `bench/crash_delivery.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.support.engine import ROOT

#: The server is late with its replies, so that kills hit open transactions.
KILLS = ("--members", "400", "--kills", "4", "--every", "0.3", "--longest", "3", "--seed", "5",
         "--delay", "0.02", "--timeout", "8")  # fmt: skip
FEW_CONNECTIONS = ("--members", "300", "--kills", "0", "--malice", "0", "--delay", "0.01",
                   "--connections", "1", "--timeout", "60")  # fmt: skip


def account_of(*options: str) -> dict[str, Any]:
    """What became of everybody; nothing is wrong with it."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "crash_delivery.py", *options],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.stdout, done.stderr
    account = json.loads(done.stdout)
    assert account["faults"] == {}, account
    assert done.returncode == 0
    return account


def test_ledger_and_server_agree_about_everybody():
    account = account_of(*KILLS)
    assert account["kills"] == 4
    assert account["recipients"] >= 400
    assert account["delivered"] > 0.8 * account["recipients"], account
    assert account["named_in_doubt"] > 0, account


def test_a_server_that_takes_one_connection_at_a_time_gets_everything():
    account = account_of(*FEW_CONNECTIONS)
    assert account["delivered"] == account["recipients"] == 300
