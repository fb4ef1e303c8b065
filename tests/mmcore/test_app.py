"""The composition root: what an engine is made of, and opening the site."""

from __future__ import annotations

import pytest

from mmcore.app import compose, ensure_site, make_wsgi_app, open_site, opened, runner_class
from mmcore.config import load
from mmcore.errors import ConfigurationError
from mmcore.interfaces.engine import IEngine


class TestCompose:
    def test_an_engine_has_all_built_in_parts(self, engine):
        assert IEngine.providedBy(engine)
        assert {"approved", "any", "truth", "max-size"} <= set(engine.rules)
        assert {"accept", "hold", "reject", "discard", "moderation"} <= set(engine.chains)
        assert {"cleanse", "decorate", "to-outgoing"} <= set(engine.handlers)
        assert set(engine.pipelines) == {
            "default-owner-pipeline", "default-posting-pipeline", "virgin",
        }  # fmt: skip
        assert set(engine.styles) == {"legacy-announce", "legacy-default", "private-default"}

    def test_two_engines_share_no_parts(self, settings, engine):
        other = compose(settings, "other")
        assert other.rules["any"] is not engine.rules["any"]
        other.close()

    def test_subscribers_are_told_until_they_leave(self, engine):
        seen: list[object] = []
        engine.subscribe(seen.append)
        engine.notify("one")
        engine.unsubscribe(seen.append)
        engine.notify("two")
        assert seen == ["one"]

    def test_an_unknown_runner_is_named_with_those_there_are(self, settings):
        with pytest.raises(ConfigurationError, match=r"'nope'; there are: archive, .*in, lmtp"):
            runner_class("nope", settings)


class TestSite:
    def test_it_is_made_once_and_then_left_alone(self, database, settings):
        session = database.session()
        before = session.begin()._p_serial
        session.abort()
        ensure_site(session, settings)
        assert session.begin()._p_serial == before
        session.close()

    def test_a_changed_noreply_address_reaches_the_site(self, database, settings):
        settings.mmcore.noreply_address = "dont-reply"
        session = database.session()
        ensure_site(session, settings)
        assert session.begin().no_reply == "dont-reply"
        session.close()

    def test_a_command_works_without_a_master_and_leaves_no_server_behind(self, tmp_path_factory):
        directory = tmp_path_factory.mktemp("o")
        config = directory / "x.ini"
        config.write_text("[paths]\nvar_dir = %(here)s/v\n")
        settings = load(config)
        with opened(settings) as (_, site):
            site.domains.add("example.com")
        with opened(settings) as (_, site):
            assert list(site.domains) == ["example.com"]

    def test_a_command_that_fails_changes_nothing(self, tmp_path_factory):
        directory = tmp_path_factory.mktemp("o")
        config = directory / "x.ini"
        config.write_text(f"[paths]\nvar_dir = v\n[database]\nuri = file://{directory}/x.fs\n")
        settings = load(config)
        with pytest.raises(RuntimeError), opened(settings) as (_, site):
            site.domains.add("example.com")
            raise RuntimeError("no")
        with opened(settings) as (_, site):
            assert len(site.domains) == 0

    def test_two_processes_that_come_first_at_once_make_one_site(self, settings, tmp_path):
        settings.database.uri = f"file://{tmp_path}/x.fs"
        open_site(settings).close()
        database = open_site(settings)
        session = database.session()
        assert len(session.begin().queues) == 12
        session.close()
        database.close()


class TestWSGI:
    def test_it_does_not_start_without_a_password(self, settings, database):
        with pytest.raises(ConfigurationError, match="admin_pass is empty"):
            make_wsgi_app(settings, database)
