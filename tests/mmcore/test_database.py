"""The database: opening it, units of work, conflicts."""

from __future__ import annotations

import pytest
from ZODB.POSException import ConflictError

from mmcore.app import open_site
from mmcore.database import open_database
from mmcore.errors import StorageUnavailableError


class TestRun:
    def test_a_unit_of_work_is_committed_and_its_result_returned(self, database):
        session = database.session()
        assert session.run(lambda site: site.domains.add("example.com").mail_host) == "example.com"
        assert session.begin().domains.get("example.com") is not None
        session.close()

    def test_an_exception_leaves_nothing_behind(self, database):
        def work(site):
            site.domains.add("example.com")
            raise RuntimeError("no")

        session = database.session()
        with pytest.raises(RuntimeError):
            session.run(work)
        assert session.begin().domains.get("example.com") is None
        session.close()

    def test_a_conflict_is_tried_again(self, database):
        attempts = []

        def work(site):
            attempts.append(1)
            if len(attempts) < 3:
                raise ConflictError()
            return "done"

        session = database.session()
        assert session.run(work) == "done"
        assert len(attempts) == 3
        session.close()

    def test_a_storage_that_is_away_is_said_to_be(self, database):
        session = database.session()

        def work(site):
            raise ConnectionResetError("gone")

        with pytest.raises(StorageUnavailableError, match="gone"):
            session.run(work)
        session.close()


class TestOpening:
    def test_nobody_answering_is_said_with_the_place(self, settings):
        with pytest.raises(StorageUnavailableError, match=r"zeo\.sock"):
            open_database(settings, wait_timeout=0.1)

    def test_any_other_storage_is_one_setting(self, settings, tmp_path):
        settings.database.uri = f"file://{tmp_path}/other.fs"
        database = open_site(settings)
        session = database.session()
        session.run(lambda site: site.domains.add("example.com"))
        session.close()
        database.close()
        database = open_site(settings)
        session = database.session()
        assert session.begin().domains.get("example.com") is not None
        session.close()
        database.close()
