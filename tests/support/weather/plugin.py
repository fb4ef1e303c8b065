"""The classes that sections `[plugin.NAME]` name."""

from __future__ import annotations

from typing import Any

from tests.support.weather.components.views import Sky

not_callable = "weather"


class Weather:
    """Has a place in the API."""

    resource = Sky

    def __init__(self, engine: Any) -> None:
        self.engine = engine


class Silent:
    """Has none."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine


class Choosy(Silent):
    """Answers in its own way to its own name only."""

    def resource(self, parent: Any, name: str, request: Any) -> Sky | None:
        """The sky of a plugin called `choosy`."""
        return Sky(parent, name) if name == "choosy" else None
