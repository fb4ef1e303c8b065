"""Finds out whether a message is what it says it is: DKIM, ARC and DMARC.

The results have the form of RFC 8601.  SPF is never looked at: only the server that took the
message from outside can know it, and may have written it down.  The keys come from
`mmcore.services.dns_answers`; all questions about a message together have a deadline.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import authres
import dkim
from authres.arc import ARCAuthenticationResult
from authres.dmarc import DMARCAuthenticationResult

from mmcore.message.addresses import parse_addresses, split_address
from mmcore.services.dmarc import Record, find_policy, organizational_domain
from mmcore.services.dns_answers import DnsAnswers, DnsUnavailableError
from mmcore.services.signing import CANNOT_SIGN, opened

#: Signatures of a message that are looked at; each costs a hash of the whole body.
MAX_SIGNATURES = 10
#: Fields longer than this are not read; reading takes a time that grows with the square.  Nor are
#: signatures and seals: those of the longest keys are shorter.
_LONGEST_FIELD = 4000
#: Fields Authentication-Results that are read.
_MOST_FIELDS = 50
#: The fields of a seal, of which a message has at most 50 (RFC 8617, section 5.1.1.1).
_ARC_SET = ("arc-seal", "arc-message-signature", "arc-authentication-results")
_MOST_ARC_FIELDS = 150
#: And names of domains cannot be longer than this.
_LONGEST_NAME = 255
#: There is one of these about a message; of several, the one nearest to us counts.
_ONCE = frozenset({"arc", "dmarc"})
#: A domain or address that may stand in a result; anything else could be read as more of it.
_PLAIN = re.compile(r"(?:[-+.=_A-Za-z0-9]*@)?[-_A-Za-z0-9]+(?:\.[-_A-Za-z0-9]+)*")
_DOMAIN_TAG = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]+)")
_PLAIN_WORD = re.compile(r"[-._A-Za-z0-9]+")

#: A result of authres, which has no types.
Result: TypeAlias = Any


def trusted_results(msg: Any, trusted: set[str], sealer: str) -> list[Result]:
    """What Authentication-Results of trusted servers say, the topmost field first.

    `trusted` are their authserv-ids in lower case.  Fields that cannot be read are not believed;
    those below a seal of `sealer`, our own domain, are about the message as it was before we
    changed it the last time.
    """
    found: list[Result] = []
    read = 0
    for name, value in msg.items():
        if name.lower() == "arc-seal" and sealer and sealer.lower() in _domains(str(value)):
            break
        if name.lower() != "authentication-results" or len(value) > _LONGEST_FIELD:
            continue
        read += 1
        if read > _MOST_FIELDS:
            # Servers write theirs on top.
            break
        try:
            field = authres.all_features().parse_value(str(value))
            # Writing it again fails for what could be read only somehow.
            usable = [result for result in field.results or () if str(result)]
        except CANNOT_SIGN:
            continue
        if str(field.authserv_id).lower() not in trusted:
            continue
        known = {result.method for result in found} & _ONCE
        # The result that there are none has no method.
        found += [each for each in usable if getattr(each, "method", None) not in {None, *known}]
    return found


def _domains(tags: str) -> list[str]:
    """The values of the tag `d=`, of which there is one."""
    return [domain.lower() for domain in _DOMAIN_TAG.findall(tags)]


class Authenticator:
    """Examines one message."""

    def __init__(self, known: DnsAnswers, msg: Any) -> None:
        self._known = known
        self._msg = msg
        self._deadline = known.deadline()
        self._unanswered = False

    def dkim(self) -> list[Result]:
        """A result for each signature, or the one that there is none (RFC 8601, 2.7.1)."""
        fields = self._msg.get_all("dkim-signature", [])[:MAX_SIGNATURES]
        if not fields:
            return [authres.DKIMAuthenticationResult(result="none")]
        try:
            verifier = opened(dkim.DKIM, self._msg)
        except CANNOT_SIGN:
            # No server could tell its header fields apart.
            return [authres.DKIMAuthenticationResult(result="permerror")]
        return [self._signature(verifier, index, field) for index, field in enumerate(fields)]

    def _signature(self, verifier: Any, index: int, field: str) -> Result:
        if len(field) > _LONGEST_FIELD:
            return authres.DKIMAuthenticationResult(result="permerror")
        self._unanswered = False
        verifier.signature_fields = {}
        try:
            outcome = "pass" if verifier.verify(index, dnsfunc=self._key) else "fail"
        except dkim.ValidationError:
            outcome = "fail"
        except CANNOT_SIGN:
            outcome = "permerror"
        if self._unanswered:
            outcome = "temperror"
        fields = verifier.signature_fields
        return authres.DKIMAuthenticationResult(
            result=outcome,
            header_d=_plain(fields.get(b"d")),
            header_i=_plain(fields.get(b"i")),
            header_s=_plain(fields.get(b"s"), _PLAIN_WORD),
            header_a=_plain(fields.get(b"a"), _PLAIN_WORD),
        )

    def arc(self) -> Result:
        """The state of the chain of seals (RFC 8617, section 5.2)."""
        if "arc-seal" not in self._msg:
            return ARCAuthenticationResult(result="none")
        fields = [len(value) for name, value in self._msg.items() if name.lower() in _ARC_SET]
        if max(fields) > _LONGEST_FIELD or len(fields) > _MOST_ARC_FIELDS:
            return ARCAuthenticationResult(result="fail")
        try:
            state, _sets, _comment = opened(dkim.ARC, self._msg).verify(dnsfunc=self._key)
        except CANNOT_SIGN:
            state = dkim.CV_Fail
        # None stands for a chain that had failed before.
        return ARCAuthenticationResult(result=(state or dkim.CV_Fail).decode("ascii"))

    def dmarc(self, results: list[Result]) -> Result:
        """Whether one of the results speaks for the author's domain (RFC 9989, section 4.4)."""
        mailboxes = parse_addresses(self._msg.get_all("from", []))
        domains = {split_address(address)[1].lower() for _name, address in mailboxes}
        domain = _plain(domains.pop()) if len(domains) == 1 else None
        if domain is None:
            return DMARCAuthenticationResult(result="permerror")
        try:
            policy = find_policy(self._known, domain, self._deadline)
            if policy.record is None:
                return DMARCAuthenticationResult(result="none", header_from=domain)
            passed = self._aligned(domain, policy.record, results)
        except DnsUnavailableError:
            return DMARCAuthenticationResult(result="temperror", header_from=domain)
        return DMARCAuthenticationResult(
            result="pass" if passed else "fail", header_from=domain, policy=policy.action
        )

    def _aligned(self, domain: str, record: Record, results: list[Result]) -> bool:
        """Whether a result passed for the domain, or for one of the same organization."""
        for result in results:
            if getattr(result, "result", None) != "pass":
                continue
            if result.method == "dkim":
                other, strict = str(result.header_d or ""), record.strict_dkim
            elif result.method == "spf":
                other, strict = str(result.smtp_mailfrom or ""), record.strict_spf
                other = split_address(other)[1] or other
            else:
                continue
            other = other.lower().rstrip(".")
            if other == domain or (other and not strict and self._related(domain, other)):
                return True
        return False

    def _related(self, domain: str, other: str) -> bool:
        return organizational_domain(self._known, domain, self._deadline) == organizational_domain(
            self._known, other, self._deadline
        )

    def _key(self, name: bytes, timeout: int = 5) -> bytes | None:
        """A public key, as dkimpy asks for it (RFC 6376, section 3.6.2)."""
        try:
            texts = self._known.txt(name.decode("utf-8", "replace"), self._deadline)
        except DnsUnavailableError as error:
            self._unanswered = True
            raise dkim.DnsTimeoutError(str(error)) from error
        return next(
            (text for text in texts if text.startswith(b"v=DKIM1")), next(iter(texts), None)
        )


def _plain(value: object, pattern: re.Pattern[str] = _PLAIN) -> str | None:
    """A value that can stand in a result as it is, or None."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text if len(text) <= _LONGEST_NAME and pattern.fullmatch(text) else None
