"""Every recipient accounted for, whatever dies: a short form of `bench/crash_delivery.py`."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.engine import ROOT

OPTIONS = ["--members", "400", "--kills", "4", "--every", "0.3", "--longest", "3", "--seed", "5"]
#: The server is late with its replies, so that kills hit open transactions.
SERVER = ["--delay", "0.02", "--timeout", "8"]


def test_ledger_and_server_agree_about_everybody():
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "crash_delivery.py", *OPTIONS, *SERVER],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.stdout, done.stderr
    account = json.loads(done.stdout)
    assert account["faults"] == {}, account
    assert account["kills"] == 4
    assert account["recipients"] >= 400
    assert account["delivered"] > 0.8 * account["recipients"], account
    assert account["named_in_doubt"] > 0, account
    assert done.returncode == 0
