"""What holds for every mail server."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.app import compose, find_parts
from mmcore.config import Settings
from mmcore.errors import ConfigurationError, StorageUnavailableError
from mmcore.interfaces.incoming import AnnouncedList, IIncoming

FILES = {
    "exim4": {"exim4_domains", "exim4_lists"},
    "null": set(),
    "postfix": {"postfix_domains", "postfix_lmtp"},
    "sendmail": {"sendmail_lists", "sendmail_mailertable"},
}

ANT = AnnouncedList("ant.example.com", "ant", "example.com")


@pytest.mark.parametrize("name", FILES)
class TestEveryMailServer:
    def test_it_keeps_its_promises(self, incoming, name):
        server = incoming(name)
        assert verifyObject(IIncoming, server)
        assert server.name == name
        assert type(server).__module__ == f"mmcore.incoming.{name}"

    def test_its_files_are_there_without_any_list(self, incoming, settings, name):
        changed = incoming(name).regenerate()
        assert {path.name for path in changed} == FILES[name]
        assert all(path.read_bytes() == b"" for path in changed)
        assert {path.parent for path in changed} <= {settings.paths.data_dir}

    def test_a_list_comes_and_goes(self, incoming, lists, remove, settings, name):
        server = incoming(name)
        server.regenerate()
        lists("ant@example.com")
        server.create(ANT)
        texts = [path.read_text() for path in settings.paths.data_dir.iterdir()]
        assert len(texts) == len(FILES[name])
        assert all("example.com" in text for text in texts)
        remove("ant@example.com")
        server.delete(ANT)
        assert all(path.read_text() == "" for path in settings.paths.data_dir.iterdir())

    def test_the_same_lists_give_the_same_bytes_and_touch_nothing(
        self, incoming, lists, settings, tmp_path, name
    ):
        lists("bee@example.com", "ant@example.com", "cat@a.example.org")
        server = incoming(name)
        server.regenerate()
        before = {path: path.stat() for path in settings.paths.data_dir.iterdir()}
        assert list(server.regenerate()) == []
        assert {path: path.stat().st_ino for path in before} == {
            path: stat.st_ino for path, stat in before.items()
        }
        assert {path.name for path in server.regenerate(tmp_path)} == FILES[name]
        for path in before:
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()

    def test_no_list_and_no_domain_is_loaded(self, incoming, lists, database, monkeypatch, name):
        lists("ant@example.com", "bee@other.example.org", other="lists.example.net")
        server = incoming(name)
        loaded = []
        for cls in ("resources.lists.model.MailingList", "resources.domains.model.Domain"):
            monkeypatch.setattr(
                f"{cls}.__setstate__", lambda self, state: loaded.append(self), raising=False
            )
        database.db.cacheMinimize()
        server.regenerate()
        assert loaded == []


class TestChoice:
    def test_nobody_is_told_unless_the_site_says_who(self, engine):
        assert engine.incoming.name == "null"

    def test_all_are_found(self, settings):
        assert sorted(find_parts(settings).found["incoming"]) == sorted(FILES)

    def test_a_name_that_nothing_has_is_refused_with_those_there_are(self, tmp_path):
        settings = Settings.defaults(tmp_path, {"mta": {"incoming": "qmail"}})
        settings.ensure_dirs()
        with pytest.raises(ConfigurationError) as caught:
            compose(settings, "test")
        assert str(caught.value) == (
            "[mta] incoming = 'qmail': there is no such mail server; there are:"
            " exim4, null, postfix, sendmail"
        )

    def test_a_plugin_may_bring_its_own(self, tmp_path):
        values = {
            "mta": {"incoming": "pigeon"},
            "plugin.weather": {
                "enabled": "yes",
                "component_package": "tests.support.weather.components",
            },
        }
        settings = Settings.defaults(tmp_path, values)
        settings.ensure_dirs()
        engine = compose(settings, "test")
        assert engine.incoming.engine is engine
        assert engine.incoming.name == "pigeon"
        engine.close()

    def test_without_a_database_it_says_so(self, settings):
        settings.mta.incoming = "postfix"
        engine = compose(settings, "lonely")
        with pytest.raises(StorageUnavailableError, match="has not opened the database"):
            engine.incoming.regenerate()
        engine.close()
