"""Looks for header fields that the site, or the list, does not let pass.

The patterns of `[antispam] header_checks`, and those added while the engine runs, come
first; all of them are asked before one thing is done about what was found, and a list
cannot undo that.  The list's own follow in their order, and the first that is found
decides.  What patterns are searched in, and for how long, is in
`mmcore.services.searching`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from zope.interface import implementer

from i18n import mark
from mmcore.directives import chain
from mmcore.interfaces.action import Action
from mmcore.interfaces.chain import IHeaderMatchChain, Link, LinkAction
from mmcore.interfaces.rule import IRule
from mmcore.message.values import FieldValues
from mmcore.rules.base import add_reason
from mmcore.services.patterns import PatternError, compiled
from mmcore.services.searching import searched

log = logging.getLogger("mmcore.vette")

#: When there are more patterns, those that were not found are not named among the misses: with
#: them `X-Mailman-Rule-Misses` would be longer than some servers take a whole header.
MOST_MISSES = 20
#: How much of a field is shown to moderators.
_SHOWN = 500


class Check(NamedTuple):
    """A pattern to look for in the fields of a name, and the rule's name for that."""

    name: str
    header: str
    pattern: str


@implementer(IRule)
class HeaderMatchRule:
    """The answer of one check about one message: `field` is what was found, or None.

    These rules are made for a message and are not in the engine's registry: two lists would
    need different ones of the same kind.
    """

    description = mark("A header field matches a pattern of the site or of the list.")
    record = True

    def __init__(self, name: str, field: str | None) -> None:
        self.name = name
        self.field = field

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if self.field is None:
            return False
        reason = (mark("A header rule matches this field of the message: {}"), self.field[:_SHOWN])
        add_reason(msgdata, msg.sender, reason)
        return True


@chain
@implementer(IHeaderMatchChain)
class HeaderMatchChain:
    """See `IHeaderMatchChain`."""

    name = "header-match"
    description = mark("Compare the header with the patterns of the site and of the list.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.jump_chain = engine.settings.antispam.jump_chain
        self._configured = tuple(_configured(engine.settings.antispam.header_checks))
        self._added: list[Check] = []

    def extend(self, header: str, pattern: str) -> None:
        """See `IHeaderMatchChain`."""
        name = f"header-match-{len(self._added) + 1:02}"
        self._added.append(Check(name, header.strip().lower(), pattern))

    def flush(self) -> None:
        """See `IHeaderMatchChain`."""
        self._added.clear()

    def get_links(self, mlist: Any, msg: Any, msgdata: dict) -> Iterable[Link]:
        """See `IChain`.  What is behind a jump is not even looked for."""
        checks = (*self._configured, *self._added)
        matches = mlist.header_matches
        total = len(checks) + len(matches)
        values = FieldValues(msg) if total else None
        few = total <= MOST_MISSES
        if values is not None:
            for check, field in _found(checks, values):
                if few or field is not None:
                    yield Link(HeaderMatchRule(check.name, field))
        yield Link("any", LinkAction.jump, self.jump_chain)
        if values is not None:
            for position, (match, field) in enumerate(_found(tuple(matches), values)):
                if few or field is not None:
                    rule = HeaderMatchRule(f"header-match-{mlist.list_id}-{position}", field)
                    yield self._link(mlist, match, rule)

    def _link(self, mlist: Any, match: Any, rule: HeaderMatchRule) -> Link:
        """What a list wants done about a match; a chain that is gone is replaced."""
        if match.action is Action.defer:
            return Link(rule)
        name = match.chain if match.action is None else match.action.name
        if name is not None and name not in self.engine.chains:
            log.error("%s: %s: no chain is named %r", mlist.fqdn_listname, rule.name, name)
            name = None
        return Link(rule, LinkAction.jump, name or self.jump_chain)


def _configured(lines: Iterable[str]) -> Iterator[Check]:
    """The checks of the ini file; lines that are none are logged."""
    for number, line in enumerate(lines, 1):
        header, colon, pattern = line.partition(":")
        if not colon:
            log.error("[antispam] header_checks: not «header: pattern»: %r", line)
            continue
        try:
            compiled(pattern.lstrip())
        except PatternError as error:
            # It is asked all the same, and never found: the names of the others stay.
            log.error("[antispam] header_checks: %r: %s", line, error)
        name = f"header-match-config-{number}"
        yield Check(name, header.strip().lower(), pattern.lstrip())


def _found(checks: tuple, values: FieldValues) -> Iterator[tuple[Any, str | None]]:
    """Each check or header match with the field that it was found in, if it was."""
    found = searched([(check.pattern, values.texts(check.header)) for check in checks])
    # What there was no time for is not found.
    for check, where in zip(checks, found, strict=False):
        yield check, None if where is None else values.field(check.header, where)
