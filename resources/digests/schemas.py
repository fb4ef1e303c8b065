"""Parameters of digests."""

from __future__ import annotations

from resources.fields import boolean, drop, field
from resources.parameters import Parameters


class DigestActions(Parameters):
    """POST: what to do with the digest that is being collected."""

    bump = field(boolean, missing=drop)
    send = field(boolean, missing=drop)
    periodic = field(boolean, missing=drop)
