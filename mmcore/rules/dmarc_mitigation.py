"""Finds authors whose domain does not want their mail changed and passed on (RFC 9989)."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.mailing_list import DMARCMitigateAction
from mmcore.interfaces.rule import IRule
from mmcore.message.addresses import parse_addresses
from mmcore.message.headers import decode
from mmcore.rules.base import add_reason
from mmcore.services.dmarc import policy_wants_mitigation
from mmcore.services.searching import searched
from mmcore.services.templates import wrap

_REFUSING = (DMARCMitigateAction.discard, DMARCMitigateAction.reject)


@rule
@implementer(IRule)
class DmarcMitigation:
    """Hits when the list discards or rejects posts from such a domain.

    Where the list has them changed instead, the rule misses and leaves `dmarc` in the
    metadata, which the handler `dmarc` looks for.
    """

    name = "dmarc-mitigation"
    description = mark("The author's domain does not allow its mail to be passed on.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        action = mlist.dmarc_mitigate_action
        if action in (None, DMARCMitigateAction.no_mitigation):
            return False
        address = author_of(msg)
        if not address or not self._applies(mlist, address):
            return False
        msgdata["dmarc"] = True
        if action not in _REFUSING:
            return False
        msgdata["dmarc_action"] = action.name
        add_reason(msgdata, address, _reason(mlist, action))
        return True

    def _applies(self, mlist: Any, address: str) -> bool:
        """Whether something has to be done; the DNS is asked only if nothing else says so."""
        if mlist.dmarc_mitigate_unconditionally and mlist.dmarc_mitigate_action not in _REFUSING:
            return True
        return _is_listed(mlist, address) or policy_wants_mitigation(self.engine, address)


def author_of(msg: Any) -> str:
    """The first address of the From field, which is what DMARC is about; or ''."""
    for value in msg.get_all("from", []):
        # Some programs encode the address, too.
        for text in (value, decode(value)):
            for _name, address in parse_addresses([text]):
                if "@" in address:
                    return address
    return ""


def _is_listed(mlist: Any, address: str) -> bool:
    entries = mlist.dmarc_addresses
    if address.lower() in (entry.lower() for entry in entries):
        return True
    searches = [(entry, (address,)) for entry in entries if entry.startswith("^")]
    return any(where is not None for where in searched(searches))


def _reason(mlist: Any, action: DMARCMitigateAction) -> str | tuple[str, str]:
    if action is DMARCMitigateAction.discard:
        return mark("The DMARC policy of the author's domain")
    if mlist.dmarc_moderation_notice.strip():
        return wrap(mlist.dmarc_moderation_notice.strip())
    return (
        mark(
            "The domain of your From address has a DMARC policy that does not allow this list to "
            "pass your message on. Please post from another address. If you think that this is a "
            "mistake, write to {}"
        ),
        mlist.owner_address,
    )
