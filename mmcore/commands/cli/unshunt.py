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
@click.option(
    "-q", "--queue", type=click.Choice(["shunt", "bad"]), default="shunt", show_default=True,
    help="Where they lie; from `bad` once their texts can be read again.",
)  # fmt: skip
@pass_context
def command(context: Context, discard: bool, queue: str) -> None:
    """Put shunted messages back into the queues they came from."""
    # What is there now: an entry that comes back meanwhile has to wait for the next time.
    with opened(context.settings) as (_, site):
        names = site.queues[queue].names()
    failed = 0
    for start in range(0, len(names), BATCH):
        failed += _move(context, queue, names[start : start + BATCH], discard)
    moved = len(names) - failed
    click.echo(
        f"{moved} message{'' if moved == 1 else 's'} {'discarded' if discard else 'unshunted'}"
    )
    if failed:
        raise MMCoreError(f"{failed} could not be unshunted and stay where they are")


def _move(context: Context, queue: str, names: list[str], discard: bool) -> int:
    """Move entries in one transaction; returns how many could not be moved."""
    failed = 0
    with opened(context.settings) as (engine, site):
        source = site.queues[queue]
        mailroom = engine.mailroom(site)
        for name in names:
            entry = source.get(name)
            if entry is None:
                click.echo(f"{name}: gone meanwhile", err=True)
                failed += 1
                continue
            try:
                if not discard:
                    msg, msgdata = mailroom.load(entry)
                    target = msgdata.get("whichq", DEFAULT_QUEUE)
                    for note in _NOTES:
                        msgdata.pop(note, None)
                    mailroom.enqueue(target, msg, msgdata)
                source.remove(name)
            except (MMCoreError, POSKeyError) as error:
                click.echo(f"{name}: {error}", err=True)
                failed += 1
    return failed
