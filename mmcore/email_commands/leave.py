"""`leave`: end a membership."""

from __future__ import annotations

from typing import Any

from i18n import _, mark
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand, author_of, outcome, person
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.services.subscriptions import unregister


@email_command
class Leave(EmailCommand):
    """Asks to end the membership of whoever writes."""

    name = "leave"
    short_description = mark("Leave this mailing list.")
    description = mark("""\
You will be asked to confirm that you want to leave, unless the list does not require it.  Write
from the address that is subscribed, or from another one that is known to be yours.
""")

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        name, _email = author_of(msg)
        email = msg.sender
        if not email:
            results.print(_("$command: there is no address to unsubscribe", command=self.name))
            return ContinueProcessing.no
        leaving = msgdata.setdefault("leaves", set())
        if email in leaving:
            return ContinueProcessing.yes
        leaving.add(email)
        address = mlist.site.addresses.get(email)
        if address is None or address.user is None:
            results.print(_("No user is registered for $email.", email=email))
            results.send_response = True
            return ContinueProcessing.no
        if address.verified_on is None:
            results.print(_("The address $email has not been verified.", email=email))
            results.send_response = True
            return ContinueProcessing.no
        member = _membership(mlist, address)
        who = person(name, email, results)
        if member is None:
            results.print(
                _(
                    "$person is not a member of $listname.",
                    person=who,
                    listname=mlist.fqdn_listname,
                )
            )
            return ContinueProcessing.no
        self._leave(member, who, results)
        return ContinueProcessing.yes

    def _leave(self, member: Any, who: str, results: Any) -> None:
        _token, owner, _member = unregister(self.engine, member)
        results.print(outcome(owner, who, _("$person has left this list.", person=who)))


def _membership(mlist: Any, address: Any) -> Any:
    """The membership of an address, else of another verified one of its user; or None."""
    for candidate in (address, *address.user.addresses):
        if candidate.verified_on is not None:
            member = mlist.members.get(candidate.email)
            if member is not None:
                return member
    return None
