"""`mmcore conf`: the settings in effect, and where each comes from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TextIO

import click

from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_json
from mmcore.config import Settings

_HIDDEN = "(hidden)"


@click.command()
@click.option("-s", "--section", metavar="NAME", help="Only this section.")
@click.option("-k", "--key", metavar="NAME", help="Only this key; with -s its bare value.")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8"), default="-")
@click.option("-m", "--meaning", is_flag=True, help="Say what each setting is for.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_context
def command(
    context: Context,
    section: str | None,
    key: str | None,
    output: TextIO,
    meaning: bool,
    as_json: bool,
) -> None:
    """Print the settings in effect, each with where it was set."""
    settings = context.settings
    if section is not None:
        _require(section, settings.sections, "section")
        if key is not None:
            _require(
                key, [each.name for each in settings.sections[section]], f"key in [{section}]"
            )
            click.echo(settings.sections[section].show(key), file=output)
            return
    found = [
        entry
        for entry in _entries(settings, in_order=meaning)
        if section in (None, entry["section"]) and key in (None, entry["key"])
    ]
    if as_json:
        print_json(found)
        return
    for entry in found:
        if meaning:
            click.echo(
                f"# {entry['meaning']}  Default: {entry['default'] or '(empty)'}", file=output
            )
        line = f"[{entry['section']}] {entry['key']}: {entry['value']}"
        click.echo(f"{line}  ({entry['origin']})", file=output)


def _entries(settings: Settings, in_order: bool) -> list[dict[str, str]]:
    """All settings by section and key; secrets only by asking for them alone.

    `in_order`: keys as they are declared, where the meaning of one goes on in the next.
    """
    entries = []
    for name, section in sorted(settings.sections.items()):
        for key in section if in_order else sorted(section, key=lambda key: key.name):
            value = section.show(key.name)
            entries.append(
                {
                    "section": name,
                    "key": key.name,
                    "value": _HIDDEN if key.kind.secret and value else value,
                    "origin": settings.origin(name, key.name),
                    "default": key.default,
                    "meaning": key.meaning,
                }
            )
    return entries


def _require(name: str, known: Iterable[str], what: str) -> None:
    names = list(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        raise click.UsageError(
            f"No such {what}: {name}." + (f"  Did you mean {near[0]!r}?" if near else "")
        )
