"""`templates/{list}/{name}[/{language}]`, API 3.0 only: always not found.

The older API has these URLs, and no text was ever found there; clients only
have to be told so in the way they know.
"""

from __future__ import annotations

from typing import Any, NoReturn

from resources.errors import Problem
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.versions import ApiVersion


class Templates(Segment):
    """The collection, and a list below it; neither is a whole URL."""


class TemplatesOfList(Templates):
    """The texts of a list."""


@segment(of=ApiVersion, name="templates")
def templates(parent: ApiVersion, name: str, request: RestRequest) -> Templates:
    """`templates` is only a way to what is below."""
    if not parent.decimal_ids:
        raise Problem(404, bare=True)
    return Templates(parent, name)


@segment(of=Templates)
def templates_of_list(parent: Templates, name: str, request: RestRequest) -> TemplatesOfList:
    """`templates/{list}` is only a way to what is below."""
    return TemplatesOfList(parent, name)


class Text(Segment):
    """A text, if there were any."""


@segment(of=TemplatesOfList)
class ListText(Text):
    """3.0 only: `templates/{list}/{name}`."""


@segment(of=ListText)
class ListTextInLanguage(Text):
    """3.0 only: `templates/{list}/{name}/{language}`."""

    __rest_extra__ = 400


@rest(context=Templates)
class TemplatesView(View):
    """URLs with too few segments, whatever the method."""

    def GET(self) -> NoReturn:
        """Refused."""
        raise Problem(400, bare=True)

    DELETE = PATCH = POST = PUT = GET


@rest(context=Text)
class TextView(View):
    """URLs of texts."""

    def GET(self) -> Any:
        """Nothing is there."""
        raise Problem(404, bare=True)
