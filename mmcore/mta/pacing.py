"""At which pace destinations are tried that have asked for less (RFC 3463: X.3.2, X.4.5, X.7).

A destination that never complained costs a look into a dictionary.  One that
did has a bucket which gains a token `pace` times a second, up to those of
`_BURST` seconds; a recipient costs one.  Who finds none is told when the next
one that nobody waits for is due, so that waiting recipients come back in order.

The pace is learned (multiplicative increase, multiplicative decrease):

- the first complaint makes it `_FIRST` a second, each further one about a
  recipient tried since then halves it, down to `_SLOWEST`;
- with what is accepted it doubles every `_DOUBLING` seconds, and each doubling
  without a complaint halves that time, down to `_SHORTEST`;
- a destination faster than `_FASTEST` is forgotten, and so is one that nobody
  wrote to for `_IDLE` seconds.

Against a server that allows n a second the pace goes to and fro between n/2
and n; it passes n/2 to n in `_DOUBLING` seconds and pays with about one
refusal each time.  A server that is well again has its old pace after a
quarter of an hour.
"""

from __future__ import annotations

import re
import threading

from mmcore.mta.journal import Reply

_FIRST = 1.0
_FASTEST = 64.0
_SLOWEST = 1 / 60
_BURST = 10.0
_DOUBLING, _SHORTEST = 300.0, 30.0
_IDLE = 86400.0
#: Nobody is told to wait longer: meanwhile the pace may have changed.
LONGEST_WAIT = 900.0
# Complaints about what was sent before the latest one was heard come in for so long.
_ECHO = 1.0
# A bucket is full enough: sums of floats are not exact.
_ALMOST = 1 - 1e-6

# A complaint that has no words for it may be about one recipient only, so it takes
# so many of them within so many seconds.
_VAGUE, _VAGUE_FOR = 3, 60.0

_ENHANCED = re.compile(r"4\.(?:3\.2|4\.5|7\.\d{1,3})")
_TEXT = re.compile(
    r"too (?:many|much|fast|frequent)|\brate\b|ratelimit|throttl|slow(?:ing)? down|congest"
    r"|(?:hourly|daily|sending|message|connection|concurren\w*) (?:limit|quota)"
    r"|(?<!mailbox )\bbusy\b|overload|deferred due to|unusual(?:ly)? (?:rate|volume|traffic)"
    r"|temporarily (?:limited|restricted)",
    re.IGNORECASE,
)
# These want every recipient to be tried and then to wait, however few there are at a time.
_GREYLISTING = re.compile(r"gr[ae]y[- ]?list", re.IGNORECASE)
# About one mailbox, whatever else the text says ("exceeded its rate of …" included).
_MAILBOX = re.compile(r"4\.[12]\.\d{1,3}")


def asks_for_less(reply: Reply) -> bool:
    """Whether a server wants fewer messages at a time, and not only this one later."""
    if not 420 < reply.code < 460 or reply.code == 444 or _GREYLISTING.search(reply.text):
        return False
    if reply.code == 421:
        # As a rule the next server speaks of itself: the connection ends (RFC 5321, 3.8).
        return reply.enhanced.startswith("4.7.") and bool(_TEXT.search(reply.text))
    if _ENHANCED.fullmatch(reply.enhanced):
        return True
    return not _MAILBOX.fullmatch(reply.enhanced) and bool(_TEXT.search(reply.text))


def _is_clear(reply: Reply) -> bool:
    """Whether a complaint leaves no doubt about what is meant."""
    return bool(_TEXT.search(reply.text))


class _Destination:
    """A destination that has complained."""

    __slots__ = (
        "at", "doubling", "grown", "last_wait", "pace", "progress", "slowed", "tokens", "tried"
    )  # fmt: skip

    def __init__(self, now: float) -> None:
        self.pace = _FIRST
        self.tokens = 0.0
        #: When the tokens were counted.
        self.at = now
        #: Until when the last one of those who wait was told to wait.
        self.last_wait = now
        self.doubling = _DOUBLING
        #: How much of the next doubling is done.
        self.progress = 0.0
        self.grown = now
        #: When it was slowed down, and whether a recipient has been tried since then.
        self.slowed, self.tried = now, False

    def refill(self, now: float) -> None:
        """Count the tokens anew."""
        gained = max(0.0, now - self.at) * self.pace
        self.tokens = min(self.tokens + gained, max(1.0, self.pace * _BURST))
        self.at = now

    def book(self, now: float) -> float:
        """How long to wait for the next token that nobody waits for."""
        due = now + (1 - self.tokens) / self.pace
        # A clock that was set back leaves a last wait far ahead.
        behind = min(self.last_wait, now + LONGEST_WAIT) + 1 / self.pace
        self.last_wait = min(max(due, behind), now + LONGEST_WAIT)
        return self.last_wait - now

    def slow_down(self, now: float) -> None:
        """Halve the pace, and begin with an empty bucket."""
        self.refill(now)
        self.pace = max(self.pace / 2, _SLOWEST)
        self.tokens = min(self.tokens, 0.0)
        self.doubling, self.progress = _DOUBLING, 0.0
        self.grown = self.slowed = now
        self.tried = False

    def speed_up(self, now: float) -> None:
        """It goes well."""
        self.refill(now)
        share = min(max(0.0, now - self.grown) / self.doubling, 1.0)
        self.grown = now
        self.pace *= 2**share
        self.progress += share
        if self.progress >= 1:
            self.progress -= 1
            self.doubling = max(self.doubling / 2, _SHORTEST)


class Pacer:
    """See the docstring of the module.  Times are in seconds, of any clock; thread-safe."""

    def __init__(self, most: int = 10_000) -> None:
        """Of more than `most` destinations those are forgotten that were idle longest."""
        self._most = most
        # In the order of their latest use.
        self._paced: dict[str, _Destination] = {}
        #: How many vague complaints there were, and since when.
        self._vague: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def reserve(self, domain: str, now: float) -> float:
        """How long a recipient of this destination has to wait, in seconds.

        0.0: not at all, and it counts as tried.  Who has to wait asks again then.
        """
        if domain not in self._paced:
            return 0.0
        with self._lock:
            destination = self._used(domain, now)
            if destination is None:
                return 0.0
            destination.refill(now)
            if destination.tokens < _ALMOST:
                return destination.book(now)
            destination.tokens -= 1
            destination.tried |= abs(now - destination.slowed) >= _ECHO
            return 0.0

    def heard(self, domain: str, reply: Reply, now: float) -> None:
        """Learn from what was said of a recipient of this destination."""
        known = domain in self._paced
        if not known and reply.code < 400:
            return
        complaint = asks_for_less(reply)
        if not known and not complaint:
            return
        with self._lock:
            destination = self._used(domain, now)
            if destination is None:
                if complaint and (_is_clear(reply) or self._is_repeated(domain, now)):
                    self._begin(domain, now)
            elif complaint:
                if destination.tried:
                    destination.slow_down(now)
            elif reply.code < 300:
                destination.speed_up(now)
                if destination.pace > _FASTEST:
                    del self._paced[domain]

    def pace_of(self, domain: str) -> float | None:
        """Recipients a second, or None for as many as there are."""
        destination = self._paced.get(domain)
        return None if destination is None else destination.pace

    def __len__(self) -> int:
        """How many destinations are known."""
        return len(self._paced)

    def _used(self, domain: str, now: float) -> _Destination | None:
        """A destination, which is the latest one to be used then; None for an unpaced one."""
        destination = self._paced.pop(domain, None)
        if destination is None or now - destination.at > _IDLE:
            return None
        self._paced[domain] = destination
        return destination

    def _is_repeated(self, domain: str, now: float) -> bool:
        """Count a vague complaint; whether there were several lately."""
        count, since = self._vague.pop(domain, (0, now))
        if now - since > _VAGUE_FOR:
            count, since = 0, now
        while len(self._vague) >= self._most:
            del self._vague[next(iter(self._vague))]
        self._vague[domain] = (count + 1, since)
        return count + 1 >= _VAGUE

    def _begin(self, domain: str, now: float) -> None:
        self._vague.pop(domain, None)
        while len(self._paced) >= self._most:
            del self._paced[next(iter(self._paced))]
        self._paced[domain] = _Destination(now)
