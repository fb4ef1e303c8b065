"""Runners: processes that take from a queue, call the engine, and leave in the next."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IRunner(Interface):
    """One runner process."""

    name = Attribute("Short name, as in the section [runner.NAME].")
    queue = Attribute("Name of the queue it empties, or None.")

    def run() -> int:
        """Work until told to stop; returns the exit status."""

    def stop(status: int = 0) -> None:
        """Ask it to stop soon, with this exit status."""
