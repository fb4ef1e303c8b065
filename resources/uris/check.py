"""Whether the template URIs lie where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def check(site: Any) -> Iterator[str]:
    """Parents and names, at all levels."""
    for level in (site, *site.domains._data.values(), *site.lists._data.values()):
        uris = level._uris
        if uris is None:
            continue
        if uris.__parent__ is not level:
            yield f"uris: those of {level!r} have another parent"
        for template in uris.values():
            if template.name not in level.template_names or not template.uri:
                yield f"uris: {level!r} has {template.name!r} set to {template.uri!r}"
