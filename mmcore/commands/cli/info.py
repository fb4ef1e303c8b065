"""`mmcore info`: which engine this is and where its things are."""

from __future__ import annotations

import platform
from typing import TextIO

import click

from mmcore import __version__
from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_json
from mmcore.config import Settings
from mmcore.processes.banner import credentials, public_pages, rest_url


@click.command()
@click.option("-o", "--output", type=click.File("w", encoding="utf-8"), default="-")
@click.option("-v", "--verbose", is_flag=True, help="Also print the file system paths.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def command(context: Context, output: TextIO, verbose: bool, as_json: bool) -> None:
    """Print version, configuration file, addresses and, if asked, paths."""
    settings = context.settings
    facts = _facts(settings)
    paths = {key.name: str(getattr(settings.paths, key.name)) for key in settings.paths}
    if as_json:
        print_json(facts | {"paths": paths})
        return
    for name, value in facts.items():
        click.echo(f"{name}: {value}", file=output)
    if verbose:
        click.echo("File system paths:", file=output)
        width = max(map(len, paths))
        for name, path in sorted(paths.items()):
            click.echo(f"    {name.upper():{width}} = {path}", file=output)


def _facts(settings: Settings) -> dict[str, str]:
    mta = settings.mta
    return {
        "mmcore": __version__,
        "Python": platform.python_version(),
        "config file": str(settings.source),
        "db url": settings.database.uri or f"zeo on {settings.database.zeo_socket}",
        "REST root url": f"{rest_url(settings)}/",
        "REST credentials": credentials(settings),
        "LMTP": f"{mta.lmtp_host}:{mta.lmtp_port}",
        "outgoing": mta.outgoing,
        "devmode": "ENABLED" if settings.devmode.enabled else "DISABLED",
        "public pages": public_pages(settings) if settings.runners["public"].start else "none",
    }
