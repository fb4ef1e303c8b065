"""`mmcore inject`: a message from a file straight into a queue."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any, BinaryIO

import click

from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.interfaces.queue import QUEUE_NAMES
from mmcore.message.headers import add_message_hash, make_message_id
from mmcore.message.message import Message


def _pairs(ctx: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read KEY=VALUE options."""
    pairs = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE")
        pairs[key] = text
    return pairs


def _show_queues(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    """Print the names of the queues and end."""
    if value and not ctx.resilient_parsing:
        click.echo("Available queues:")
        for name in QUEUE_NAMES:
            click.echo(f"    {name}")
        ctx.exit()


@click.command()
@click.argument("listspec")
@click.option("-q", "--queue", default="in", show_default=True, help="The queue.")
@click.option(
    "-s", "--show", is_flag=True, is_eager=True, expose_value=False, callback=_show_queues,
    help="Print the names of the queues and exit.",
)  # fmt: skip
@click.option(
    "-f", "--filename", "file", type=click.File("rb"), default="-", help="The message; else stdin."
)
@click.option(
    "-m", "--metadata", multiple=True, callback=_pairs, metavar="KEY=VALUE",
    help="Metadata to go with the message; may be repeated.",
)  # fmt: skip
@pass_context
def command(
    context: Context, listspec: str, queue: str, file: BinaryIO, metadata: dict[str, str]
) -> None:
    """Put a message into a queue as if it had come for a list.

    LISTSPEC is the posting address or the list-id.
    """
    if queue not in QUEUE_NAMES:
        raise click.UsageError(f"No such queue: {queue}.  There are: {' '.join(QUEUE_NAMES)}")
    data = file.read()
    with opened(context.settings) as (engine, site):
        mlist = site.lists.get(listspec)
        if mlist is None:
            raise click.UsageError(f"No such list: {listspec}")
        name = _inject(engine.mailroom(site), mlist, data, queue, metadata)
    click.echo(name)


def _inject(mailroom: Any, mlist: Any, data: bytes, queue: str, metadata: dict[str, str]) -> str:
    """Complete the message with what every message has, and put it in."""
    msg = Message.parse(data)
    if "message-id" not in msg:
        msg["Message-ID"] = make_message_id(mlist.mail_host)
    if "date" not in msg:
        msg["Date"] = formatdate(localtime=True)
    add_message_hash(msg)
    msg.original_size = len(data)
    entry: str = mailroom.enqueue(
        queue, msg, dict(metadata), listid=mlist.list_id, original_size=len(data)
    )
    return entry
