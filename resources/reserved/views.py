"""`/reserved`: what test suites of list managers ask for between two tests.

Both requests tell an engine to drop something that mmcore does not keep: ids are
random numbers that nobody has to remember (an id ends with what it names), and
each request has a database session of its own.  So there is nothing to do, and
that is what the answer says.
"""

from __future__ import annotations

from typing import Any

from resources.errors import Problem
from resources.representation import no_content
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.versions import ApiVersion

ORPHANS = "uids/orphans"
RESET = "reset"


@segment(of=ApiVersion, name="reserved")
class Reserved(Segment):
    """`reserved`, and any path below it: the view says which there are."""

    def __init__(self, parent: Any, name: str, request: RestRequest | None = None) -> None:
        super().__init__(parent, name, request)
        self.path = ""


@segment(of=Reserved)
def reserved_path(parent: Reserved, name: str, request: RestRequest) -> Reserved:
    """One segment more; an empty one counts."""
    below = Reserved(parent, name)
    below.path = f"{parent.path}/{name}" if isinstance(parent.__parent__, Reserved) else name
    return below


@rest(context=Reserved)
class ReservedView(View):
    """All reserved paths have the same methods, each of them works for one path."""

    def DELETE(self) -> Any:
        """Forget the ids that belong to nothing."""
        return self._done(ORPHANS)

    def GET(self) -> Any:
        """Drop the database sessions."""
        return self._done(RESET)

    def _done(self, path: str) -> Any:
        if self.context.path != path:
            raise Problem(404)
        return no_content()
