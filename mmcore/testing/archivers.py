"""The promises of an archiver, as tests that its author inherits.

    class TestKitty(ArchiverContract):
        name = "kitty"
        section = {"class": "kitty.Archiver"}

        def archived(self, engine, mlist):
            return [message["Message-ID"] for message in ...]

        def out_of_order(self, engine):
            return stopped_server()

The fixtures `engine`, `archiver` and `mlist` are there for further tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from zope.interface.verify import verifyObject

from mmcore.app import Engine, compose
from mmcore.config import Settings
from mmcore.interfaces.archiver import IArchiver, Mailing
from mmcore.interfaces.mailing_list import ArchivePolicy, ArchiveRenderingMode
from mmcore.message.headers import add_message_hash
from mmcore.message.message import Message
from mmcore.services.archivers import ArchivedList
from mmcore.testing.messages import STRANGE_MESSAGES

#: When the messages of the tests came in.
RECEIVED = datetime(2026, 3, 14, 15, 9, 26)


def post(message_id: str, text: str = "Hello.", **fields: str) -> Message:
    """A post as archivers get it."""
    lines = ["From: Anne Person <anne@example.com>", "To: ant@example.com", "Subject: Hello"]
    lines += ["Date: Sat, 14 Mar 2026 15:09:20 +0000", f"Message-ID: <{message_id}>"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    msg = Message.parse("\r\n".join([*lines, "", text, ""]).encode())
    add_message_hash(msg)
    return msg


class ArchiverContract(ABC):
    """Inherit it in a class whose name begins with `Test`."""

    #: Name of the archiver, and settings of its section besides `enable`.
    name: ClassVar[str]
    section: ClassVar[dict[str, str]] = {}

    @abstractmethod
    def archived(self, engine: Any, mlist: Any) -> list[str]:
        """The Message-IDs, in angle brackets, of what is in the archive of a list."""

    @abstractmethod
    def out_of_order(self, engine: Any) -> AbstractContextManager[Any] | None:
        """A context in which the archiver cannot do its work; None if it always can."""

    @pytest.fixture
    def options(self) -> dict[str, str]:
        """The archiver's own settings, `[general]` of the file `configuration`."""
        return {}

    @pytest.fixture
    def engine(
        self, tmp_path_factory: pytest.TempPathFactory, options: dict[str, str]
    ) -> Iterator[Engine]:
        """An engine in which the archiver is enabled."""
        folder = tmp_path_factory.mktemp("a")
        section = {"enable": "yes", **self.section}
        if options:
            path = folder / "archiver.ini"
            lines = "".join(f"{key} = {value}\n" for key, value in options.items())
            path.write_text(f"[general]\n{lines}", encoding="utf-8")
            section["configuration"] = str(path)
        settings = Settings.defaults(folder / "v", {f"archiver.{self.name}": section})
        settings.ensure_dirs()
        engine = compose(settings, "test")
        yield engine
        engine.close()

    @pytest.fixture
    def archiver(self, engine: Engine) -> Any:
        """The archiver."""
        return engine.archivers[self.name]

    @pytest.fixture
    def mlist(self) -> ArchivedList:
        """What the archiver gets to know of ant@example.com, a public list."""
        return list_named("ant@example.com")

    def give(self, archiver: Any, mlist: Any, msg: Message) -> Mailing | None:
        """Have a message archived as the archive runner does it."""
        msg.received_time = RECEIVED  # type: ignore[attr-defined]
        answer = archiver.archive_message(mlist, msg)
        assert answer is None or isinstance(answer, Mailing)
        return answer

    def test_it_is_an_archiver(self, archiver: Any) -> None:
        """Its name is that of the section, which enables it."""
        assert verifyObject(IArchiver, archiver)
        assert archiver.name == self.name
        assert archiver.is_enabled is True

    def test_urls_are_urls(self, archiver: Any, mlist: ArchivedList) -> None:
        """Or None; and those of two messages differ."""
        first, second = (archiver.permalink(mlist, post(each)) for each in ("a@b.c", "d@e.f"))
        for url in (archiver.list_url(mlist), first, second):
            assert url is None or (urlsplit(url).scheme and url.isascii() and " " not in url)
        assert first is None or first != second

    def test_a_message_without_an_id_has_no_permalink_or_one(
        self, archiver: Any, mlist: ArchivedList
    ) -> None:
        """It raises nothing."""
        url = archiver.permalink(mlist, Message.parse(b"Subject: x\r\n\r\nx\r\n"))
        assert url is None or urlsplit(url).scheme

    def test_posts_are_archived_in_order(
        self, archiver: Any, engine: Any, mlist: ArchivedList
    ) -> None:
        """Each of them, and no other."""
        names = [f"{number}@example.com" for number in range(5)]
        given = [self.give(archiver, mlist, post(name)) for name in names]
        found = self.archived(engine, mlist)
        found += [each.msg["message-id"] for each in given if each is not None]
        assert found == [f"<{name}>" for name in names]

    def test_a_message_that_comes_again_is_kept_once(
        self, archiver: Any, engine: Any, mlist: ArchivedList
    ) -> None:
        """After a crash nobody knows whether it came.  (What is mailed is mailed once.)"""
        for _ in range(3):
            answer = self.give(archiver, mlist, post("again@example.com"))
        if answer is None:
            assert self.archived(engine, mlist) == ["<again@example.com>"]

    def test_each_list_has_its_archive(
        self, archiver: Any, engine: Any, mlist: ArchivedList
    ) -> None:
        """Also those with odd names."""
        for name in ("ant", "bee", "c+d=e", "$(f)`g`;h", "..", "*{}~!"):
            other = list_named(f"{name}@example.com")
            answer = self.give(archiver, other, post(f"{len(name)}@example.com"))
            if answer is None:
                assert self.archived(engine, other) == [f"<{len(name)}@example.com>"]

    def test_it_copes_with_strange_messages(self, archiver: Any, mlist: ArchivedList) -> None:
        """Whatever may come by mail."""
        for data in STRANGE_MESSAGES.values():
            msg = Message.parse(data)
            archiver.permalink(mlist, msg)
            self.give(archiver, mlist, msg)

    def test_what_it_cannot_take_now_it_takes_later(
        self, archiver: Any, engine: Any, mlist: ArchivedList
    ) -> None:
        """It says so by an exception, and loses nothing."""
        context = self.out_of_order(engine)
        if context is None:
            return
        # Whatever it raises will do.
        with context, pytest.raises(Exception) as caught:
            self.give(archiver, mlist, post("later@example.com"))
        assert str(caught.value)
        self.give(archiver, mlist, post("later@example.com"))
        assert self.archived(engine, mlist) == ["<later@example.com>"]


def list_named(posting_address: str, **values: Any) -> ArchivedList:
    """What archivers get to know of a public list."""
    name, _, host = posting_address.rpartition("@")
    mlist = ArchivedList(
        list_id=posting_address.replace("@", "."),
        list_name=name,
        mail_host=host,
        fqdn_listname=posting_address,
        posting_address=posting_address,
        display_name=name.title(),
        description="About it",
        preferred_language="en",
        archive_policy=ArchivePolicy.public,
        archive_rendering_mode=ArchiveRenderingMode.text,
    )
    return replace(mlist, **values)
