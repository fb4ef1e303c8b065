"""How a header match looks to clients."""

from __future__ import annotations

from typing import Any

from resources.header_matches.model import HeaderMatch, HeaderMatches
from resources.versions import ApiVersion


def header_match_link(api: ApiVersion, matches: HeaderMatches, position: int) -> str:
    """The URL of what is at a position; another match may come there."""
    return api.url(f"lists/{matches.__parent__.list_id}/header-matches/{position}")


def show_header_match(
    api: ApiVersion, matches: HeaderMatches, position: int, match: HeaderMatch
) -> dict[str, Any]:
    """The header match object; what is unset is left out."""
    shown = {"position": position, "header": match.header, "pattern": match.pattern}
    optional = {"action": match.action, "tag": match.tag}
    return {
        **shown,
        **{name: value for name, value in optional.items() if value is not None},
        "self_link": header_match_link(api, matches, position),
    }
