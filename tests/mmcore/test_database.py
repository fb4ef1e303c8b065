"""The database: opening it, units of work, conflicts."""

from __future__ import annotations

import pytest
from ZODB.POSException import ConflictError

from mmcore.app import open_site
from mmcore.database import after_commit, open_database, reading
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


class TestReading:
    def test_it_sees_what_has_been_committed_and_leaves_nothing(self, database):
        session = database.session()
        session.run(lambda site: site.domains.add("example.com"))
        session.close()
        with reading(database) as site:
            assert site.domains.get("example.com") is not None
            site.domains.add("example.org")
        with reading(database) as site:
            assert site.domains.get("example.org") is None

    def test_a_storage_that_goes_away_is_said_to_be(self, database):
        with (
            pytest.raises(StorageUnavailableError, match="reset"),
            reading(database),
        ):
            raise ConnectionResetError("reset")

    def test_so_is_one_that_was_never_opened(self):
        with pytest.raises(StorageUnavailableError), reading(None):
            pass


class TestAfterCommit:
    @pytest.fixture
    def done(self):
        return []

    def test_work_is_done_with_the_commit(self, session, done):
        after_commit(session.site, lambda: done.append(1))
        assert done == []
        session.commit()
        assert done == [1]
        session.begin()
        session.commit()
        assert done == [1]

    def test_equal_work_is_done_once(self, session, done):
        work = done.clear
        assert after_commit(session.site, work) is work
        assert after_commit(session.site, done.clear) is work
        after_commit(session.site, lambda: done.append(1))
        session.commit()
        assert done == [1]

    def test_without_a_commit_it_is_not(self, session, done):
        after_commit(session.site, lambda: done.append(1))
        session.abort()
        assert done == []

    def test_those_who_collect_it_do_it_themselves(self, session, done):
        first, second = [], []
        session.collect_work(first)
        after_commit(session.site, lambda: done.append(1))
        session.collect_work(second)
        after_commit(session.site, lambda: done.append(2))
        session.commit()
        assert done == []
        for work in (*second, *first):
            work()
        assert done == [2, 1]


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
