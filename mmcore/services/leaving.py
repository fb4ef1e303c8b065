"""The end of a membership: what goes with it, whoever wanted it and however it was agreed."""

from __future__ import annotations

import logging
from typing import Any

from mmcore.services import subscription_notices as notices

log = logging.getLogger("mmcore.subscriptions")


def end_membership(engine: Any, member: Any) -> None:
    """End a membership of role member at once, whatever the list's policy says.

    The farewell and the notice for the people in charge are sent if the list wants them.
    """
    mlist = member.mailing_list
    email, name = member.address.original_email, member.display_name
    language = member.preferred_language
    member.unsubscribe()
    log.info("%s left %s", email.lower(), mlist.list_id)
    if mlist.send_goodbye_message:
        notices.say_goodbye(engine, mlist, email, name, language)
    if mlist.admin_notify_mchanges:
        notices.tell_administrators(engine, mlist, email, name, joined=False)
