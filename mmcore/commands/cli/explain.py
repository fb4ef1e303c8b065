"""`mmcore explain`: what would become of a message, and why."""

from __future__ import annotations

import difflib
from typing import Any, BinaryIO

import click

import i18n
from mmcore.app import opened
from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_json
from mmcore.errors import MMCoreError
from mmcore.explain.explanation import Explanation
from mmcore.explain.rehearse import Question
from mmcore.explain.showing import show_explanation
from mmcore.explain.telling import explain, explain_held
from mmcore.message.addresses import is_valid


def _address(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """An address, or the null reverse-path."""
    if value in ("", "<>") and option.name == "sender":
        return ""
    if value is not None and not is_valid(value):
        raise click.BadParameter(f"{value!r} is no e-mail address")
    return value


def _language(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and i18n.language(value) is None:
        raise click.BadParameter(f"there is no language {value!r}")
    return value


@click.command()
@click.argument("listspec", metavar="LIST")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--held", type=int, metavar="NUMBER", help="A held message, instead of a file.")
@click.option(
    "--sender", metavar="ADDRESS", callback=_address,
    help="The envelope sender; else the author.  <> for none.",
)  # fmt: skip
@click.option(
    "--member", metavar="ADDRESS", callback=_address, help="Show the copy that goes here."
)
@click.option("--as-if-accepted", is_flag=True, help="If it is held: what if it is accepted.")
@click.option("--to-owner", is_flag=True, help="As mail to the owners of the list.")
@click.option("--language", metavar="CODE", callback=_language, help="Of the reasons.")
@click.option("--diff/--no-diff", default=True, help="What each handler changes; on by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--bytes", "as_bytes", is_flag=True, help="Print the final message only.")
@pass_context
def command(
    context: Context,
    listspec: str,
    file: BinaryIO | None,
    held: int | None,
    diff: bool,
    as_json: bool,
    as_bytes: bool,
    **question: Any,
) -> None:
    """Tell what would become of a message for a list, without anything happening.

    LIST is the posting address or the list-id, FILE the message; - is standard input.
    """
    if (file is None) == (held is None):
        raise click.UsageError("Give either a FILE or --held.")
    content = None if file is None else file.read()
    with opened(context.settings) as (engine, site):
        mlist = _list(site, listspec)
        told = _tell(engine, mlist, content, held, Question(**question))
    if as_bytes:
        if told.copy is None:
            raise MMCoreError(f"nothing leaves: {_why(told)}")
        click.echo(told.copy.content, nl=False)
    elif as_json:
        print_json(show_explanation(told))
    else:
        # Only now: a library that takes its time.
        from mmcore.commands.explained import print_explanation

        print_explanation(told, diff)


def _list(site: Any, spec: str) -> Any:
    """The list; a usage error names the nearest one."""
    mlist = site.lists.get(spec)
    if mlist is None:
        known = [name for found in site.lists.values() for name in _names(found)]
        near = difflib.get_close_matches(spec, known, 1)
        hint = f"  Did you mean {near[0]!r}?" if near else ""
        raise click.UsageError(f"No such list: {spec}.{hint}")
    return mlist


def _names(mlist: Any) -> tuple[str, str]:
    return mlist.posting_address, mlist.list_id


def _tell(
    engine: Any, mlist: Any, content: bytes | None, number: int | None, question: Question
) -> Explanation:
    if content is not None:
        return explain(engine, mlist, content, question)
    assert number is not None
    if number not in mlist.site.held.numbers_of(mlist.list_id):
        raise click.UsageError(f"{mlist.posting_address} holds no message {number}.")
    return explain_held(engine, mlist, mlist.site.held.get(number), question)


def _why(told: Explanation) -> str:
    """Why there is no final message."""
    if told.asked is not None and told.asked.why is not None:
        return told.asked.why
    return "; ".join([f"the decision is {told.decision}", *told.reasons])
