"""`mmcore queues`: what waits where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_json, print_table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def command(context: Context, as_json: bool) -> None:
    """Show how many messages each queue holds, and since when.

    Of `retry` the time is that of the next attempt.
    """
    with opened(context.settings) as (_, site):
        found = [_describe(name, site.queues[name]) for name in sorted(site.queues)]
    if as_json:
        print_json(found)
        return
    print_table(
        ("queue", "messages", "oldest"),
        [(entry["queue"], entry["messages"], entry["oldest"] or "") for entry in found],
    )


def _describe(name: str, queue: Any) -> dict[str, Any]:
    oldest = queue.names(limit=1)
    return {
        "queue": name,
        "messages": len(queue),
        "oldest": entered(oldest[0]) if oldest else None,
    }


def entered(name: str) -> str | None:
    """When an entry got its name, which begins with the time."""
    try:
        moment = datetime.fromtimestamp(float(name.partition("+")[0]), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="seconds")
