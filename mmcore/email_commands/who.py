"""`who`: the members of a list, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from i18n import _, mark, ngettext
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.interfaces.mailing_list import RosterVisibility
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from mmcore.message.headers import one_line

#: Members that others than administrators are shown: their address may be forged, and a
#: small mail must not become a large one for somebody who has not asked.
MOST_MEMBERS = 500

_OPTIONS = {
    "delivery": {"enabled": True, "disabled": False},
    "mode": {"digest": True, "regular": False},
}


class BadArgumentsError(ValueError):
    """Arguments that `who` does not know."""


def _options(arguments: list[str]) -> dict[str, bool]:
    """The criteria of the arguments, the last of each; raises BadArgumentsError."""
    wanted: dict[str, bool] = {}
    bad = []
    for argument in arguments:
        name, _equals, value = argument.partition("=")
        if value in _OPTIONS.get(name, ()):
            wanted[name] = _OPTIONS[name][value]
        else:
            bad.append(argument)
    if bad:
        raise BadArgumentsError(" ".join(bad))
    return wanted


def _fits(entry: Any, wanted: dict[str, bool]) -> bool:
    enabled = entry.delivery_status is DeliveryStatus.enabled
    digest = entry.delivery_mode is not DeliveryMode.regular
    return wanted.get("delivery", enabled) == enabled and wanted.get("mode", digest) == digest


def _has_role(site: Any, email: str, rosters: Iterable[Any]) -> bool:
    """Whether an address, or its user by another one, is in one of the rosters."""
    user = site.users.by_email(email)
    emails = (email,) if user is None else (email, *(a.email for a in user.addresses))
    return any(roster.get(each) is not None for roster in rosters for each in emails)


@email_command
class Who(EmailCommand):
    """Lists the members."""

    name = "who"
    argument_description = "[delivery=<enabled|disabled>] [mode=<digest|regular>]"
    short_description = mark("Get a list of the members.")
    description = mark("""\
Get a list of the members, if you may see it.

delivery= leaves only those whose delivery is enabled or disabled, mode= only those who get
digests or every message as it comes.
""")

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        trusted = _has_role(mlist.site, msg.sender, (mlist.owners, mlist.moderators))
        if not trusted and not self._may_see(mlist, msg.sender):
            results.print(_("You are not authorized to see the members of this list."))
            return ContinueProcessing.no
        try:
            wanted = _options(arguments)
        except BadArgumentsError as error:
            bad = str(error)[:100] if results.may_quote else ""
            results.print(_("$command: bad arguments: $arguments", command="who", arguments=bad))
            return ContinueProcessing.no
        self._print(mlist, wanted, None if trusted else MOST_MEMBERS, results)
        return ContinueProcessing.yes

    def _may_see(self, mlist: Any, email: str) -> bool:
        if mlist.member_roster_visibility is RosterVisibility.public:
            return True
        return mlist.member_roster_visibility is RosterVisibility.members and _has_role(
            mlist.site, email, (mlist.members,)
        )

    def _print(self, mlist: Any, wanted: dict[str, bool], most: int | None, results: Any) -> None:
        results.print(_("Members of the list $listname:", listname=mlist.fqdn_listname))
        fitting = (entry for entry in mlist.members.entries() if _fits(entry, wanted))
        for entry in islice(fitting, most):
            name = one_line(entry.display_name)
            results.print(f"    {name} <{entry.email}>" if name else f"    {entry.email}")
        if more := sum(1 for _entry in fitting):
            results.print(ngettext("and one more", "and $number more", more))
