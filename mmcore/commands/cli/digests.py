"""`mmcore digests`: what lists have collected, and sending it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from mmcore.app import compose, database_of
from mmcore.commands.context import Context, pass_context
from mmcore.commands.output import print_table
from mmcore.database import Session
from mmcore.services.digests import act


@click.command()
@click.option(
    "-l", "--list", "specs", multiple=True, metavar="LIST",
    help="The list, by list-id or posting address; may be repeated.  Without: all lists.",
)  # fmt: skip
@click.option("-s", "--send", is_flag=True, help="Send what was collected, whatever its size.")
@click.option(
    "-p", "--periodic", is_flag=True, help="The same, for lists that have digest_send_periodic."
)
@click.option(
    "-b", "--bump", is_flag=True, help="Go on to the next number or volume; before sending."
)
@click.option("-n", "--dry-run", is_flag=True, help="Change nothing.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is done, with volumes and numbers.")
@pass_context
def command(
    context: Context,
    specs: tuple[str, ...],
    send: bool,
    periodic: bool,
    bump: bool,
    dry_run: bool,
    verbose: bool,
) -> None:
    """Send the digests of lists, or go on to their next numbers.

    Without -s, -p and -b it shows what lists have collected.  Each list is dealt with
    by itself, also while the engine runs.
    """
    if send and periodic:
        raise click.ClickException("--send and --periodic exclude each other")
    with database_of(context.settings) as database:
        engine, session = compose(context.settings, "command"), database.session()
        try:
            list_ids = _chosen(session, specs)
            if not (send or periodic or bump):
                _show(session, list_ids)
                return
            for list_id in list_ids:
                work = Work(engine, list_id, bump, {"send": send, "periodic": periodic})
                said = work.rehearse(session) if dry_run else session.run(work)
                for line in said if verbose else ():
                    click.echo(line)
        finally:
            session.close()
            engine.close()


class Work:
    """What is done to one list; may be repeated."""

    def __init__(self, engine: Any, list_id: str, bump: bool, sending: dict[str, bool]) -> None:
        self.engine = engine
        self.list_id = list_id
        self.bump = bump
        self.sending = sending

    def __call__(self, site: Any) -> list[str]:
        """Do it in the current transaction; returns what there is to say about it."""
        mlist = site.lists.get(self.list_id)
        if mlist is None:
            return [f"{self.list_id} is gone"]
        said = []
        if self.bump:
            said.append(f"{self.list_id} is at {_at(mlist.volume, mlist.next_digest_number)}")
            act(self.engine, mlist, {"bump": True})
            said.append(
                f"{self.list_id} was bumped to {_at(mlist.volume, mlist.next_digest_number)}"
            )
        if (sent := act(self.engine, mlist, self.sending)) is not None:
            said.append(f"{self.list_id} sent {_at(*sent)}")
        return said

    def rehearse(self, session: Session) -> list[str]:
        """Say what would be said, and change nothing."""
        try:
            return self(session.begin())
        finally:
            session.abort()


def _at(volume: int, number: int) -> str:
    return f"volume {volume}, number {number}"


def _chosen(session: Session, specs: tuple[str, ...]) -> list[str]:
    """List-ids of the lists that are meant; complains about those that do not exist."""

    def choose(site: Any) -> list[str]:
        if not specs:
            return list(site.lists)
        found = {spec: site.lists.get(spec) for spec in specs}
        for spec in (spec for spec, mlist in found.items() if mlist is None):
            click.echo(f"No such list: {spec}", err=True)
        return [mlist.list_id for mlist in found.values() if mlist is not None]

    return session.run(choose)


def _show(session: Session, list_ids: Iterable[str]) -> None:
    """A table of what has been collected."""
    wanted = set(list_ids)

    def look(site: Any) -> list[tuple[object, ...]]:
        return [
            _row(site.lists.get(list_id), site.digests.get(list_id))
            for list_id in site.digests.waiting()
            if list_id in wanted
        ]

    rows = session.run(look)
    print_table(("list", "volume", "number", "messages", "bytes", "since"), rows)


def _row(mlist: Any, collected: Any) -> tuple[object, ...]:
    return (
        mlist.list_id,
        mlist.volume,
        mlist.next_digest_number,
        len(collected),
        collected.size,
        collected.oldest.isoformat(" ", "seconds"),
    )
