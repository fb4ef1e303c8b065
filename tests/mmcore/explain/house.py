"""An engine over a tree in memory, whose runners are called by hand, one hop after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ZODB
from ZODB.DemoStorage import DemoStorage

from mmcore.app import compose, ensure_site
from mmcore.config import Settings
from mmcore.database import Database
from mmcore.explain.explanation import Explanation
from mmcore.explain.rehearse import Question
from mmcore.explain.telling import ANYTHING, explain, explain_held
from mmcore.interfaces.action import Action
from mmcore.message.arriving import arrive, host_name
from mmcore.message.headers import decode
from mmcore.pipelines.finishing import Departure, depart
from mmcore.queue.intake import IntakeLog
from mmcore.services.held_decisions import decide
from mmcore.services.mailboxes import mailbox
from resources.check import problems
from runners.base import QueueRunner
from runners.incoming import IncomingRunner
from runners.pipeline import PipelineRunner
from tests.support.engine import ROOT

MEMBERS = ("anne@example.com", "bart@example.com", "cris@example.com")


@dataclass
class Reality:
    """What did become of a message."""

    held: list[int] = field(default_factory=list)
    copies: list[Departure] = field(default_factory=list)
    #: Entries of the queues that nobody has emptied.
    queues: dict[str, int] = field(default_factory=dict)
    notices: list[tuple[tuple[str, ...], str]] = field(default_factory=list)


class House:
    """See the module."""

    def __init__(self, directory: Path, signing: bool = False) -> None:
        self.settings = Settings.defaults(var_dir=directory)
        if signing:
            self.settings.DKIM.enabled = True
            self.settings.DKIM.selector = "ants"
            self.settings.DKIM.privkey = str(ROOT / "tests/data/keys/ed25519.pem")
        self.settings.ensure_dirs()
        self.database = Database(ZODB.DB(DemoStorage()))
        self.session = self.database.session()
        ensure_site(self.session, self.settings)
        self.engine = compose(self.settings, "house")
        self.intake = IntakeLog(self.database, self.engine.content, self.engine.waker)
        self.count = 0
        with self.transaction() as site:
            site.domains.add("example.com")

    def close(self) -> None:
        """Close everything; the tree has to be sound."""
        found = problems(self.session.begin())
        self.session.close()
        self.engine.close()
        self.database.close()
        assert found == []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """The site, in a transaction that is committed."""
        yield self.session.begin()
        self.session.commit()

    @contextmanager
    def site_with(self, **values: Any) -> Iterator[None]:
        """Other values of settings in the section [mmcore], for a block."""
        section = self.settings.mmcore
        before = {name: getattr(section, name) for name in values}
        for name, value in values.items():
            setattr(section, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(section, name, value)

    @contextmanager
    def delivering(self, verp: bool, url: str) -> Iterator[None]:
        """Other settings of delivery, for a block."""
        mta, public = self.settings.mta, self.settings.public
        before = mta.verp_personalized_deliveries, mta.verp_delivery_interval, public.url
        mta.verp_personalized_deliveries, mta.verp_delivery_interval = verp, int(verp)
        public.url = url
        try:
            yield
        finally:
            mta.verp_personalized_deliveries, mta.verp_delivery_interval, public.url = before

    def new_list(self, **settings: Any) -> str:
        """Make a list with three members; returns the list-id."""
        self.count += 1
        with self.transaction() as site:
            mlist = site.lists.add(f"ant{self.count}@example.com")
            self.engine.styles["legacy-default"].apply(mlist)
            # Every list is called `ant` as well.
            for name, value in {"acceptable_aliases": ("ant@example.com",), **settings}.items():
                setattr(mlist, name, value)
            for email in MEMBERS:
                user = site.users.by_email(email)
                if user is None:
                    user = site.users.make(email, email.partition("@")[0].title())
                    site.addresses.get(email).verify()
                mlist.subscribe(site.addresses.get(email))
        return str(mlist.list_id)

    def explained(
        self, list_id: str, content: bytes, question: Question = ANYTHING
    ) -> Explanation:
        """Explain a message in a transaction that is aborted; nothing may have changed."""
        with self.unchanged():
            mlist = self.session.begin().lists.get(list_id)
            told = explain(self.engine, mlist, content, question)
            self.session.abort()
        return told

    def explained_held(self, list_id: str, number: int, **question: Any) -> Explanation:
        """The same for a held message."""
        with self.unchanged():
            site = self.session.begin()
            mlist, held = site.lists.get(list_id), site.held.get(number)
            told = explain_held(self.engine, mlist, held, Question(**question))
            self.session.abort()
        return told

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Whatever happens in the block leaves the disk and the database as they are."""
        before = self.traces()
        yield
        assert self.traces() == before

    def traces(self) -> list[Any]:
        """All that anything leaves behind."""
        files = sorted(
            (str(path), path.stat().st_size)
            for path in self.settings.paths.var_dir.rglob("*")
            if path.is_file()
        )
        return [self.database.db.storage.lastTransaction(), files]

    def post(self, list_id: str, content: bytes, sender: str, to_owner: bool = False) -> Reality:
        """Send a message to a list, and take it as far as to the server."""
        msg = arrive(content, sender, host_name())
        assert msg is not None
        target = mailbox(self.settings, list_id, "owner" if to_owner else None)
        target[1].update(original_size=len(content), received_time=1e9)
        accepted = self.intake.append(msg.as_pieces(), [target])
        self.intake.sync([accepted])
        assert self.intake.recover() == 1
        reality = Reality()
        self.work(list_id, "in", IncomingRunner.dispose)
        reality.held = self.session.begin().held.numbers_of(list_id)
        self.session.abort()
        return self.deliver(list_id, reality)

    def accept(self, list_id: str, number: int) -> Reality:
        """Have a moderator accept a held message."""
        with self.transaction() as site:
            decide(self.engine, site.lists.get(list_id), site.held.get(number), Action.accept)
        return self.deliver(list_id, Reality())

    def deliver(self, list_id: str, reality: Reality) -> Reality:
        """Prepare what was accepted, and note what would go to the server."""
        self.work(list_id, "pipeline", PipelineRunner.dispose)

        def leave(runner: Any, mlist: Any, msg: Any, msgdata: dict) -> None:
            reality.copies.append(depart(self.engine, mlist, msg, msgdata))

        self.work(list_id, "out", leave)
        with self.transaction() as site:
            for queue in site.queues.values():
                for name in queue.names():
                    self.note(site, queue, queue.get(name), reality)
                    queue.remove(name)
        return reality

    def note(self, site: Any, queue: Any, entry: Any, reality: Reality) -> None:
        """Note an entry of a queue."""
        name = queue.__name__
        if name != "virgin":
            reality.queues[name] = reality.queues.get(name, 0) + 1
            return
        msg, msgdata = self.engine.mailroom(site).load(entry)
        reality.notices.append((tuple(msgdata["recipients"]), decode(msg["subject"])))

    def work(self, list_id: str, queue: str, dispose: Callable[..., Any]) -> None:
        """Have a queue emptied as its runner does it, in a transaction."""
        runner = Worker(self.settings)
        runner.engine, runner.queue, runner.work = self.engine, queue, dispose
        with self.transaction() as site:
            for name in site.queues[queue].names():
                runner.process(site, site.queues[queue].get(name))


class Worker(QueueRunner):
    """A runner that is not opened."""

    name = "in"
    queue = "in"
    work: Callable[..., Any]

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """Do what another runner does."""
        return bool(self.__dict__["work"](self, mlist, msg, msgdata))
