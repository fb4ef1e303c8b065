"""Plugins: what a site adds to the engine under a name."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IPlugin(Interface):
    """What the class of a plugin has to offer: nothing, or a REST resource of its own.

    It is called with the engine when that is built.  A plugin is declared in the
    ini file:

        [plugin.weather]
        class = weather.plugin.Weather
        enabled = yes
        component_package = weather.components

    Rules, handlers, chains, pipelines, archivers, styles, e-mail commands and runners in
    `component_package` are added to the engine's, as those of `[mmcore] includes` are, and so are
    classes marked with `@rest` and `@segment` to the REST API.

        class Weather:
            resource = Sky          # from weather.components.views

            def __init__(self, engine):
                self.engine = engine

    and in `weather/components/views.py`:

        class Sky(Segment):
            ...

        @rest(context=Sky)
        class SkyView(View):
            def GET(self):
                return {"sky": "blue"}

    answers `GET /3.1/plugins/weather`.  `@segment(of=Sky, name="stars")` goes on
    from there.
    """

    resource = Attribute(
        "Factory `(parent, name, request)` of the segment `plugins/NAME`, a `Segment` with a"
        " `@rest` class in `component_package`.  Without this attribute, or if it is None or"
        " returns None, the plugin has no place in the API."
    )
