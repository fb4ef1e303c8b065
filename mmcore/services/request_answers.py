"""What the people in charge of a list answer to requests to join or leave it."""

from __future__ import annotations

import logging
from typing import Any

from i18n import _, using
from mmcore.interfaces.action import Action
from mmcore.interfaces.subscription import NoSuchRequestError
from mmcore.services.refusal import tell_refused
from mmcore.services.subscription_requests import discard, request_data, stored_request
from mmcore.services.subscriptions import confirm

log = logging.getLogger("mmcore.subscriptions")


def request_of_list(mlist: Any, token: str) -> dict[str, Any]:
    """What is stored of a request to this list.

    Raises NoSuchRequestError for a token that is unknown, has expired, or is of another
    list or of another kind.
    """
    pendable = request_data(mlist.site, token)
    if pendable["list_id"] != mlist.list_id:
        raise NoSuchRequestError(token)
    return pendable


def answer_request(
    engine: Any, mlist: Any, token: str, action: Action, reason: str | None = None
) -> None:
    """Accept, reject (with a reason to tell) or discard a request; or leave it alone.

    Whoever the token belongs to: the people in charge may also answer for a
    subscriber.  Raises NoSuchRequestError as `request_of_list` does, and what
    `confirm` raises when the request cannot be accepted.
    """
    pendable = request_of_list(mlist, token)
    if action is Action.accept:
        confirm(engine, mlist.site, token)
    elif action is Action.discard:
        discard(mlist.site, token)
        log.info("%s: discarded the %s of %s", mlist.list_id, pendable["type"], pendable["email"])
    elif action is Action.reject:
        discard(mlist.site, token)
        _refuse(engine, mlist, pendable, reason)
        log.info("%s: rejected the %s of %s", mlist.list_id, pendable["type"], pendable["email"])


def _refuse(engine: Any, mlist: Any, pendable: dict[str, Any], reason: str | None) -> None:
    request = stored_request(pendable)
    member = mlist.members.get(request.email)
    language = mlist.preferred_language if member is None else member.preferred_language
    with using(language):
        name = _("Subscription request") if request.joins else _("Unsubscription request")
    recipient = mlist.site.addresses.get(request.email).original_email
    tell_refused(engine, mlist, recipient, name, reason, language)
