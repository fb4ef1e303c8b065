"""Lets the list stand as author where the author's domain forbids changed copies (DMARC).

Which posts that concerns, the rule `dmarc-mitigation` has found out.  This comes last of all that
prepares a post: archives and digests have the author as From.
"""

from __future__ import annotations

import copy
import logging
import re
from typing import Any

from zope.interface import implementer

from i18n import _, language, mark, using
from mmcore.directives import handler
from mmcore.handlers.base import replace_field
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.mailing_list import DMARCMitigateAction, ReplyToMunging
from mmcore.message.addresses import format_address, is_valid, parse_addresses
from mmcore.message.compose import enclose, message_part, set_parts, text_part
from mmcore.message.headers import derived_message_id, make_message_id
from mmcore.services.templates import wrap

log = logging.getLogger("mmcore.vette")

#: Fields that the outside of a wrapped message takes over, by the beginnings of their names.
KEPT = (
    "archived-at",
    "date",
    "in-reply-to",
    "list-",
    "precedence",
    "references",
    "subject",
    "to",
    "x-mailman-",
)
#: A name that ends like an address looks like a lie about where the mail is from.
_DOMAIN_AT_END = re.compile(r"@(?:[^ .@]+\.)+[^ .@]+$")

Mailboxes = list[tuple[str, str]]


@handler
@implementer(IHandler)
class DMARC:
    """Rewrites From, or puts the post into a message of the list's own."""

    name = "dmarc"
    description = mark("Send the post in the name of the list, where DMARC calls for it.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        action = mlist.dmarc_mitigate_action
        always = mlist.dmarc_mitigate_unconditionally
        # An anonymous list is the author already.
        if not (msgdata.get("dmarc") or always) or mlist.anonymous_list:
            return
        if action is DMARCMitigateAction.munge_from:
            self._munge(mlist, msg, msgdata)
        elif action is DMARCMitigateAction.wrap_message:
            self._wrap(mlist, msg, msgdata)
        elif always and action is not DMARCMitigateAction.no_mitigation:
            log.warning(
                "%s: dmarc_mitigate_unconditionally is ignored, for dmarc_mitigate_action is %s",
                mlist.list_id,
                action.name,
            )

    def _munge(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        for name, value in _new_fields(mlist, msg, msgdata).items():
            _replace_in_place(msg, name, value)

    def _wrap(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        inside = copy.deepcopy(msg)
        fields = {
            name: values[0] if len(values) == 1 else ", ".join(map(str, values))
            for name in ("Reply-To", "Cc")
            if (values := msg.get_all(name))
        }
        fields |= _new_fields(mlist, msg, msgdata)
        for name in {name.lower() for name in msg}:
            if not name.startswith(KEPT):
                del msg[name]
        msg["MIME-Version"] = "1.0"
        msg["Message-ID"] = _new_id(mlist, inside)
        for name, value in fields.items():
            msg[name] = value
        text = (mlist.dmarc_wrapped_message_text or "").strip()
        if not text:
            enclose(msg, inside)
            msg["Content-Disposition"] = "inline"
            return
        part = message_part(inside)
        part["Content-Disposition"] = "inline"
        explanation = text_part(wrap(text + "\n"), _charset(mlist))
        explanation["Content-Disposition"] = "inline"
        set_parts(msg, explanation, part)


def _charset(mlist: Any) -> str:
    known = language(mlist.preferred_language)
    return "utf-8" if known is None else known.charset


def _new_id(mlist: Any, inside: Any) -> str:
    """The Message-ID of the outside, always the same for the same post."""
    old = inside.get("message-id")
    if old is None:
        return make_message_id(mlist.mail_host)
    sources = (b"wrapped", mlist.list_id.encode(), str(old).encode("utf-8", "replace"))
    return derived_message_id(mlist.mail_host, *sources)


def _new_fields(mlist: Any, msg: Any, msgdata: dict) -> dict[str, str]:
    """From in the list's name, and where the author's address goes instead."""
    name, address = _author(msg, msgdata)
    charset = _charset(mlist)
    shown = _DOMAIN_AT_END.sub("---", name or _known_name(mlist, address) or address)
    with using(mlist.preferred_language):
        shown = _("$author via $listname", author=shown, listname=mlist.display_name)
    fields = {"From": format_address(shown, mlist.posting_address, charset)}
    if not address:
        return fields
    # Replies that do not go to the list have to reach the author still.
    munging = mlist.reply_goes_to_list
    other = "Reply-To" if munging in (None, ReplyToMunging.no_munging) else "Cc"
    mailboxes = parse_addresses(msg.get_all(other, []))
    if address.lower() not in {known.lower() for _name, known in mailboxes}:
        mailboxes.append((name, address))
        fields[other] = ", ".join(format_address(*each, charset) for each in mailboxes)
    return fields


def _author(msg: Any, msgdata: dict) -> tuple[str, str]:
    """(name, address) in From, if there is exactly one; else who is known as the sender."""
    mailboxes = [each for each in parse_addresses(msg.get_all("from", [])) if is_valid(each[1])]
    if len(mailboxes) == 1:
        return mailboxes[0]
    return "", msgdata.get("original_sender") or ""


def _known_name(mlist: Any, address: str) -> str:
    """The name of a member or nonmember of that address, or nothing."""
    if not address:
        return ""
    known = mlist.find_member(address) or mlist.nonmembers.get(address)
    return "" if known is None else str(known.display_name or "")


def _replace_in_place(msg: Any, name: str, value: str) -> None:
    """Leave one field of a name, where the first of them stood."""
    if len(msg.get_all(name, [])) == 1:
        msg.replace_header(name, value)
    else:
        replace_field(msg, name, value)
