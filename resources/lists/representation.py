"""How a list looks to clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from resources.errors import Problem
from resources.lists.model import MailingList
from resources.parameters import form_parameters
from resources.representation import Collection, listing
from resources.rest import RestRequest
from resources.versions import ApiVersion

TRUE = frozenset(("true", "True", "t", "yes", "y", "1", "on", ""))
FALSE = frozenset(("false", "False", "f", "no", "n", "0", "off"))


def list_link(api: ApiVersion, mlist: MailingList) -> str:
    """The canonical URL of a list: by list-id, never by posting address."""
    return api.url(f"lists/{mlist.list_id}")


def show_list(api: ApiVersion, mlist: MailingList) -> dict[str, Any]:
    """The list object."""
    return {
        "advertised": mlist.advertised,
        "display_name": mlist.display_name,
        "fqdn_listname": mlist.fqdn_listname,
        "list_id": mlist.list_id,
        "list_name": mlist.list_name,
        "mail_host": mlist.mail_host,
        "member_count": len(mlist.members),
        "volume": mlist.volume,
        "description": mlist.description,
        "self_link": list_link(api, mlist),
    }


def only_advertised(request: RestRequest) -> bool:
    """Whether the query asks for advertised lists only; «false» is no filter.

    Raises `Problem` (400) for anything that is no truth value.
    """
    if "advertised" not in request.environ.get("QUERY_STRING", ""):
        return False
    value = form_parameters(request).get("advertised", "false")
    if isinstance(value, list):
        value = value[-1]
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    reason = 'The value of the parameter must be "true" or "false".'
    description = f'The "advertised" parameter is invalid. {reason}'
    raise Problem(400, description, bare=True, title="Invalid parameter")


def list_listing(
    request: RestRequest,
    total: int,
    fetch: Callable[[int, int | None], Iterable[MailingList]],
) -> Collection:
    """A page of lists, with the filter that every collection of lists has."""
    if only_advertised(request):
        lists = [mlist for mlist in fetch(0, None) if mlist.advertised]
        total = len(lists)

        def fetch(start: int, count: int | None) -> Iterable[MailingList]:
            return lists[start:][:count]

    return listing(request, total, fetch, lambda mlist: show_list(request.api, mlist))
