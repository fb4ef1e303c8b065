"""The plugin's own REST resources."""

from __future__ import annotations

from typing import Any

import colander

from resources.fields import field, text
from resources.parameters import Parameters
from resources.representation import no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment


class Forecast(Parameters):
    """POST to the sky."""

    sky = field(text, validator=colander.OneOf(["blue", "grey"]))


class Sky(Segment):
    """The root of the plugin."""


@segment(of=Sky, name="stars")
class Stars(Segment):
    """A fixed name below it."""


class Star(Segment):
    """One star."""


@segment(of=Stars)
def star(parent: Stars, name: str, request: RestRequest) -> Star | None:
    """Stars by their names."""
    return Star(parent, name) if name == "vega" else None


@rest(context=Sky)
class SkyView(View):
    """The sky."""

    def GET(self) -> dict[str, Any]:
        """How it looks."""
        lists = len(self.site.lists)
        return {"sky": "blue", "lists": lists, "self_link": self.api.url("plugins/weather")}

    @opts(schema=Forecast)
    def POST(self) -> Any:
        """How it will look."""
        return no_content()


@rest(context=Star)
class StarView(View):
    """One star."""

    def GET(self) -> dict[str, Any]:
        """Its name."""
        return {"name": self.context.__name__}
