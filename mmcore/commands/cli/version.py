"""`mmcore version`."""

from __future__ import annotations

import click

from mmcore import __version__


@click.command()
def command() -> None:
    """Print the version."""
    click.echo(f"mmcore {__version__}")
