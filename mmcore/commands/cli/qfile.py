"""`mmcore qfile`: one entry of a queue, for human eyes."""

from __future__ import annotations

import pprint
from typing import Any

import click
from ZODB.POSException import POSError

from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_json
from mmcore.errors import MMCoreError
from mmcore.interfaces.queue import NoSuchEntryError, UnreadableEntryError


@click.command()
@click.argument("name")
@click.option("-q", "--queue", metavar="QUEUE", help="Look only in this queue.")
@click.option("-m", "--metadata-only", is_flag=True, help="Leave the message out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def command(
    context: Context, name: str, queue: str | None, metadata_only: bool, as_json: bool
) -> None:
    """Print an entry of a queue: metadata and message.

    NAME is its name, or enough of its beginning or of the hash in it.
    """
    with opened(context.settings) as (engine, site):
        if queue is not None and queue not in site.queues:
            raise click.UsageError(f"No such queue: {queue}.")
        home, entry = _find(site, name, [queue] if queue else sorted(site.queues))
        msgdata: dict[str, Any] = {}
        try:
            # First alone: of an entry without its message this is all that is left.
            msgdata = entry.msgdata()
            msg, _ = engine.mailroom(site).load(entry)
            text = msg.as_bytes().decode("utf-8", "backslashreplace")
        except (UnreadableEntryError, POSError) as error:
            text = f"(unreadable: {error})"
    if as_json:
        found = {"queue": home, "name": entry.name, "msgdata": msgdata}
        print_json(found if metadata_only else found | {"message": text})
        return
    click.echo(f"[----- {home}: {entry.name} -----]")
    click.echo(pprint.pformat(msgdata))
    if not metadata_only:
        click.echo("[----- message -----]")
        click.echo(text.replace("\r\n", "\n"), nl=not text.endswith("\n"))
    click.echo("[----- end -----]")


def _find(site: Any, wanted: str, queues: list[str]) -> tuple[str, Any]:
    """(queue, entry) of a name or a part of one; raises MMCoreError unless there is one."""
    for queue in queues:
        entry = site.queues[queue].get(wanted)
        if entry is not None:
            return queue, entry
    found = [
        (queue, name)
        for queue in queues
        for name in site.queues[queue].names()
        if name.startswith(wanted) or name.partition("+")[2].startswith(wanted)
    ]
    if not found:
        raise NoSuchEntryError(f"no entry {wanted!r} in {', '.join(queues)}")
    if len(found) > 1:
        names = "\n".join(f"  {queue}: {name}" for queue, name in found[:10])
        raise MMCoreError(f"{len(found)} entries fit {wanted!r}:\n{names}")
    queue, name = found[0]
    return queue, site.queues[queue].get(name)
