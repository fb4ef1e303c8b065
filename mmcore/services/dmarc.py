"""What an author's domain wants done with mail that is not authentic: DMARC (RFC 9989).

The policy is found by the DNS tree walk of RFC 9989, section 4.10: at the author's domain, else at
the organizational domain above it, else at a public suffix.  There is no list of suffixes to keep.

A list that changes a post breaks its author's signature, so where the policy is `quarantine` or
`reject` the copies would be put away or bounce.  When nobody can say what the policy is, it is
taken for one of these: a rewritten From field is a smaller harm than bounces for all members.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

from mmcore.message.addresses import split_address
from mmcore.services.dns_answers import DnsAnswers, DnsUnavailableError, answers

log = logging.getLogger("mmcore.vette")

#: A domain with more labels is shortened to so many after the first query: eight in all.
WALKED_LABELS = 7

_VERSION = re.compile(rb"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_TAG_NAME = re.compile(r"[a-z][a-z0-9]*")
_POLICIES = ("none", "quarantine", "reject")
_REPORTING_URI = re.compile(r"[a-z][-+.a-z0-9]*:[^\s,!]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC policy record, and the domain that it stands at."""

    domain: str
    tags: dict[str, str]

    @classmethod
    def read(cls, domain: str, text: bytes) -> Record | None:
        """The record of a TXT record; None if it is something else (RFC 9989, section 4.8).

        Of tags that come twice the first counts, what is no tag is left out.
        """
        if _VERSION.match(text) is None:
            return None
        tags: dict[str, str] = {}
        for piece in text.decode("ascii", "replace").split(";"):
            name, equals, value = piece.partition("=")
            name = name.strip(" \t\r\n").lower()
            if equals and _TAG_NAME.fullmatch(name):
                tags.setdefault(name, value.strip(" \t\r\n"))
        return cls(domain, tags)

    @property
    def psd(self) -> str:
        """`y` for a public suffix, `n` for an organizational domain, `u` if it does not say."""
        value = self.tags.get("psd", "u").lower()
        return value if value in ("y", "n") else "u"

    @property
    def strict_dkim(self) -> bool:
        """Whether a signature must be of exactly the author's domain."""
        return self.tags.get("adkim", "r").lower() == "s"

    @property
    def strict_spf(self) -> bool:
        """Whether the envelope sender must be of exactly the author's domain."""
        return self.tags.get("aspf", "r").lower() == "s"

    @property
    def applies(self) -> bool:
        """Whether the record asks for anything at all (RFC 9989, section 4.10.1)."""
        return self._sound or _REPORTING_URI.match(self.tags.get("rua", "")) is not None

    def policy(self, *names: str) -> str:
        """The value of the first of these tags that is there: none, quarantine or reject.

        `none` in a record with a policy that nobody knows.
        """
        if not self._sound:
            return "none"
        return next(self.tags[name].lower() for name in (*names, "p") if name in self.tags)

    @property
    def _sound(self) -> bool:
        given = [self.tags[name].lower() for name in ("p", "sp", "np") if name in self.tags]
        return "p" in self.tags and all(value in _POLICIES for value in given)


@dataclass(frozen=True, slots=True)
class Policy:
    """What applies to mail of an author's domain; `record` is None if there is nothing."""

    action: str = "none"
    record: Record | None = None


def find_policy(known: DnsAnswers, domain: str, deadline: float | None = None) -> Policy:
    """The policy for a domain (RFC 9989, section 4.10.1); raises DnsUnavailableError.

    Records in test mode (`t=y`) count like others: they ask for special treatment such as a
    rewritten From field (RFC 9989, section 4.7).
    """
    limit = known.deadline() if deadline is None else deadline
    domain = _lookup_form(domain)
    own = _record_at(known, domain, limit)
    if own is not None:
        return Policy(own.policy(), own) if own.applies else Policy()
    records = _walk(known, domain, limit)
    organization = _organization(domain, records)
    # The organizational domain's, else that of the public suffix above it.
    found = next((record for record in records if record.domain == organization), None)
    if found is None:
        found = next((record for record in records if record.psd == "y"), None)
    if found is None or not found.applies:
        return Policy()
    # The author's domain is below this one.
    action = found.policy("sp")
    absent = found.policy("np", "sp")
    if absent != action and not known.exists(domain, limit):
        action = absent
    return Policy(action, found)


def organizational_domain(known: DnsAnswers, domain: str, deadline: float | None = None) -> str:
    """The domain under which names belong together (RFC 9989, section 4.10.2).

    Raises DnsUnavailableError.
    """
    limit = known.deadline() if deadline is None else deadline
    domain = _lookup_form(domain)
    return _organization(domain, _walk(known, domain, limit))


def policy_wants_mitigation(engine: Any, address: str) -> bool:
    """Whether changed copies of this author's mail would be refused or put away.

    So it is if the policy of the address's domain is `quarantine` or `reject`, and if the DNS
    cannot say.  Takes at most `[dmarc] resolver_lifetime`; never raises.
    """
    domain = _lookup_form(split_address(address.strip())[1])
    if not domain or domain.startswith("["):
        return False
    try:
        policy = find_policy(answers(engine), domain)
    except DnsUnavailableError:
        # The reason was logged with the failure, once.
        return True
    if policy.action == "none":
        return False
    assert policy.record is not None
    log.info("DMARC policy of %s for %s: %s", policy.record.domain, domain, policy.action)
    return True


def _lookup_form(domain: str) -> str:
    return domain.strip().rstrip(".").lower()


def _record_at(known: DnsAnswers, domain: str, deadline: float) -> Record | None:
    """The one record of a domain; several are as good as none (RFC 9989, section 4.10)."""
    texts = known.txt(f"_dmarc.{domain}", deadline)
    records = [record for text in texts if (record := Record.read(domain, text)) is not None]
    return records[0] if len(records) == 1 else None


def _walk(known: DnsAnswers, domain: str, deadline: float) -> list[Record]:
    """Records from the domain upwards, to the first that says where the tree ends."""
    labels = domain.split(".")
    rest = labels[-WALKED_LABELS:] if len(labels) > WALKED_LABELS else labels[1:]
    names = [domain, *(".".join(rest[start:]) for start in range(len(rest)))]
    records = []
    for name in names:
        record = _record_at(known, name, deadline)
        if record is not None:
            records.append(record)
            if record.psd != "u":
                break
    return records


def _organization(domain: str, records: list[Record]) -> str:
    """The organizational domain of a walk's start (RFC 9989, section 4.10.2)."""
    if not records:
        return domain
    last = records[-1]
    if last.psd == "y" and last.domain != domain:
        labels = domain.split(".")
        return ".".join(labels[-(last.domain.count(".") + 2) :])
    return last.domain
