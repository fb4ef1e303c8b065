"""`confirm`: answer a question that was sent with a token."""

from __future__ import annotations

import logging
from typing import Any

from i18n import _, mark
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand
from mmcore.email_commands.lines import mentions_password
from mmcore.interfaces.action import Action
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.interfaces.member import (
    AlreadySubscribedError,
    MembershipIsBannedError,
    PostingAddressError,
)
from mmcore.interfaces.subscription import NoSuchRequestError, TokenOwner
from mmcore.interfaces.user import MissingPreferredAddressError
from mmcore.services.held_decisions import decide
from mmcore.services.moderation import HELD_MESSAGE
from mmcore.services.request_answers import request_of_list
from mmcore.services.subscriptions import confirm

log = logging.getLogger("mmcore.vette")

#: What people and their programs put around a token.
_AROUND = "<>()[]\"'.,;:"


@email_command
class Confirm(EmailCommand):
    """Gives a consent that a token stands for, or decides about a held message."""

    name = "confirm"
    argument_description = "token"
    short_description = mark("Confirm a request.")
    description = mark("""\
Confirm a subscription, an unsubscription or an invitation, by the token that you were sent.

Moderators who got a token for a held message discard the message with this command.  They have it
distributed by giving the list's password, too, in a header field Approved: or in the first line of
their text.
""")

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        token = arguments[0].strip(_AROUND) if arguments else ""
        if not token:
            results.print(_("No confirmation token found."))
            results.send_response = True
            return ContinueProcessing.no
        if token in results.confirms:
            return ContinueProcessing.no
        results.confirms.add(token)
        pendable = mlist.site.pendings.get(token)
        # A token is good for its own list only, through whatever address it comes.
        if pendable is not None and pendable.get("list_id") != mlist.list_id:
            pendable = None
        if pendable is not None and pendable.get("type") == HELD_MESSAGE:
            answer, wrong = self._moderate(mlist, msg, msgdata, pendable)
        else:
            answer, wrong = self._confirm(mlist, token)
        results.print(answer)
        if wrong:
            results.send_response = True
        return ContinueProcessing.no

    def _confirm(self, mlist: Any, token: str) -> tuple[str, bool]:
        """Go on with a request to join or leave; (what to say, whether something is wrong)."""
        try:
            request_of_list(mlist, token)
            _token, owner, _member = confirm(self.engine, mlist.site, token)
        except NoSuchRequestError:
            return _nothing_waits(), True
        except AlreadySubscribedError:
            return _("You are already a member of this list."), True
        except MembershipIsBannedError:
            return _("You are banned from this list."), True
        except (PostingAddressError, MissingPreferredAddressError):
            return _("This address cannot be subscribed."), True
        if owner is TokenOwner.moderator:
            return _("Confirmed; now the moderators will decide."), False
        return _("Confirmed."), False

    def _moderate(self, mlist: Any, msg: Any, msgdata: dict, pendable: dict) -> tuple[str, bool]:
        """Decide about a held message; (what to say, whether something is wrong)."""
        held = mlist.site.held.get(pendable["id"])
        if held is None:
            return _nothing_waits(), True
        tried = mentions_password(msg)
        right = self.engine.rules["approved"].check(mlist, msg, msgdata)
        if tried and not right:
            # Whoever wants to approve does not want to discard, whatever went wrong.
            log.warning("%s: held post %d stays held", mlist.list_id, held.request_id)
            return self._not_approved(mlist, msgdata), True
        action = Action.accept if right else Action.discard
        decide(self.engine, mlist, held, action, f"by mail from {msg.sender or 'n/a'}")
        if right:
            return _("The held message was accepted."), False
        return _("The held message was discarded."), False

    def _not_approved(self, mlist: Any, msgdata: dict) -> str:
        if not mlist.moderator_password:
            why = _("This list has no moderator password, so nothing can be approved by mail.")
        elif msgdata.get("has_approved"):
            why = _("The Approved password is wrong.")
        else:
            why = _("An Approved line is only read where plain text begins, or in the header.")
        return why + " " + _("The message is still held.")


def _nothing_waits() -> str:
    return _(
        "Nothing is waiting under this token: it has been used already, has expired, or does not"
        " belong to this list."
    )
