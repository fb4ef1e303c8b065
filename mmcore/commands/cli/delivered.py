"""`mmcore delivered`: did Anne get it?"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import click

from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.commands.deliveries import message_lines, status_lines
from mmcore.commands.output import print_json
from mmcore.interfaces.delivery import DeliveryState, Fate
from mmcore.message.addresses import is_valid
from mmcore.services.deliveries import Found, Status, as_message_id, find_address, find_message
from mmcore.services.delivery_history import MessageNow, find_everybody

#: Longer than a request may take: nobody else waits for this process.
SECONDS = 60.0
_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"])


def _address(ctx: click.Context, argument: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_valid(value):
        raise click.BadParameter(f"{value!r} is no e-mail address")
    return value


@click.command()
@click.argument("address", required=False, callback=_address)
@click.option("-l", "--list", "listspec", metavar="LIST", help="Only mail of this list.")
@click.option("-m", "--message-id", metavar="ID", help="The message, by its Message-ID.")
@click.option("--since", type=_TIME, metavar="TIME", help="Only what happened after this time.")
@click.option("--until", type=_TIME, metavar="TIME", help="Only what happened before this time.")
@click.option(
    "--after",
    metavar="PLACE",
    default="",
    help="Go on from here; an answer that was cut off says it.",
)
@click.option(
    "-n", "--most", type=click.IntRange(1), default=20, show_default=True, metavar="NUMBER",
    help="Show so many messages or recipients at most.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def command(
    context: Context,
    address: str | None,
    listspec: str | None,
    message_id: str | None,
    since: datetime | None,
    until: datetime | None,
    after: str,
    most: int,
    as_json: bool,
) -> None:
    """Tell whether mail was delivered: a message, the newest mail for an address, or both.

    Exit status 0 if all of it was delivered, 1 if not, or not yet, or if nothing is known.
    Works while the engine runs.  Times are in UTC: 2026-01-31, or "2026-01-31 12:00:00".
    """
    if address is None and message_id is None:
        raise click.UsageError("Give an ADDRESS, or --message-id, or both.")
    if message_id is not None and (since or until or after):
        raise click.UsageError(
            "--since, --until and --after are for an ADDRESS without --message-id."
        )
    wanted = None if message_id is None else as_message_id(message_id)
    with opened(context.settings) as (engine, site):
        list_id = _list_id(site, listspec)
        if address is None:
            assert wanted is not None
            lists = find_everybody(engine, site, wanted, list_id, most, SECONDS)
            good = _tell_message(wanted, lists, as_json)
        elif wanted is not None:
            found = find_message(engine, site, wanted, address, list_id, SECONDS)
            good = _tell_address(address, found, as_json)
        else:
            try:
                found = find_address(
                    engine, site, address, list_id, since, until, after, most, SECONDS
                )
            except ValueError as error:
                raise click.BadParameter(
                    "no answer has said this", param_hint="--after"
                ) from error
            good = _tell_address(address, found, as_json)
    sys.exit(0 if good else 1)


def _list_id(site: Any, spec: str | None) -> str | None:
    """The list-id of a list, which may be gone; a posting address must be one."""
    if spec is None:
        return None
    mlist = site.lists.get(spec)
    if mlist is None and "@" in spec:
        raise click.UsageError(f"No such list: {spec}.  Of one that was removed give the list-id.")
    return spec if mlist is None else str(mlist.list_id)


def _tell_address(address: str, found: Found, as_json: bool) -> bool:
    """Print what became of mail for an address; returns whether all of it was delivered."""
    if as_json:
        print_json(
            {
                "entries": [_plain_status(status) for status in found.entries],
                "complete": found.complete,
                "searched_until": _iso(found.searched_until),
                "after": found.after,
            }
        )
    else:
        for line in status_lines(address, found):
            click.echo(line)
    return bool(found.entries) and all(
        status.now.state is DeliveryState.delivered for status in found.entries
    )


def _tell_message(message_id: str, lists: list[MessageNow], as_json: bool) -> bool:
    """The same of a message, for all its recipients."""
    if as_json:
        print_json([_plain_message(now) for now in lists])
    elif not lists:
        click.echo(f"{message_id}: nothing is known")
    else:
        for now in lists:
            for line in message_lines(now):
                click.echo(line)
    return bool(lists) and all(now.is_delivered for now in lists)


def _plain_status(status: Status) -> dict[str, Any]:
    """What became of a message for a recipient, in the words of the REST API."""
    return {
        **_plain(status.now),
        "queue": status.now.queue,
        "waiting_since": _iso(status.now.since),
        "next_attempt": _iso(status.now.next_attempt),
        "attempts": [_plain(fate) for fate in status.attempts],
    }


def _plain(fate: Fate) -> dict[str, Any]:
    return {
        "message_id": fate.message_id,
        "list_id": fate.list_id,
        "email": fate.email,
        "state": fate.state.name,
        "code": fate.code,
        "enhanced": fate.enhanced,
        "text": fate.text,
        "time": _iso(fate.when),
        "attempt": fate.attempt,
        "transaction": fate.batch,
        "delivery": fate.record,
    }


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()


def _plain_message(now: MessageNow) -> dict[str, Any]:
    return {
        "message_id": now.message_id,
        "list_id": now.list_id,
        "states": {state.name: count for state, count in now.totals.items()},
        "complete": now.complete,
        "deliveries": now.records,
        "undecided": now.undecided,
        "undelivered": [_plain_status(status) for status in now.undelivered],
    }
