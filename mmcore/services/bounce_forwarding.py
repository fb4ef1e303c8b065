"""Reports that nobody understands: they go to people who may."""

from __future__ import annotations

import logging
from typing import Any

from i18n import _, using
from mmcore.interfaces.mailing_list import UnrecognizedBounceDisposition
from mmcore.message.originals import original_of
from mmcore.services.notifications import OwnerNotification
from mmcore.services.roles import administrators
from mmcore.services.templates import render

log = logging.getLogger("mmcore.bounce")

#: A notice that comes back says here through whom it has been already.
LOOP_FIELD = "X-Loop"
#: So much of a report is attached.
LONGEST_ATTACHED = 1_000_000


def has_been_here(mlist: Any, msg: Any) -> bool:
    """Whether a mail is one of our forwarded reports, or is about one: it goes in circles."""
    original = original_of(msg)
    return any(
        str(value).strip().lower() == mlist.bounces_address
        for each in (msg, original)
        if each is not None
        for value in each.get_all(LOOP_FIELD, [])
    )


def forward(engine: Any, mlist: Any, msg: Any) -> None:
    """Send a mail that is no report we could read to whom the list wants to have such mail."""
    message_id = " ".join(str(msg.get("message-id", "n/a")).split())
    wanted = mlist.forward_unrecognized_bounces_to
    if has_been_here(mlist, msg):
        log.warning("%s: %s has been forwarded before, dropped", mlist.list_id, message_id)
        return
    if wanted is UnrecognizedBounceDisposition.discard:
        log.info("%s: %s is dropped, as the list wants", mlist.list_id, message_id)
        return
    roster = None
    if wanted is UnrecognizedBounceDisposition.administrators:
        # Nobody in charge: the owner of the site.
        roster = administrators(mlist) or None
    language = mlist.preferred_language
    with using(language):
        subject = _("$name: a failure report that nobody understands", name=mlist.display_name)
        text = render(engine, "list:admin:notice:unrecognized", mlist, language)
    notice = OwnerNotification(engine, mlist, subject, text, roster)
    notice[LOOP_FIELD] = mlist.bounces_address
    notice.attach_message(msg.beginning(LONGEST_ATTACHED))
    notice.send(engine, mlist)
    log.info("%s: %s is forwarded to %s", mlist.list_id, message_id, ", ".join(notice.recipients))
