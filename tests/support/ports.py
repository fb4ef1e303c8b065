"""Ports that servers of the tests can be given by number.

A number from the system («port 0») is good for a server that binds it and keeps
it.  An engine is told its ports, starts, is killed and starts again: in between
the system would hand its numbers to the next connection that anybody opens.  So
ours come from below the system's range, and each process takes them from a block
that it holds for itself, because tests run in several processes at once.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress

#: Below it servers have numbers of their own, above it systems choose.
FIRST, LAST = 10_000, 29_999
BLOCK = 100


def _bound(port: int, reuse: bool = False) -> socket.socket:
    """A socket on a port; raises OSError when somebody has it.

    With `reuse` those do not count whose connections have ended a moment ago.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    try:
        sock.bind(("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    return sock


#: The first port of a block stays bound while its process lives: so others leave the block alone.
_held: list[socket.socket] = []


def _claimed() -> Iterator[int]:
    """The ports of a block that is ours from now on."""
    blocks = range(FIRST, LAST, BLOCK)
    offset = os.getpid() % len(blocks)
    for first in (*blocks[offset:], *blocks[:offset]):
        with suppress(OSError):
            _held.append(_bound(first))
            return iter(range(first + 1, first + BLOCK))
    raise OSError("no port of the tests is free")


def _forever() -> Iterator[int]:
    """Ports of our blocks, each again after all the others."""
    known: list[int] = []
    while True:
        known += _claimed()
        found = True
        while found:
            found = False
            for port in known:
                with suppress(OSError):
                    _bound(port, reuse=True).close()
                    found = True
                    yield port


_ports = _forever()


def free_port() -> int:
    """A port that nobody listens on, nor will be given before long."""
    return next(_ports)


def free_ports(count: int) -> list[int]:
    """Several such ports."""
    return [free_port() for _ in range(count)]
