"""What the public pages say."""

from __future__ import annotations

from i18n import _
from mmcore.public.html import Page, button, mail_link, paragraph
from mmcore.services.one_click import Subscription

#: The field that the button of the page sends.
LEAVE = "leave"


def asking(of: Subscription, *, nothing_asked: bool = False) -> Page:
    """Whether to leave; `nothing_asked`: after a POST that did not say what for."""
    blocks = [
        paragraph(
            _("The posts of $list go to $email. If you leave, you will not get them any more."),
            list=of.posting_address,
            email=of.email,
        ),
        button(LEAVE, _("Leave the list")),
        paragraph(_("If you want to stay, just close this page: nothing has changed.")),
    ]
    if nothing_asked:
        blocks.insert(0, paragraph(_("Nothing was done, because nothing was asked for.")))
    return Page(_("Leave $list?", list=of.list_name), tuple(blocks))


def left(of: Subscription) -> Page:
    """The membership has just ended."""
    return Page(
        _("You have left $list", list=of.list_name),
        (
            paragraph(
                _("The posts of $list no longer go to $email. A few may still be on their way."),
                list=of.posting_address,
                email=of.email,
            ),
            paragraph(
                _("If that was a mistake, you can join again: write a mail to $address."),
                address=mail_link(of.join_address),
            ),
        ),
    )


def ended(of: Subscription) -> Page:
    """The membership, or the list, is there no more."""
    blocks = [paragraph(_("This subscription has ended; there is nothing left to do."))]
    if of.leave_address:
        blocks.append(
            paragraph(
                _(
                    "If posts still reach you, use the link in the latest one, or write a mail"
                    " to $address from the address that gets them."
                ),
                address=mail_link(of.leave_address),
            )
        )
    name = of.list_name or of.list_id
    return Page(_("You are not subscribed to $list any more", list=name), tuple(blocks))


def unknown() -> Page:
    """The token was not made here."""
    return Page(
        _("This link does not work"),
        (
            paragraph(
                _(
                    "Perhaps a part of it is missing. Open the link from the mail again, or copy"
                    " all of it."
                )
            ),
            paragraph(
                _(
                    "You can also leave by mail: take the address of the list and put “-leave”"
                    " before the “@”, as in $example, and send a mail there from the address that"
                    " gets the posts."
                ),
                example="garden-leave@example.com",
            ),
        ),
    )


def nowhere() -> Page:
    """There is no such page."""
    return Page(
        _("There is no such page"),
        (paragraph(_("To leave a mailing list, use the link in a mail that you got from it.")),),
    )


def later() -> Page:
    """Storage away, or busy for too long."""
    return Page(
        _("Please try again in a few minutes"),
        (
            paragraph(
                _(
                    "This does not work at the moment, and we cannot tell whether anything was"
                    " done. You can safely try again."
                )
            ),
        ),
    )


def refused(title: str) -> Page:
    """A request that no browser sends from our pages."""
    return Page(title, (paragraph(_("Nothing was done.")),))
