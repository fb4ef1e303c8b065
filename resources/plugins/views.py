"""`/plugins`: what the site has added, and the resources of its own (API 3.1).

What lies below `plugins/{plugin}` is made by the plugin: see
`mmcore.interfaces.plugin`.
"""

from __future__ import annotations

from typing import Any

from mmcore.config import Section
from resources.errors import Problem
from resources.representation import Collection, listing
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.versions import ApiVersion


class Plugins(Segment):
    """`plugins`"""


@segment(of=ApiVersion, name="plugins")
def plugins(parent: ApiVersion, name: str, request: RestRequest) -> Plugins | None:
    """The collection; 3.0 does not have it."""
    return None if parent.decimal_ids else Plugins(parent, name)


@segment(of=Plugins)
def plugin(parent: Plugins, name: str, request: RestRequest) -> Any:
    """`plugins/{plugin}`: only a way, the plugin says what is there; raises `Problem`."""
    found = request.registry.engine.plugins.get(name)
    factory = getattr(found, "resource", None)
    below = None if factory is None else factory(parent, name, request)
    if below is None:
        raise Problem(404, bare=True)
    return below


def show_plugin(name: str, section: Section) -> dict[str, Any]:
    """What the settings say of a plugin; there is no link, it may have no resource."""
    shown = {
        "name": name,
        "class": getattr(section, "class"),
        "enabled": section.enabled,
    }
    return {**shown, "configuration": section.configuration} if section.configuration else shown


@rest(context=Plugins)
class PluginsView(View):
    """The plugins of the site."""

    def GET(self) -> Collection:
        """All of them by name, those that are not enabled, too."""
        found = sorted(self.engine.settings.plugins.items())
        return listing(
            self.request,
            len(found),
            lambda start, count: found[start:][:count],
            lambda entry: show_plugin(*entry),
        )
