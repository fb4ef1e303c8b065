"""Walks the links of chains until one of them ends the judging of a message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from mmcore.interfaces.chain import Link, LinkAction
from mmcore.services.tolerance import CANNOT_COPE, is_tolerable, record_failure

log = logging.getLogger("mmcore.vette")

DEFAULT_CHAIN = "default-posting-chain"
#: A chain built at run time may jump to itself; this many jumps are no accident.
MOST_JUMPS = 1000


def _enter(
    engine: Any, chain: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any
) -> Iterator[Link]:
    if isinstance(chain, str):
        try:
            chain = engine.chains[chain]
        except KeyError:
            raise LookupError(f"no chain is named {chain!r}") from None
    links = iter(chain.get_links(mlist, msg, msgdata))
    if watch is not None:
        watch.entered(chain.name, links)
    return links


def _matches(
    engine: Any, link: Link, mlist: Any, msg: Any, msgdata: dict, links: Any, watch: Any
) -> bool:
    """Ask the rule of a link, the last that came from `links`, and record the answer."""
    rule = link.rule
    if isinstance(rule, str):
        try:
            rule = engine.rules[rule]
        except KeyError:
            raise LookupError(f"no rule is named {rule!r}") from None
    failure = None
    known = 0 if watch is None else len(msgdata.get("moderation_reasons") or ())
    try:
        hit = rule.check(mlist, msg, msgdata)
    except CANNOT_COPE as error:
        if not is_tolerable(rule, error):
            raise
        failure = record_failure("rule", rule.name, error, msg, msgdata, log)
        hit = False
    if watch is not None:
        reasons = tuple(msgdata.get("moderation_reasons") or ())[known:]
        watch.asked(links, rule.name, hit, failure, reasons)
    if rule.record:
        msgdata["rule_hits" if hit else "rule_misses"].append(rule.name)
    return hit


def process(
    engine: Any,
    mlist: Any,
    msg: Any,
    msgdata: dict,
    start_chain: Any = DEFAULT_CHAIN,
    watch: Any = None,
) -> bool:
    """Judge a message, beginning with a chain given by name or as an object.

    Leaves `rule_hits` and `rule_misses` in the metadata; `watch` is told of every step, see
    `IWatcher`.  Returns whether an ending was reached; if not, nobody has taken care of the
    message.  Raises LookupError for a rule or chain that does not exist, ValueError for an
    unknown link action, RuntimeError for chains that jump in a circle, and whatever an essential
    rule or an ending raises.
    """
    msgdata["rule_hits"] = []
    msgdata["rule_misses"] = []
    detours: list[Iterator[Link]] = []
    links = _enter(engine, start_chain, mlist, msg, msgdata, watch)
    jumps = 0
    while True:
        link = next(links, None)
        if link is None:
            if not detours:
                return False
            links = detours.pop()
            continue
        if not _matches(engine, link, mlist, msg, msgdata, links, watch):
            continue
        match link.action:
            case LinkAction.jump | LinkAction.detour:
                jumps += 1
                if jumps > MOST_JUMPS:
                    raise RuntimeError(f"chains jump in a circle, last to {link.chain!r}")
                if link.action is LinkAction.detour:
                    detours.append(links)
                links = _enter(engine, link.chain, mlist, msg, msgdata, watch)
            case LinkAction.stop:
                return True
            case LinkAction.defer:
                pass
            case LinkAction.run:
                if link.function is None:
                    raise ValueError(f"link for rule {link.rule!r} has nothing to run")
                link.function(mlist, msg, msgdata)
            case _:
                raise ValueError(f"unknown link action: {link.action!r}")
