"""`mmcore unshunt`: back to work with what was set aside after an error."""

from __future__ import annotations

import click
from ZODB.POSException import POSKeyError

from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.errors import MMCoreError

#: Entries moved in one transaction.
BATCH = 200
#: Where an entry goes that does not say whence it came.
DEFAULT_QUEUE = "in"
#: What the runners noted about the error; it is over.
_NOTES = ("whichq", "shunt_error", "shunt_traceback", "shunt_state")


@click.command()
@click.option("-d", "--discard", is_flag=True, help="Throw the messages away instead.")
@pass_context
def command(context: Context, discard: bool) -> None:
    """Put shunted messages back into the queues they came from."""
    failed: set[str] = set()
    moved = 0
    while True:
        count = _move_some(context, discard, failed)
        moved += count
        if not count:
            break
    click.echo(
        f"{moved} message{'' if moved == 1 else 's'} {'discarded' if discard else 'unshunted'}"
    )
    if failed:
        raise MMCoreError(f"{len(failed)} could not be unshunted and stay where they are")


def _move_some(context: Context, discard: bool, failed: set[str]) -> int:
    """Move one batch; returns how many, and adds those that fail to `failed`."""
    count = 0
    with opened(context.settings) as (engine, site):
        shunt = site.queues["shunt"]
        mailroom = engine.mailroom(site)
        for name in shunt.names(limit=BATCH + len(failed)):
            if name in failed:
                continue
            try:
                if not discard:
                    msg, msgdata = mailroom.load(shunt.get(name))
                    queue = msgdata.get("whichq", DEFAULT_QUEUE)
                    for note in _NOTES:
                        msgdata.pop(note, None)
                    mailroom.enqueue(queue, msg, msgdata)
                shunt.remove(name)
            except (MMCoreError, POSKeyError) as error:
                click.echo(f"{name}: {error}", err=True)
                failed.add(name)
            else:
                count += 1
    return count
