"""Back-off for wrong logins, per client address and in this process.

Whoever tries passwords from one address has to wait longer and longer between
tries, and is told so at once (429, `Retry-After`): nobody sleeps, so a flood of
tries takes no thread away from anybody else.  What is counted are different
wrong passwords.  A client that was left behind with an old password sends the
same one again and again; that says nothing new, so it blocks nobody but
itself: clients beside it on the same host are still served.

An address that waits is not asked for its password at all; otherwise a right
guess would be told apart from a wrong one, and waiting would cost nothing.
Except for a login that was right from that address before: whoever shares it,
as everybody on one host does, cannot lock out the client that works there.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

#: Addresses remembered at most; beyond that the ones that failed longest ago are forgotten.
ADDRESSES = 10_000
#: Wrong logins remembered of one address, to know them again.
REMEMBERED = 16
#: The same wrong login may be sent this many times as often as different ones.
PATIENCE = 2


@dataclass
class Failures:
    """What is known of one address."""

    #: Different wrong logins so far.
    count: int = 0
    #: Until when no login from there is looked at.
    until: float = 0.0
    #: When the last wrong login came.
    last: float = 0.0
    #: The latest wrong logins, by a hash that means nothing elsewhere, and how often each came.
    seen: OrderedDict[int, int] = field(default_factory=OrderedDict)


def client_key(address: str) -> str:
    """What one client can choose its addresses from: a /64 of IPv6, else the address."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


class Throttle:
    """Who failed to log in, and how long it has to wait."""

    def __init__(
        self,
        free: int,
        first_delay: float,
        longest_delay: float,
        memory: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`free` failures cost nothing; the delays and the memory are in seconds."""
        self._free = free
        self._first = first_delay
        self._longest = longest_delay
        self._memory = memory
        self._clock = clock
        self._failures: OrderedDict[str, Failures] = OrderedDict()
        #: The last right login of an address, by a hash, known until the process ends.
        self._right: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._failures)

    def wait(self, address: str, login: object) -> int:
        """Seconds, 1 or more, for which this login is not looked at; 0: look at it.

        `login` is what the client sent.
        """
        if not self._failures:
            # Nobody has failed lately: every request passes here.
            return 0
        with self._lock:
            key = client_key(address)
            known = self._known(key)
            if known is None or self._right.get(key) == hash(login):
                return 0
            now = self._clock()
            if known.until > now:
                return max(1, ceil(known.until - now))
            times = known.seen.get(hash(login), 0)
            if times < self._free * PATIENCE:
                return 0
            # It is known to be wrong, and has been said so often enough.
            known.seen[hash(login)] = times + 1
            return max(1, ceil(self._delay(times - self._free * PATIENCE)))

    def succeeded(self, address: str, login: object) -> None:
        """Take note of a right login."""
        guess = hash(login)
        # Without the lock first: every request passes here, and hardly ever with news.
        if self._right.get(address) == guess:
            return
        with self._lock:
            self._right[client_key(address)] = guess
            while len(self._right) > ADDRESSES:
                self._right.popitem(last=False)

    def failed(self, address: str, login: object) -> int:
        """Take note of a wrong login; returns the seconds that the address has to wait now."""
        with self._lock:
            key, now = client_key(address), self._clock()
            known = self._known(key) or Failures()
            known.last = now
            self._failures[key] = known
            self._failures.move_to_end(key)
            while len(self._failures) > ADDRESSES:
                self._failures.popitem(last=False)
            guess = hash(login)
            times = known.seen[guess] = known.seen.get(guess, 0) + 1
            known.seen.move_to_end(guess)
            if times > 1:
                return 0
            while len(known.seen) > REMEMBERED:
                known.seen.popitem(last=False)
            known.count += 1
            if known.count < self._free:
                return 0
            delay = self._delay(known.count - self._free)
            known.until = now + delay
            return max(1, ceil(delay))

    def _delay(self, step: int) -> float:
        # Nobody waits 2**60 seconds: larger powers need not be computed.
        return min(self._first * 2.0 ** min(step, 60), self._longest)

    def _known(self, key: str) -> Failures | None:
        """What is remembered of an address; drops what is too old."""
        known = self._failures.get(key)
        if known is not None and known.last + self._memory < self._clock():
            del self._failures[key]
            return None
        return known
