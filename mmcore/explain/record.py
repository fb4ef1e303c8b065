"""Writes down what rules and handlers do to one message."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from zope.interface import implementer

from i18n import explain, using
from mmcore.explain.differences import body_difference, header_difference
from mmcore.explain.explanation import HandlerStep, RuleOutcome
from mmcore.interfaces.chain import Link
from mmcore.interfaces.handler import RejectMessage
from mmcore.interfaces.watcher import IWatcher
from mmcore.message.fields import without_surrogates
from mmcore.services.tolerance import CANNOT_COPE

#: Characters of a metadata value that are shown.
_LONGEST_VALUE = 200
#: The rule of links that are not conditional: nobody wants to read of it in every ending.
_ALWAYS = "truth"


@implementer(IWatcher)
class Record:
    """See `IWatcher`."""

    def __init__(self, language: str) -> None:
        """`language` is that of whoever reads the record."""
        self.language = language
        self.chains: list[str] = []
        self.steps: list[HandlerStep] = []
        #: Where the handlers work that come now.
        self.stage = "pipeline"
        self._entered: list[Iterator[Link]] = []
        # The chain by its place in `chains`, and what the rule said.
        self._asked: list[tuple[int, RuleOutcome]] = []
        self._recalled: list[RuleOutcome] = []
        self._message: Any = None
        self._metadata: dict[str, str] = {}

    def entered(self, chain: str, links: Iterator[Link]) -> None:
        """See `IWatcher`."""
        self.chains.append(chain)
        self._entered.append(links)

    def asked(
        self,
        links: Iterator[Link],
        rule: str,
        hit: bool,
        error: str | None,
        reasons: Iterable[Any],
    ) -> None:
        """See `IWatcher`."""
        place = next(place for place, entered in enumerate(self._entered) if entered is links)
        outcome = "skipped" if error is not None else "hit" if hit else "miss"
        with using(self.language):
            told = tuple(without_surrogates(explain(reason)) for reason in reasons)
        self._asked.append((place, RuleOutcome(rule, self.chains[place], outcome, told, error)))

    def recall(self, msgdata: dict) -> None:
        """Begin with what the metadata say of a message that was judged before."""
        for key, outcome in (("rule_hits", "hit"), ("rule_misses", "miss")):
            self._recalled += [RuleOutcome(rule, "", outcome) for rule in msgdata.get(key) or ()]

    def rules(self) -> tuple[RuleOutcome, ...]:
        """Rules in the order in which they were asked, then those that were not asked any more.

        Chains that ask nothing but `truth` are left out.  To be called once, at the end.
        """
        told = list(self._asked)
        for place, links in enumerate(self._entered):
            chain = self.chains[place]
            told += [(place, RuleOutcome(rule, chain, "not asked")) for rule in _names(links)]
        asking = {place for place, outcome in told if outcome.rule != _ALWAYS}
        asked = [outcome for place, outcome in told if place in asking]
        return (*self._recalled, *asked)

    def before(self, handler: str, msg: Any, msgdata: dict) -> None:
        """See `IWatcher`."""
        self._message, self._metadata = copy.deepcopy(msg), _shown(msgdata)

    def after(self, handler: str, msg: Any, msgdata: dict, error: str | None) -> None:
        """See `IWatcher`."""
        self._write(handler, msg, msgdata, "skipped" if error is not None else None, error)

    def stopped(self, handler: str, msg: Any, msgdata: dict, error: Exception) -> None:
        """See `IWatcher`."""
        outcome = "rejected" if isinstance(error, RejectMessage) else "discarded"
        self._write(handler, msg, msgdata, outcome, str(error))

    def _write(
        self, handler: str, msg: Any, msgdata: dict, outcome: str | None, error: str | None
    ) -> None:
        # Compared are copies: writing a message may choose a boundary, which is a change of it.
        after = copy.deepcopy(msg)
        before = after if self._message is None else self._message
        # First, because it may choose a boundary.
        body = body_difference(before, after)
        header = header_difference(before, after)
        now = _shown(msgdata)
        if before is after:
            # Nobody has announced it: it has not worked on the message.
            self._metadata = now
        metadata = {key: value for key, value in now.items() if self._metadata.get(key) != value}
        metadata |= {key: "-" for key in self._metadata if key not in now}
        if outcome is None:
            outcome = "changed" if header or body or metadata else "unchanged"
        self._message = None
        self.steps.append(HandlerStep(handler, self.stage, outcome, header, body, metadata, error))


def _names(links: Iterator[Link]) -> list[str]:
    """Names of the rules that the rest of a chain would ask."""
    try:
        return [getattr(link.rule, "name", link.rule) for link in links]
    except CANNOT_COPE:
        # A chain that makes its links while it is walked, and has no more to say.
        return []


def _shown(msgdata: dict) -> dict[str, str]:
    """Metadata as they are shown; of recipients only how many there are."""
    return {
        key: str(len(value)) if key == "recipients" else repr(value)[:_LONGEST_VALUE]
        for key, value in msgdata.items()
        if not key.startswith("_")
    }
