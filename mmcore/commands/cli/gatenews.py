"""`mmcore gatenews`: have the lists get what is new in their newsgroups."""

from __future__ import annotations

import click

from mmcore.app import compose, database_of
from mmcore.commands.context import Context, pass_context
from mmcore.services.gatenews import fetch_news


@click.command()
@pass_context
def command(context: Context) -> None:
    """Fetch news for the lists with gateway_to_mail, each article once.

    The runner `nntp` does it by itself every [nntp] gatenews_every.  May be called at any time,
    also beside it.
    """
    with database_of(context.settings) as database:
        engine = compose(context.settings, "gatenews")
        session = database.session()
        try:
            entered = fetch_news(engine, session)
        finally:
            session.close()
            engine.close()
    for list_id, count in sorted(entered.items()):
        click.echo(f"{list_id}: {count}")
