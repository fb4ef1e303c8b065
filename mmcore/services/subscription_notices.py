"""The mails about joining and leaving: questions, notices and farewells.

Who is asked or told is decided by `mmcore.services.subscriptions`.  None of
these mails answers another one, and all are marked as made by a program (RFC
3834, section 5).
"""

from __future__ import annotations

from typing import Any

from i18n import _, using
from mmcore.message.addresses import format_address
from mmcore.message.headers import one_line
from mmcore.services.notifications import OwnerNotification, UserNotification
from mmcore.services.roles import administrators
from mmcore.services.templates import render, wrap
from mmcore.services.verp import confirm_address


def ask_to_join(engine: Any, mlist: Any, email: str, token: str) -> None:
    """Ask whoever reads an address whether it should be subscribed."""
    with using(mlist.preferred_language):
        subject = _("Please confirm that you want to join $listname", listname=mlist.fqdn_listname)
    _ask(engine, mlist, email, token, "list:user:action:subscribe", subject)


def ask_to_leave(engine: Any, mlist: Any, email: str, token: str) -> None:
    """Ask a member whether the membership should really end."""
    with using(mlist.preferred_language):
        subject = _(
            "Please confirm that you want to leave $listname", listname=mlist.fqdn_listname
        )
    _ask(engine, mlist, email, token, "list:user:action:unsubscribe", subject)


def invite(engine: Any, mlist: Any, email: str, token: str) -> None:
    """Invite somebody to join."""
    with using(mlist.preferred_language):
        subject = _("You are invited to join $listname", listname=mlist.fqdn_listname)
    _ask(engine, mlist, email, token, "list:user:action:invite", subject)


def _ask(engine: Any, mlist: Any, email: str, token: str, template: str, subject: str) -> None:
    """Send a question to which a mere reply is a yes.

    The token is in its sender address, or else (`[mta] verp_confirmations`) in the Subject.
    """
    language = mlist.preferred_language
    answers = confirm_address(engine.settings, mlist, token)
    if not engine.settings.mta.verp_confirmations:
        answers, subject = mlist.request_address, f"confirm {token}"
    text = render(
        engine,
        template,
        mlist,
        language,
        token=token,
        subject=f"confirm {token}",
        confirm_email=answers,
        confirm_address=answers,
        user_email=email,
        email_address=email,
        domain_name=mlist.mail_host,
        contact_address=mlist.owner_address,
    )
    notice = UserNotification(email, answers, subject, text, language)
    # Not bulk: a mail that somebody has asked for, and waits for.
    notice.send(engine, mlist, add_precedence=False)


def ask_moderators(
    engine: Any, mlist: Any, email: str, display_name: str, *, joining: bool
) -> None:
    """Tell the people in charge that somebody waits for their decision."""
    language = mlist.preferred_language
    template = "list:admin:action:subscribe" if joining else "list:admin:action:unsubscribe"
    values = {"email": email, "name": mlist.display_name}
    with using(language):
        if joining:
            subject = _("$email wants to join $name", **values)
        else:
            subject = _("$email wants to leave $name", **values)
        text = render(engine, template, mlist, language, member=person(email, display_name))
    owner = mlist.owner_address
    notice = UserNotification(owner, owner, subject, wrap(text), language)
    notice.send(engine, mlist)


def tell_administrators(
    engine: Any, mlist: Any, email: str, display_name: str, *, joined: bool
) -> None:
    """Tell the people in charge that somebody has joined or left."""
    language = mlist.preferred_language
    template = "list:admin:notice:subscribe" if joined else "list:admin:notice:unsubscribe"
    with using(language):
        if joined:
            subject = _("$name: a new member", name=mlist.display_name)
        else:
            subject = _("$name: a member has left", name=mlist.display_name)
        text = render(engine, template, mlist, language, member=person(email, display_name))
    roster = administrators(mlist) or [engine.settings.mmcore.site_owner]
    notice = OwnerNotification(engine, mlist, subject, text, roster)
    notice.send(engine, mlist)


def say_goodbye(engine: Any, mlist: Any, email: str, display_name: str, language: str) -> None:
    """Tell a former member that the membership has ended; `language` is the member's."""
    with using(language):
        text = render(
            engine,
            "list:user:notice:goodbye",
            mlist,
            language,
            user_email=email,
            user_address=email,
            fqdn_listname=mlist.fqdn_listname,
            list_name=mlist.display_name,
            list_requests=mlist.request_address,
        )
        subject = _("You are no longer a member of $name", name=mlist.display_name)
    notice = UserNotification(
        format_address(display_name, email), mlist.bounces_address, subject, wrap(text), language
    )
    notice.send(engine, mlist, verp=engine.settings.mta.verp_personalized_deliveries)


def person(email: str, display_name: str) -> str:
    """Somebody in the text of a notice, where nothing is encoded."""
    name = one_line(display_name)
    return f"{name} <{email}>" if name else email
