"""Blocks that are free go back to the system."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from pathlib import Path
from runners.memory import return_large_blocks

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

return_large_blocks()
before = resident()
# As large as the lists that teach the C library to keep blocks of their size.
for _ in range(5):
    del [bytearray(b"x" * 20_000_000)][:]
kept = [bytearray(b"x" * 1_000_000) for _ in range(50)]
last = bytearray(b"y")
del kept
print(resident() - before)
"""


class TestReturnLargeBlocks:
    def test_what_is_free_is_not_kept(self):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        )
        assert int(done.stdout) < 5_000_000
