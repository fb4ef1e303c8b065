"""`join`: become a member."""

from __future__ import annotations

from typing import Any

from i18n import _, mark
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand, author_of, outcome, person
from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.interfaces.member import (
    AlreadySubscribedError,
    DeliveryMode,
    MembershipIsBannedError,
    PostingAddressError,
)
from mmcore.interfaces.subscription import SubscriptionPendingError
from mmcore.interfaces.user import MissingPreferredAddressError
from mmcore.message.addresses import is_valid
from mmcore.services.auto_responses import is_robot
from mmcore.services.subscriptions import register

_MODES = {
    "no": DeliveryMode.regular,
    "mime": DeliveryMode.mime_digests,
    "plain": DeliveryMode.plaintext_digests,
}


class BadArgumentError(ValueError):
    """An argument that `join` does not know."""


def _options(arguments: list[str]) -> tuple[DeliveryMode, str | None]:
    """(delivery mode, address or None) of the arguments; raises BadArgumentError."""
    mode, email = DeliveryMode.regular, None
    for argument in arguments:
        name, _equals, value = argument.partition("=")
        if name == "digest" and value in _MODES:
            mode = _MODES[value]
        elif name == "address" and is_valid(value):
            email = value
        else:
            raise BadArgumentError(argument)
    return mode, email


@email_command
class Join(EmailCommand):
    """Asks for a membership."""

    name = "join"
    argument_description = "[digest=<no|mime|plain>] [address=<address>]"
    short_description = mark("Join this mailing list.")
    description = mark("""\
You will be asked to confirm that you want to join, unless the list does not require it.

digest= says whether you get every message as it comes (no), or collections of them, as MIME or
plain digests.  address= subscribes another address than the one you write from.
""")

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        name, email = author_of(msg)
        try:
            mode, other = _options(arguments)
        except BadArgumentError as error:
            results.print(self._bad_argument(str(error), results))
            results.send_response = True
            return ContinueProcessing.no
        named = other is not None and other != email.lower()
        if named:
            name, email = "", other or ""
        if not email:
            results.print(_("$command: there is no address to subscribe", command=self.name))
            return ContinueProcessing.no
        if email.lower() in results.joins:
            return ContinueProcessing.yes
        results.joins.add(email.lower())
        self._join(mlist, name, email, mode, named, results)
        return ContinueProcessing.yes

    def _bad_argument(self, argument: str, results: Any) -> str:
        if not results.may_quote:
            return _("$command: bad argument", command=self.name)
        return _("$command: bad argument: $argument", command=self.name, argument=argument[:100])

    def _join(
        self, mlist: Any, name: str, email: str, mode: DeliveryMode, named: bool, results: Any
    ) -> None:
        """Ask for the membership, and say what came of it.

        Of an address that was only `named` nothing is told: neither whether it is a member nor
        whether it is banned.
        """
        who = person(name, email, results)
        if is_robot(self.engine, mlist.site, email):
            answer, wrong = _("$person cannot be subscribed.", person=who), True
        else:
            answer, wrong = self._register(mlist, name, email, mode, named, who)
        if named:
            results.print(_("If it can be subscribed, that address gets a confirmation mail."))
            return
        results.print(answer)
        if wrong:
            results.send_response = True

    def _register(
        self, mlist: Any, name: str, email: str, mode: DeliveryMode, named: bool, who: str
    ) -> tuple[str, bool]:
        """(what to say, whether something is wrong)."""
        try:
            _token, owner, _member = register(
                self.engine,
                mlist,
                _subscriber(mlist.site, name, email),
                delivery_mode=mode,
                # Whoever subscribes somebody else has no say in whether that one wants it.
                must_confirm=named,
            )
        except AlreadySubscribedError:
            return _("$person is already a member of this list.", person=who), True
        except MembershipIsBannedError:
            return _("$person is banned from this list.", person=who), True
        except SubscriptionPendingError:
            return _(
                "$person has asked to join already; please answer the confirmation mail.",
                person=who,
            ), True
        except (InvalidEmailAddressError, PostingAddressError, MissingPreferredAddressError):
            return _("$person cannot be subscribed.", person=who), True
        return outcome(owner, who, _("$person is now a member of this list.", person=who)), False


def _subscriber(site: Any, name: str, email: str) -> Any:
    """What is subscribed: the user if it is the preferred address, else the address."""
    address = site.addresses.get(email)
    if address is None:
        return site.addresses.add(email, name)
    user = address.user
    return user if user is not None and user.preferred_email == address.email else address
