"""Parameters of bans."""

from __future__ import annotations

from resources.fields import field, pattern
from resources.parameters import Parameters


class NewBan(Parameters):
    """POST to the collection."""

    email = field(pattern)
