"""Which archivers a list uses.

The site says in the section `[archiver.NAME]` which archivers there are, and a
list, for each of them, whether it wants it.  A list takes over the site's word
when it meets an archiver: whoever enables one later does not begin to archive
lists that have known it as disabled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _site_flags(engine: Any) -> dict[str, bool]:
    archivers = engine.settings.archivers
    return {name: archivers[name].enable for name in sorted(archivers)}


def enabled_archivers(engine: Any) -> list[str]:
    """The names of the archivers that lists may use, in order."""
    return [name for name, enabled in _site_flags(engine).items() if enabled]


def archivers_of(engine: Any, mlist: Any) -> dict[str, bool]:
    """Whether the list uses each of the archivers that it may use.

    What the list has not met before, it meets now.
    """
    site = _site_flags(engine)
    flags = {**site, **dict(mlist.archiver_flags)}
    _keep(mlist, flags)
    return {name: flags[name] for name, enabled in site.items() if enabled}


def set_archivers(engine: Any, mlist: Any, values: Mapping[str, bool]) -> None:
    """Say of some archivers whether the list uses them."""
    _keep(mlist, {**_site_flags(engine), **dict(mlist.archiver_flags), **values})


def _keep(mlist: Any, flags: Mapping[str, bool]) -> None:
    kept = tuple(sorted(flags.items()))
    # Reading must not write each time.
    if kept != mlist.archiver_flags:
        mlist.archiver_flags = kept
