"""What owners are told of members whose mail comes back, and what these members are told."""

from __future__ import annotations

import logging
from typing import Any

from i18n import _, using
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.message.addresses import format_address
from mmcore.services.bounce_words import reason
from mmcore.services.notifications import OwnerNotification, UserNotification
from mmcore.services.roles import administrators
from mmcore.services.subscription_notices import person
from mmcore.services.templates import render, wrap

log = logging.getLogger("mmcore.bounce")

#: So much of a report is attached.
LONGEST_ATTACHED = 1_000_000


def tell_increment(engine: Any, member: Any, event: Any) -> None:
    """Tell the owners that the score of a member was raised."""
    values = {"email": member.email, "name": member.mailing_list.display_name}
    with using(member.mailing_list.preferred_language):
        subject = _("$name: mail to $email has come back", **values)
        _tell(engine, member, event, "list:admin:notice:increment", subject)


def tell_disabled(engine: Any, member: Any, event: Any) -> None:
    """Tell the owners that a member gets no mail any more."""
    values = {"email": member.email, "name": member.mailing_list.display_name}
    with using(member.mailing_list.preferred_language):
        subject = _("$name: delivery to $email is switched off", **values)
        _tell(engine, member, event, "list:admin:notice:disable", subject)


def tell_complaint(engine: Any, member: Any, event: Any) -> None:
    """Tell the owners that a member has called the list's mail spam, and gets no more of it."""
    values = {"email": member.email, "name": member.mailing_list.display_name}
    with using(member.mailing_list.preferred_language):
        subject = _("$name: $email has reported a message as spam", **values)
        _tell(engine, member, event, "list:admin:notice:complaint", subject)


def tell_removed(engine: Any, member: Any, event: Any) -> None:
    """Tell the owners that a member is removed; to be called before it is."""
    values = {"email": member.email, "name": member.mailing_list.display_name}
    with using(member.mailing_list.preferred_language):
        subject = _("$name: $email was removed, since mail comes back", **values)
        _tell(engine, member, event, "list:admin:notice:removal", subject)


def _tell(engine: Any, member: Any, event: Any, template: str, subject: str) -> None:
    """Send a notice to the owners in the current language, with the report if it is stored."""
    mlist = member.mailing_list
    text = render(
        engine,
        template,
        mlist,
        mlist.preferred_language,
        member=person(member.address.original_email, member.display_name),
        mlist=mlist.display_name,
        reason=reason(event),
    )
    roster = administrators(mlist) or [engine.settings.mmcore.site_owner]
    notice = OwnerNotification(engine, mlist, subject, wrap(text), roster)
    if (report := stored_report(engine, mlist, event)) is not None:
        notice.attach_message(report)
    notice.send(engine, mlist)


def warn(engine: Any, member: Any) -> None:
    """Tell a member that delivery is switched off because mail comes back."""
    mlist, language = member.mailing_list, member.preferred_language
    email = member.address.original_email
    with using(language):
        text = render(engine, "list:user:notice:warning", mlist, language, sender_email=email)
        subject = _("Delivery from $name is switched off for you", name=mlist.display_name)
    to = format_address(member.display_name, email)
    notice = UserNotification(to, mlist.bounces_address, subject, wrap(text), language)
    notice.send(engine, mlist, verp=bool(engine.settings.mta.verp_personalized_deliveries))


def stored_report(engine: Any, context: Any, event: Any) -> Any:
    """The report of a failure as a message; None if there was none, or it is not stored now."""
    if event is None or not event.content:
        return None
    try:
        report = engine.mailroom(context).read(event.content)
    except UnreadableEntryError as error:
        log.warning("the report of %s is not attached: %s", event.__name__, error)
        return None
    return report.beginning(LONGEST_ATTACHED)
