"""Addresses that say by themselves whom or what they are about (VERP).

Whoever reports a failure often does not say which address failed.  So copies, probes and requests
for confirmation may each have a sender of their own, which comes back with the report or the
answer.  How these addresses are made and read are settings of the site; that the two fit together
is checked when the settings are read (`mmcore.settings_checks`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from typing import Any

from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.addresses import parse_addresses, split_address

log = logging.getLogger("mmcore.smtp")

#: Where the address stands that a mail was sent to; several servers may each have added theirs.
RECIPIENT_FIELDS = ("to", "delivered-to", "envelope-to", "apparently-to")
#: RFC 5321, section 4.5.3.1.3, without the angle brackets.
_LONGEST = 254

#: What passes every server unchanged.  `%` and `!` would be taken for routes by some.
_SAFE = re.compile(r"[-A-Za-z0-9#$&'*+/=?^_`{|}~.]+")
_PLACE = re.compile("\0([ld])")


def wants_verp(settings: Any, mlist: Any, msgdata: dict) -> bool:
    """Whether each recipient of a message of a list gets a sender of their own.

    The key `verp` of the metadata says so, else the settings of the site.
    """
    if "verp" in msgdata:
        return bool(msgdata["verp"])
    wanted = settings.mta
    if mlist.personalize is not Personalization.none:
        return bool(wanted.verp_personalized_deliveries)
    interval = wanted.verp_delivery_interval
    return bool(interval > 0 and mlist.post_id % interval == 0)


@dataclass(frozen=True, slots=True)
class VerpSenders:
    """Makes the senders of one message's copies; plain values, for where there is no database."""

    plain: str
    bounces: str
    host: str
    #: Texts around `l`, the local part of the recipient, and `d`, the domain.
    pieces: tuple[str, ...]
    pattern: re.Pattern[str] | None

    def of(self, recipient: str) -> str:
        """The sender of a recipient's copy; the plain one if the other could not be read back."""
        local, at, domain = recipient.rpartition("@")
        if not (at and local and domain):
            log.warning("no sender of its own for %r, which has no domain", recipient)
            return self.plain
        values = {"l": local, "d": domain}
        # Between two texts stands a place.
        made = "".join(
            values[piece] if number % 2 else piece for number, piece in enumerate(self.pieces)
        )
        sender = f"{made}@{self.host}"
        if len(sender) > _LONGEST or ".." in made or not _SAFE.fullmatch(made):
            return self.plain
        found = self.pattern and self.pattern.search(sender)
        if found and found.group("bounces", "local", "domain") == (self.bounces, local, domain):
            return sender
        return self.plain


def verp_senders(settings: Any, sender: str) -> VerpSenders:
    """What makes the senders of copies; `sender` is the address for bounces of their list."""
    bounces, host = split_address(sender)
    text = Template(settings.mta.verp_format).safe_substitute(
        bounces=bounces, local="\0l", domain="\0d"
    )
    pattern = _compiled(settings.mta.verp_regexp, ("bounces", "local", "domain"))
    return VerpSenders(sender, bounces, host, tuple(_PLACE.split(text)), pattern)


def verp_sender(settings: Any, sender: str, recipient: str) -> str:
    """The sender of the copy of one recipient.

    It is the plain `sender` if the recipient has no domain, or could not be read back.
    """
    return verp_senders(settings, sender).of(recipient)


def probe_sender(settings: Any, mlist: Any, token: str) -> str:
    """The sender of a probe: a whole address."""
    bounces, host = split_address(mlist.bounces_address)
    template = Template(settings.mta.verp_probe_format)
    return template.safe_substitute(bounces=bounces, token=token, domain=host)


def confirm_address(settings: Any, mlist: Any, token: str) -> str:
    """The address whose mail confirms what the token stands for."""
    address, host = split_address(mlist.confirm_address)
    template = Template(settings.mta.verp_confirm_format)
    return f"{template.safe_substitute(address=address, cookie=token)}@{host}"


def verp_recipients(settings: Any, mlist: Any, msg: Any) -> set[str]:
    """The recipients whose copies a report of a failure is about, as its addresses say."""
    pattern = _compiled(settings.mta.verp_regexp, ("bounces", "local", "domain"))
    return {f"{found['local']}@{found['domain']}" for found in _sent_to(pattern, mlist, msg)}


def probe_tokens(settings: Any, mlist: Any, msg: Any) -> list[str]:
    """The tokens of the probes that a report of a failure is about; nothing is consumed."""
    pattern = _compiled(settings.mta.verp_probe_regexp, ("bounces", "token"))
    tokens = (found["token"].lower() for found in _sent_to(pattern, mlist, msg))
    return list(dict.fromkeys(tokens))


def confirm_token(settings: Any, mlist: Any, address: str) -> str | None:
    """The token in an address whose mail confirms something; None for all other addresses."""
    pattern = _compiled(settings.mta.verp_confirm_regexp, ("addr", "cookie"))
    found = pattern and pattern.search(address)
    if not found or found["addr"].lower() != split_address(mlist.confirm_address)[0]:
        return None
    return found["cookie"].lower()


def _sent_to(pattern: re.Pattern[str] | None, mlist: Any, msg: Any) -> Iterator[re.Match[str]]:
    """What matches among the addresses of this list's own that a mail was sent to."""
    if pattern is None:
        return
    bounces = split_address(mlist.bounces_address)[0]
    for name in RECIPIENT_FIELDS:
        for _name, address in parse_addresses(msg.get_all(name, [])):
            found = pattern.search(address)
            if found and found["bounces"].lower() == bounces:
                yield found


@lru_cache(maxsize=32)
def _compiled(regexp: str, groups: tuple[str, ...]) -> re.Pattern[str] | None:
    """The pattern of a setting; None, and logged, without the groups that are needed."""
    pattern = re.compile(regexp, re.IGNORECASE | re.DOTALL)
    if set(groups) <= set(pattern.groupindex):
        return pattern
    log.error("%r reads no addresses: it needs the groups %s", regexp, ", ".join(groups))
    return None
