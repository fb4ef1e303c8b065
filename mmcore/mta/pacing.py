"""Interim: nobody is paced.  The owner of this file replaces it."""

from __future__ import annotations

from mmcore.mta.journal import Reply


class Pacer:
    """Says when a destination may be tried."""

    def reserve(self, domain: str, now: float) -> float:
        """Seconds to wait."""
        return 0.0

    def heard(self, domain: str, reply: Reply, now: float) -> None:
        """A destination has answered."""
