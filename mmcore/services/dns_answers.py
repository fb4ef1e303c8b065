"""Questions to the DNS: few, bounded in time, remembered.

Mail is judged by what others write into their zones (policies, keys), and their nameservers may
be slow or gone.  So every answer is kept as long as its zone allows, a failure for
`[dmarc] failure_life`, and when nameservers stay silent whatever they are asked, nobody is asked
for that long.  Nothing is asked, and no configuration read, before the first question.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from mmcore.errors import MMCoreError

log = logging.getLogger("mmcore.dns")

#: Aliases (CNAME) that are followed, beyond those that a nameserver follows by itself.
MAX_ALIASES = 8
#: Answers that a process keeps, and bytes of one: policies and keys have less.  Whoever sends
#: mail chooses the names, and may have made zones for them that are full.
MOST_KEPT, MOST_BYTES = 10_000, 4096
#: After so many questions in a row without any answer the nameservers count as away.
SILENCES = 3


class DnsUnavailableError(MMCoreError):
    """Nobody could say; asking later may help."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known under a name until it `ends`; `texts` is None for a failure."""

    ends: float
    texts: tuple[bytes, ...] | None
    exists: bool = False
    why: str = ""


class DnsAnswers:
    """The DNS as one process knows it; see `answers`.  Safe to be used by several threads."""

    def __init__(self, section: Any) -> None:
        """`section` are the settings `[dmarc]`."""
        self._section = section
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._resolver: dns.resolver.Resolver | None = None
        self._silences = 0
        self._silent_until = 0.0

    def deadline(self) -> float:
        """When questions that begin now have to be answered, by the monotonic clock."""
        return time.monotonic() + float(self._section.resolver_lifetime.total_seconds())

    def txt(self, name: str, deadline: float | None = None) -> tuple[bytes, ...]:
        """The TXT records of a name, strings of a record joined (RFC 1035, section 3.3.14).

        Empty for a name that does not exist, has none, or can be no name.  Raises
        DnsUnavailableError.
        """
        return self._ask(name, "TXT", deadline).texts or ()

    def exists(self, domain: str, deadline: float | None = None) -> bool:
        """Whether a domain has any of A, AAAA and MX (RFC 9989, section 4.10.1).

        Raises DnsUnavailableError.
        """
        limit = self.deadline() if deadline is None else deadline
        return any(self._ask(domain, kind, limit).exists for kind in ("MX", "A", "AAAA"))

    def forget(self) -> None:
        """Forget all answers and failures, and who is asked."""
        with self._lock:
            self._kept.clear()
            self._resolver = None
            self._silences, self._silent_until = 0, 0.0

    def _ask(self, name: str, kind: str, deadline: float | None) -> _Kept:
        """The kept or a new answer; raises DnsUnavailableError."""
        key = (name.lower().rstrip("."), kind)
        now = time.monotonic()
        with self._lock:
            found = self._kept.get(key)
            silent = now < self._silent_until
        if found is None or found.ends <= now:
            if silent:
                raise DnsUnavailableError("no nameserver has answered for a while")
            limit = self.deadline() if deadline is None else deadline
            found = self._look_up(key[0], kind, limit)
            self._keep(key, found)
        if found.texts is None:
            raise DnsUnavailableError(found.why)
        return found

    def _keep(self, key: tuple[str, str], found: _Kept) -> None:
        with self._lock:
            self._kept.pop(key, None)
            if found.ends <= time.monotonic():
                return
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found

    def _look_up(self, name: str, kind: str, deadline: float) -> _Kept:
        """Ask the nameservers, whatever they say or do not say."""
        try:
            question = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            # What can be no name has no records either.
            return self._answer(0.0)
        try:
            return self._follow(question, kind, deadline)
        except dns.resolver.NXDOMAIN as error:
            self._heard()
            return self._answer(_negative_ttl(error))
        except dns.resolver.LifetimeTimeout as error:
            self._not_heard()
            return self._failure(name, kind, error)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            # SERVFAIL, REFUSED, nonsense; no resolv.conf; a nameserver that is none.
            return self._failure(name, kind, error)

    def _follow(self, question: dns.name.Name, kind: str, deadline: float) -> _Kept:
        """The answer at the end of a chain of aliases, which cannot be endless."""
        asked: set[dns.name.Name] = set()
        ttl = float("inf")
        while question not in asked and len(asked) < MAX_ALIASES:
            asked.add(question)
            found = self._query(question, kind, deadline)
            self._heard()
            ttl = min(ttl, found.chaining_result.minimum_ttl)
            if found.rrset is not None:
                texts = [b"".join(getattr(record, "strings", ())) for record in found]
                return self._answer(ttl, tuple(texts), True)
            question = found.chaining_result.canonical_name
        return self._answer(ttl)

    def _query(self, question: dns.name.Name, kind: str, deadline: float) -> dns.resolver.Answer:
        lifetime = deadline - time.monotonic()
        if lifetime <= 0:
            raise dns.exception.Timeout("no time was left for another question")
        with self._lock:
            if self._resolver is None:
                self._resolver = self._new_resolver()
            resolver = self._resolver
        return resolver.resolve(
            question, kind, raise_on_no_answer=False, lifetime=lifetime, search=False
        )

    def _new_resolver(self) -> dns.resolver.Resolver:
        wanted = self._section
        resolver = dns.resolver.Resolver(configure=not wanted.nameservers)
        if wanted.nameservers:
            resolver.port = wanted.nameserver_port
            resolver.nameservers = list(wanted.nameservers)
        resolver.timeout = wanted.resolver_timeout.total_seconds()
        return resolver

    def _answer(self, ttl: float, texts: tuple[bytes, ...] = (), exists: bool = False) -> _Kept:
        seconds = min(ttl, self._section.cache_life.total_seconds())
        if sum(map(len, texts)) > MOST_BYTES:
            # Used once, then forgotten.
            log.warning("an answer of %d bytes is not kept", sum(map(len, texts)))
            seconds = 0.0
        return _Kept(time.monotonic() + seconds, texts, exists)

    def _failure(self, name: str, kind: str, error: Exception) -> _Kept:
        why = " ".join(str(error).split()) or type(error).__name__
        life = self._section.failure_life.total_seconds()
        log.warning("no answer about %s of %r, kept for %g s: %s", kind, name, life, why[:300])
        with self._lock:
            # The system's nameservers may be others by now.
            self._resolver = None
        return _Kept(time.monotonic() + life, None, why=why)

    def _heard(self) -> None:
        with self._lock:
            self._silences = 0

    def _not_heard(self) -> None:
        """Nobody answered in all the time there was: one zone's fault, or everybody's."""
        with self._lock:
            self._silences += 1
            if self._silences < SILENCES:
                return
            # The next question is tried again, and one more silence is enough then.
            self._silences = SILENCES - 1
            life = self._section.failure_life.total_seconds()
            self._silent_until = time.monotonic() + life
        log.warning("nameservers do not answer; they are not asked for %g s", life)


def _negative_ttl(error: dns.resolver.NXDOMAIN) -> float:
    """How long it is so that a name does not exist (RFC 2308, section 5)."""
    responses = error.kwargs.get("responses") or {}
    try:
        ttls = [found.resolve_chaining().minimum_ttl for found in responses.values()]
    except dns.exception.DNSException:
        return 0.0
    return float(min(ttls, default=0))


_lock = threading.Lock()
_of_settings: weakref.WeakKeyDictionary[Any, DnsAnswers] = weakref.WeakKeyDictionary()


def answers(engine: Any) -> DnsAnswers:
    """The answers that all parts of an engine share."""
    settings = engine.settings
    with _lock:
        if settings not in _of_settings:
            _of_settings[settings] = DnsAnswers(settings.dmarc)
        return _of_settings[settings]
