"""Members to whom delivery was switched off are warned some times, then removed."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from mmcore.interfaces.member import DeliveryStatus, Disabled
from mmcore.services import bounce_notices as notices
from mmcore.services import clock
from mmcore.services.subscription_notices import say_goodbye, tell_administrators

log = logging.getLogger("mmcore.bounce")


def due(site: Any) -> list[str]:
    """Ids of the members who have to be warned or removed now; loads none of them."""
    moment = clock.now()
    lists: dict[str, Any] = {}
    found = []
    for disabled in site.members.disabled_by_bounces():
        if disabled.list_id not in lists:
            lists[disabled.list_id] = site.lists.get(disabled.list_id)
        mlist = lists[disabled.list_id]
        if mlist is not None and _is_due(mlist, disabled, moment):
            found.append(disabled.member_id)
    return found


def warn_or_remove(engine: Any, site: Any, member_id: str) -> None:
    """Warn a member, or end the membership after the last warning.  Safe to repeat."""
    member = site.members.get(member_id)
    if member is None or member.preference("delivery_status") is not DeliveryStatus.by_bounces:
        return
    mlist, moment = member.mailing_list, clock.now()
    known = Disabled(
        member_id, member.list_id, member.last_warning_sent, member.total_warnings_sent
    )
    if not _is_due(mlist, known, moment):
        return
    if known.total_warnings_sent >= mlist.bounce_you_are_disabled_warnings:
        _remove(engine, mlist, member)
        return
    notices.warn(engine, member)
    member.last_warning_sent = moment
    member.total_warnings_sent += 1
    log.info("%s: %s is warned, %d", mlist.list_id, member.email, member.total_warnings_sent)


def _is_due(mlist: Any, disabled: Disabled, moment: datetime) -> bool:
    """Whether something has to be done about a member now."""
    if not mlist.process_bounces:
        return False
    wanted = mlist.bounce_you_are_disabled_warnings
    # Without any warning to wait after.
    if wanted == 0 or disabled.last_warning_sent == datetime.min:
        return True
    passed = moment - disabled.last_warning_sent
    return bool(passed >= mlist.bounce_you_are_disabled_warnings_interval)


def _remove(engine: Any, mlist: Any, member: Any) -> None:
    """End a membership; the member is told whatever the list says of goodbyes."""
    email, name = member.address.original_email, member.display_name
    language = member.preferred_language
    if mlist.bounce_notify_owner_on_removal:
        event = _last_event(mlist.site, mlist.list_id, member.email)
        notices.tell_removed(engine, member, event)
    elif mlist.admin_notify_mchanges:
        tell_administrators(engine, mlist, email, name, joined=False)
    member.unsubscribe()
    say_goodbye(engine, mlist, email, name, language)
    log.warning("%s: %s is removed, since mail comes back", mlist.list_id, email.lower())


def _last_event(site: Any, list_id: str, email: str) -> Any:
    """The latest failure of a member, or None if it was forgotten."""
    events = site.bounce_events.find(list_id=list_id, email=email)
    return events[-1] if events else None
