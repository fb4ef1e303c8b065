"""`/lists/{list}/archivers`: which of the site's archivers a list uses."""

from __future__ import annotations

from typing import Any

from mmcore.services.archivers import archivers_of, enabled_archivers, set_archivers
from resources.archivers.schemas import archivers_schema, flags
from resources.lists.model import MailingList
from resources.parameters import optional, request_schema, validated
from resources.representation import no_content
from resources.rest import Segment, View, rest, segment


@segment(of=MailingList, name="archivers")
class ListArchivers(Segment):
    """`lists/{list}/archivers`"""


@rest(context=ListArchivers)
class ListArchiversView(View):
    """The archivers of a list."""

    def GET(self) -> dict[str, Any]:
        """Those that the site has enabled, and whether the list uses them."""
        return dict(archivers_of(self.engine, self.context.__parent__))

    def PATCH(self) -> Any:
        """Change some."""
        return self._change(optional(self._schema()))

    def PUT(self) -> Any:
        """Change all."""
        return self._change(self._schema())

    def _schema(self) -> Any:
        # The site's settings say what there is.
        return archivers_schema(enabled_archivers(self.engine))

    def _change(self, schema: Any) -> Any:
        values = validated(self.request, request_schema(schema, self.engine))
        set_archivers(self.engine, self.context.__parent__, flags(values))
        return no_content()
