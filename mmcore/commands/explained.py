"""How `mmcore explain` shows what it has found out to people."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmcore.explain.explanation import Explanation, HandlerStep

#: What goes into a file or a pipe is not cut off.
_WIDE = 250
_STYLES = {
    "hit": "yellow",
    "skipped": "red",
    "not asked": "dim",
    "changed": "green",
    "unchanged": "dim",
    "discarded": "red",
    "rejected": "red",
}
_DECISIONS = {"accept": "bold green", "hold": "bold yellow"}


def print_explanation(told: Explanation, diffs: bool) -> None:
    """Print an explanation; with `diffs` also what handlers changed, and the final message."""
    console = Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else _WIDE,
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    _head(console, told)
    _rules(console, told)
    _people(console, told)
    _handlers(console, told, diffs)
    if diffs and told.copy is not None:
        _section(console, f"Message as it leaves, from {told.copy.sender or '<>'}")
        # Not through `Text`, which would count every character's width.
        text = told.copy.content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        console.print(Text(_printable(text)), end="" if text.endswith("\n") else "\n")


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _head(console: Console, told: Explanation) -> None:
    """What it is, and what becomes of it."""
    table = Table.grid(padding=(0, 2))
    table.add_row("List", told.list_id)
    table.add_row("Message", _printable(told.message_id))
    table.add_row("From", _printable(told.sender))
    table.add_row("Subject", _printable(told.subject))
    table.add_row("Chains", " > ".join(told.chains) or "-")
    decision = Text(told.decision, style=_DECISIONS.get(told.decision, "bold red"))
    if told.as_if_accepted:
        decision.append("; what follows is if a moderator accepts it", style="not bold")
    table.add_row("Decision", decision)
    for number, reason in enumerate(told.reasons):
        table.add_row("" if number else "Reasons", _printable(reason))
    if told.error is not None:
        table.add_row("Error", Text(_printable(told.error), style="red"))
    if (dmarc := told.dmarc) is not None and dmarc.policy is not None:
        where = f" at {dmarc.domain}" if dmarc.domain else ""
        table.add_row(
            "DMARC", f"policy {dmarc.policy}{where}; {dmarc.action} (set: {dmarc.setting})"
        )
    console.print(table)


def _rules(console: Console, told: Explanation) -> None:
    if not told.rules:
        return
    _section(console, "Rules")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("rule", "chain", "outcome", "reason"):
        table.add_column(column)
    for rule in told.rules:
        style = _STYLES.get(rule.outcome, "")
        why = "; ".join(rule.reasons) or rule.error or ""
        table.add_row(rule.rule, rule.chain, Text(rule.outcome, style=style), _printable(why))
    console.print(table)


def _people(console: Console, told: Explanation) -> None:
    """Who gets something, and what lies where."""
    lines = list(_who(told))
    if lines:
        console.print()
    for line in lines:
        console.print(Text(line))


def _who(told: Explanation) -> Iterator[str]:
    who = told.recipients
    if who.count:
        more = " …" if who.count > len(who.sample) else ""
        yield f"Recipients: {who.count}: {', '.join(who.sample)}{more}"
    if told.asked is not None:
        yield (
            f"{told.asked.email} gets it."
            if told.asked.receives
            else f"{told.asked.email} does not get it: {told.asked.why}"
        )
    for name, count in told.queues.items():
        yield f"Copies in the queue {name}: {count}"
    for notice in told.notices:
        yield _printable(f"Notice to {', '.join(notice.to)}: {notice.subject}")


def _handlers(console: Console, told: Explanation, diffs: bool) -> None:
    if not told.handlers:
        return
    _section(console, "Handlers")
    for step in told.handlers:
        line = Text(f"{step.handler:<22}")
        line.append(step.outcome, style=_STYLES.get(step.outcome, ""))
        if step.error is not None:
            line.append(f": {_printable(step.error)}")
        changes = ", ".join(f"{key} {value}" for key, value in step.metadata.items())
        if changes:
            line.append(f"   {_printable(changes)}", style="dim")
        console.print(line)
        if diffs:
            _diff(console, step)


def _diff(console: Console, step: HandlerStep) -> None:
    for text in (step.header, step.body):
        for line in text.splitlines():
            style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "")
            console.print(Text(f"    {_printable(line)}", style=style))


def _printable(text: str) -> str:
    """Text of a stranger without what a terminal would obey."""
    return "".join(
        sign if sign in "\n\t" or sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text
    )
