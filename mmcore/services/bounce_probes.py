"""Probes: one mail to a member whose score is high, to be sure before delivery is switched off.

A probe has a sender of its own, so whatever comes back to it is about this member.  A member who
can be reached after all hears that something is wrong, and goes on getting mail.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from i18n import _, using
from mmcore.interfaces.bounce import BounceContext
from mmcore.message.addresses import format_address
from mmcore.services.bounce_events import Failure, register
from mmcore.services.bounce_notices import stored_report
from mmcore.services.notifications import UserNotification
from mmcore.services.templates import render, wrap
from mmcore.services.verp import probe_sender

log = logging.getLogger("mmcore.bounce")

#: The type of the pendings that probes come back by.
PROBE = "probe"
#: For so long they can come back.
LIFETIME = timedelta(days=10)


def send_probe(engine: Any, member: Any, event: Any) -> str:
    """Ask a member's address whether it takes mail, as part of the current transaction.

    `event` is the last failure.  Returns the token.
    """
    mlist, language = member.mailing_list, member.preferred_language
    pendable = {
        "type": PROBE,
        # Gone with the list.
        "list_id": mlist.list_id,
        "member_id": member.member_id,
        "message_id": event.message_id,
    }
    token: str = mlist.site.pendings.add(pendable, LIFETIME)
    sender = probe_sender(engine.settings, mlist, token)
    email = member.address.original_email
    with using(language):
        text = render(engine, "list:user:notice:probe", mlist, language, sender_email=email)
        subject = _("Does your address still take mail from $name?", name=mlist.display_name)
    to = format_address(member.display_name, email)
    notice = UserNotification(to, sender, subject, wrap(text), language)
    if (report := stored_report(engine, mlist, event)) is not None:
        notice.attach_message(report)
    # An answer that a person waits for, so not bulk: it is to be treated like other mail.
    notice.send(engine, mlist, add_precedence=False, sender=sender, verp=False, probe_token=token)
    log.info("%s: a probe is sent to %s", mlist.list_id, member.email)
    return token


def probe_failed(engine: Any, site: Any, token: str, failure: Failure) -> Any:
    """A probe was refused: note it as that, for its member.

    Returns the bounce event; None for a token that is used up or expired, and when the member
    has gone.
    """
    pendable = site.pendings.confirm(token)
    member = site.members.get((pendable or {}).get("member_id") or "")
    if pendable is None or member is None:
        return None
    own = Failure(member.email, failure.code, failure.enhanced, failure.text)
    return register(
        engine,
        site,
        member.list_id,
        own,
        BounceContext.probe,
        message_id=pendable.get("message_id") or "",
        source="probe",
    )
