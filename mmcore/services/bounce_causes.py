"""Whose fault it is that mail did not arrive, from what the other server said.

RFC 3463, 5248, 7372 and 7505 give enhanced status codes a meaning, but the codes that most
refusals have (550, 554, 5.7.1) say next to nothing, and some servers use those that do say
something for everything.  So the words decide (`mmcore.services.bounce_phrases`), then the
enhanced code, then the code.  Without any clue the cause is `unknown`, which blames nobody.
"""

from __future__ import annotations

import functools
import re

from mmcore.interfaces.bounce import BounceCause, BounceContext
from mmcore.services.bounce_phrases import PHRASES

#: More of a reply is not read: the reason stands at its beginning.
LONGEST_TEXT = 1500

_GONE, _FULL = BounceCause.mailbox_gone, BounceCause.mailbox_full
_POLICY, _REPUTATION, _CONTENT = BounceCause.policy, BounceCause.reputation, BounceCause.content
_RATE, _NETWORK, _OWN_DNS = BounceCause.rate, BounceCause.network, BounceCause.list_dns
_UNKNOWN = BounceCause.unknown

#: By enhanced status code without its class, longest first: `7.26`, then `7`.
ENHANCED: dict[str, BounceCause] = {
    # RFC 3463, section 3.2: addressing.
    "1.1": _GONE, "1.2": _GONE, "1.3": _GONE, "1.6": _GONE,
    "1.7": _POLICY, "1.8": _OWN_DNS, "1.10": _GONE, "1.90": _RATE,
    # Section 3.3: mailboxes.
    "2.1": _GONE, "2.2": _FULL, "2.3": _CONTENT, "2.121": _RATE, "2.122": _RATE,
    # Section 3.4: mail systems.
    "3": _NETWORK, "3.3": _CONTENT, "3.4": _CONTENT, "3.6": _POLICY,
    # Section 3.5: network and routing; 310 of Exchange Online is «no such domain».
    "4": _NETWORK, "4.5": _RATE, "4.310": _GONE,
    # Section 3.6: the protocol.
    "5.3": _RATE,
    # Section 3.7: the message.
    "6": _CONTENT,
    # Section 3.8: security and policy; RFC 5248, 7293, 7372, 7505, 8689 and Exchange Online.
    "7": _POLICY, "7.16": _CONTENT, "7.17": _GONE, "7.18": _GONE,
    "7.25": _OWN_DNS, "7.27": _OWN_DNS, "7.28": _RATE,
    "7.500": _RATE, "7.501": _REPUTATION, "7.502": _REPUTATION, "7.503": _REPUTATION,
    "7.508": _RATE, "7.511": _REPUTATION, "7.512": _CONTENT, "7.513": _REPUTATION,
    "7.708": _REPUTATION, "7.750": _REPUTATION,
}  # fmt: skip

#: What only holds for 5.X.X or only for 4.X.X.
_OF_CLASS: dict[str, BounceCause] = {
    # Taken for «not now» by those who send it, Gmail among them.
    "4.2.1": _RATE, "4.2.0": _RATE, "4.3.2": _RATE, "4.7.0": _RATE, "4.7.1": _RATE,
}  # fmt: skip

#: 5.7.606 to 5.7.649: addresses that Exchange Online has banned.
_BANNED = re.compile(r"[45]\.7\.6[0-4]\d$")

#: By reply code, where nothing else is known (RFC 5321, 7504, 7505).
CODES: dict[int, BounceCause] = {
    421: _NETWORK, 441: _NETWORK, 442: _NETWORK, 444: _NETWORK, 447: _NETWORK,
    451: _NETWORK, 452: _RATE, 454: _NETWORK,
    530: _POLICY, 534: _POLICY, 535: _POLICY, 538: _POLICY, 541: _CONTENT,
    551: _GONE, 552: _FULL, 556: _GONE, 571: _POLICY,
}  # fmt: skip

_BREAKS = re.compile(r"[\s<>()\[\]{}\"“”«»,;:|=*!?]+")
_EDGES = "'’‘.-#_/\\"
_CODE = re.compile(r"([45]\d\d)(?:-|$)")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def classify(
    code: int, enhanced: str, text: str, context: BounceContext = BounceContext.normal
) -> BounceCause:
    """Why mail did not arrive.

    Takes a reply code or 0, an enhanced status code or '', and what the server said; both
    codes are looked for in the text if they are missing.  Never raises.
    """
    if context is BounceContext.complaint:
        return BounceCause.complaint
    words, codes, statuses = _read(text[:LONGEST_TEXT])
    code = code or next(iter(codes), 0)
    if not _ENHANCED.fullmatch(enhanced) or enhanced[1:] == ".0.0":
        enhanced = next((found for found in statuses if found[1:] != ".0.0"), "")
    return _cause(code, enhanced, " ".join(words))


# A storm says the same thousands of times, but for the address.
@functools.lru_cache(maxsize=4096)
def _cause(code: int, enhanced: str, words: str) -> BounceCause:
    line = f" {code} {enhanced} {words}"
    for cause, phrases in _TABLE:
        if any(_says(line, phrase) for phrase in phrases):
            return cause
    return _of_enhanced(enhanced) or CODES.get(code, _UNKNOWN)


def _read(text: str) -> tuple[list[str], list[int], list[str]]:
    """The words of a reply in lower case, its reply codes, and its enhanced codes.

    Addresses are left out: whoever is called `spam@` or `no.such.user@` has said nothing.
    """
    words, codes, statuses = list[str](), list[int](), list[str]()
    for part in _BREAKS.split(text.lower().replace("’", "'")):
        word = part.strip(_EDGES)
        if "@" in word:
            continue
        if match := _CODE.match(word):
            # Each line of a reply begins with it.
            codes.append(int(match[1]))
            word = word[match.end() :]
        if _ENHANCED.fullmatch(word):
            statuses.append(word)
        elif word and (words or word != "smtp"):
            # The type of a Diagnostic-Code (RFC 3464, section 2.3.6) is no word of the reply.
            words.append(word)
    return words, codes, statuses


def _of_enhanced(enhanced: str) -> BounceCause | None:
    """What an enhanced status code says by itself, or None."""
    if not enhanced:
        return None
    if _BANNED.match(enhanced):
        return _REPUTATION
    _class, _dot, rest = enhanced.partition(".")
    found = _OF_CLASS.get(enhanced) or ENHANCED.get(rest)
    return found or ENHANCED.get(rest.partition(".")[0])


def _compiled(phrase: str) -> tuple[str, ...]:
    """The parts of a phrase that must follow each other, each at the beginning of a word."""
    first, *others = phrase.split("…")
    start = first[1:] if first.startswith("*") else f" {first}"
    return (start.rstrip(), *(f" {part.strip()}" for part in others))


def _says(line: str, parts: tuple[str, ...]) -> bool:
    """Whether the parts stand in a line in this order; in linear time."""
    at = 0
    for part in parts:
        at = line.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


_TABLE = tuple(
    (cause, tuple(_compiled(phrase) for phrase in phrases)) for cause, phrases in PHRASES
)
