"""`/system`: versions, defaults, and what the engine is made of."""

from __future__ import annotations

import sys
from typing import Any

from mmcore import __version__
from resources.preferences.model import SYSTEM_DEFAULTS
from resources.rest import Segment, View, rest, segment
from resources.versions import ApiVersion


@segment(of=ApiVersion, name="system")
class System(Segment):
    """`system`"""


@segment(of=System, name="versions")
class Versions(Segment):
    """`system/versions`"""

    __rest_extra__ = 400


@segment(of=System, name="preferences")
class SystemPreferences(Segment):
    """`system/preferences`"""

    __rest_extra__ = 400


@segment(of=System, name="pipelines")
class Pipelines(Segment):
    """`system/pipelines`"""

    __rest_extra__ = 400


@segment(of=System, name="chains")
class Chains(Segment):
    """`system/chains`"""

    __rest_extra__ = 400


class VersionsView(View):
    """Which software answers; `system` is the older name of `system/versions`."""

    def GET(self) -> dict[str, Any]:
        """Versions of the engine, of Python and of the API."""
        return {
            "mailman_version": f"mmcore {__version__}",
            "python_version": sys.version,
            "api_version": self.api.__name__,
            "self_link": self.api.url("system/versions"),
        }


@rest(context=System)
class SystemView(VersionsView):
    """`system`"""


@rest(context=Versions)
class SystemVersionsView(VersionsView):
    """`system/versions`"""


@rest(context=SystemPreferences)
class SystemPreferencesView(View):
    """What holds where nobody said anything."""

    def GET(self) -> dict[str, Any]:
        """Every preference with its default."""
        return {
            **SYSTEM_DEFAULTS,
            "preferred_language": self.engine.settings.mmcore.default_language,
            "self_link": self.api.url("system/preferences"),
        }


@rest(context=Pipelines)
class PipelinesView(View):
    """The pipelines of the engine."""

    def GET(self) -> dict[str, Any]:
        """Their names."""
        return {"pipelines": sorted(self.engine.pipelines)}


@rest(context=Chains)
class ChainsView(View):
    """The chains of the engine."""

    def GET(self) -> dict[str, Any]:
        """Their names."""
        return {"chains": sorted(self.engine.chains)}
