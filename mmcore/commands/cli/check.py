"""`mmcore check`: do the indexes of the database say what its objects say?"""

from __future__ import annotations

import sys
from typing import Any

import click

from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_json
from resources.check import problems

#: What is counted in the summary.
_COUNTED = ("domains", "lists", "users", "addresses", "members", "held")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def command(context: Context, as_json: bool) -> None:
    """Look for contradictions in the database; changes nothing.

    May be called while the engine runs: it sees the database as it was when it
    began.  Exit status 1 if anything was found.
    """
    with opened(context.settings) as (_, site):
        found = problems(site)
        counts = {name: len(getattr(site, name)) for name in _COUNTED}
    if as_json:
        print_json({"problems": found, "checked": counts})
    else:
        for problem in found:
            click.echo(problem)
        click.echo(_summary(found, counts))
    sys.exit(1 if found else 0)


def _summary(found: list[str], counts: dict[str, Any]) -> str:
    checked = ", ".join(f"{name} {count}" for name, count in counts.items())
    many = "1 problem" if len(found) == 1 else f"{len(found) or 'no'} problems"
    return f"{many} ({checked})"
