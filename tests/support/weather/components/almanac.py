"""An archiver of the plugin."""

from __future__ import annotations

from mmcore.archivers.base import Archiver
from mmcore.directives import archiver


@archiver
class Almanac(Archiver):
    """Keeps nothing."""

    name = "almanac"
