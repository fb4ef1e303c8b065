"""Transactions that are too large for a server, and the next one in sight.

A server may say how many recipients it takes at a time (RFC 9422), or refuse
those that are too many (RFC 5321, 4.5.3.1.10).  They go in further
transactions of the same run.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from mmcore.mta.deliver import Transaction
from mmcore.mta.journal import Reply
from mmcore.mta.offers import Limits, domain_of

_TOO_MANY = re.compile(r"\btoo many (?:\w+ )?(?:recipients|rcpts?|addressees)\b", re.IGNORECASE)


def divide(recipients: Sequence[str], limits: Limits) -> list[list[int]]:
    """The positions of recipients in transactions within the limits; empty if one will do."""
    most = limits.recipients or len(recipients)
    if len(recipients) <= most and not limits.domains:
        return []
    order: Sequence[int] = range(len(recipients))
    if limits.domains:
        order = sorted(order, key=lambda position: domain_of(recipients[position]))
    parts: list[list[int]] = [[]]
    domains: set[str] = set()
    for position in order:
        domain = domain_of(recipients[position])
        new = limits.domains and domain not in domains and len(domains) >= limits.domains
        if parts[-1] and (new or len(parts[-1]) >= most):
            parts.append([])
            domains.clear()
        parts[-1].append(position)
        domains.add(domain)
    return parts if len(parts) > 1 else []


def too_many(reply: Reply) -> bool:
    """Whether a recipient was refused because the transaction has enough of them.

    RFC 5321, 4.5.3.1.10 (452, formerly 552); RFC 3463, 3.6 (X.5.3).
    """
    if reply.code < 400:
        return False
    if reply.enhanced[1:] == ".5.3":
        return True
    return reply.code in (452, 552) and bool(_TOO_MANY.search(reply.text))


class Lookahead:
    """Transactions with the next one in sight."""

    def __init__(self, transactions: Iterable[Transaction]) -> None:
        self._rest: Iterator[Transaction] = iter(transactions)
        self._waiting: deque[Transaction] = deque()
        #: The one that is being carried out; None when all are.
        self.current = next(self._rest, None)

    def following(self) -> Transaction | None:
        """The transaction after the current one."""
        if not self._waiting:
            following = next(self._rest, None)
            if following is None:
                return None
            self._waiting.append(following)
        return self._waiting[0]

    def advance(self) -> None:
        """The current transaction is settled."""
        self.current = self._waiting.popleft() if self._waiting else next(self._rest, None)

    def divide(self, parts: Sequence[Sequence[int]]) -> None:
        """Put parts in the place of the current transaction, if there are any."""
        if parts and self.current is not None:
            first, *others = [self.current.part(positions) for positions in parts]
            self._waiting.extendleft(reversed(others))
            self.current = first

    def divide_following(self, parts: Sequence[Sequence[int]]) -> None:
        """Put parts in the place of the transaction after the current one, if there are any."""
        if parts:
            whole = self._waiting.popleft()
            self._waiting.extendleft(whole.part(positions) for positions in reversed(parts))
