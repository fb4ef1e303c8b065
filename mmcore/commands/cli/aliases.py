"""`mmcore aliases`: tell the mail server anew which lists there are."""

from __future__ import annotations

from pathlib import Path

import click

from mmcore.app import compose, database_of
from mmcore.commands.context import Context, pass_context


@click.command()
@click.option(
    "-d", "--directory",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Write here, instead of data_dir.",
)  # fmt: skip
@pass_context
def command(context: Context, directory: Path | None) -> None:
    """Write the files in which the mail server looks up lists.

    They are written whenever a list is created or removed, and at the start: this is for what
    went wrong meanwhile, or for another place.  Prints the files that have changed.
    """
    settings = context.settings
    with database_of(settings) as database:
        engine = compose(settings, "aliases", database)
        try:
            changed = engine.incoming.regenerate(directory)
        finally:
            engine.close()
    for path in changed:
        click.echo(str(path))
    if not changed:
        name = settings.mta.incoming
        reason = "nobody is told of lists" if name == "null" else "nothing has to be changed"
        click.echo(f"{reason} ([mta] incoming = {name})")
