"""What a server offers in its answer to EHLO, as far as we make use of it.

RFC 1870 (SIZE), 2920 (PIPELINING), 3030 (CHUNKING), 6152 (8BITMIME), 6531
(SMTPUTF8), 9422 (LIMITS).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# RFC 9422, section 4: one to six digits.  What is none is ignored.
_LIMIT = re.compile(r"(RCPTMAX|MAILMAX|RCPTDOMAINMAX)=([1-9][0-9]{0,5})", re.IGNORECASE)
# RFC 1870, section 3: at most twenty digits.
_SIZE = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server takes (RFC 9422); 0: any number."""

    #: Recipients of a transaction.
    recipients: int = 0
    #: Transactions of a session, successful or not.
    transactions: int = 0
    #: Different domains of the recipients of a session.
    domains: int = 0


@dataclass(frozen=True, slots=True)
class Offers:
    """The extensions of a server."""

    pipelining: bool = False
    chunking: bool = False
    eight_bit_mime: bool = False
    smtputf8: bool = False
    size: bool = False
    #: Bytes of the largest message; 0: no fixed limit.
    max_size: int = 0
    limits: Limits = Limits()


def domain_of(address: str) -> str:
    """What counts against a limit of domains."""
    return address.rpartition("@")[2].lower()


def read_offers(features: Mapping[str, str]) -> Offers:
    """The offers in smtplib's words: parameters by keyword in lower case."""
    size = features.get("size", "").strip()
    return Offers(
        pipelining="pipelining" in features,
        chunking="chunking" in features,
        eight_bit_mime="8bitmime" in features,
        smtputf8="smtputf8" in features,
        size="size" in features,
        max_size=int(size) if _SIZE.fullmatch(size) else 0,
        limits=_read_limits(features.get("limits", "")),
    )


def _read_limits(parameters: str) -> Limits:
    found: dict[str, int] = {}
    for word in parameters.split():
        if match := _LIMIT.fullmatch(word):
            name, value = match[1].upper(), int(match[2])
            found[name] = min(value, found.get(name, value))
    return Limits(found.get("RCPTMAX", 0), found.get("MAILMAX", 0), found.get("RCPTDOMAINMAX", 0))
