"""The mail that a new member gets."""

from __future__ import annotations

from typing import Any

from i18n import _, using
from mmcore.interfaces.member import DeliveryMode
from mmcore.message.addresses import format_address
from mmcore.services.notifications import UserNotification
from mmcore.services.templates import render


def send_welcome(engine: Any, member: Any) -> None:
    """Welcome a member, in the member's language, from the list's request address."""
    mlist = member.mailing_list
    language = member.preferred_language
    name = member.display_name
    original = member.address.original_email
    with using(language):
        text = render(
            engine,
            "list:user:notice:welcome",
            mlist,
            language,
            user_name=name,
            user_email=member.email,
            user_address=original,
            fqdn_listname=mlist.fqdn_listname,
            list_name=mlist.display_name,
            list_requests=mlist.request_address,
        )
        if member.delivery_mode is DeliveryMode.regular:
            subject = _("Welcome to $name", name=mlist.display_name)
        else:
            subject = _("Welcome to $name, which you get as a digest", name=mlist.display_name)
    notice = UserNotification(
        format_address(name, original), mlist.request_address, subject, text, language
    )
    notice["X-No-Archive"] = "yes"
    notice.send(engine, mlist, verp=engine.settings.mta.verp_personalized_deliveries)
