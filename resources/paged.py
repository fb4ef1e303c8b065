"""The parameters of whatever is answered in pages."""

from __future__ import annotations

from resources.fields import drop, field, natural
from resources.parameters import Parameters


class PagedQuery(Parameters):
    """GET of a collection; `resources.representation` reads these from the request itself."""

    count = field(natural, missing=drop)
    page = field(natural, missing=drop)
