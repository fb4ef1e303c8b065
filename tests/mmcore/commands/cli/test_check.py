"""`mmcore check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import resources
from mmcore.app import database_of, ensure_site
from mmcore.config import load
from resources.check import CHECKS


@pytest.fixture
def served(ini):
    """A database that is served all the time, with one list."""
    settings = load(ini)
    with database_of(settings) as database:
        session = database.session()
        ensure_site(session, settings)
        session.begin().domains.add("example.com")
        session.site.lists.add("ant@example.com")
        session.commit()
        yield session
        session.close()


class TestCheck:
    def test_a_sound_database_has_no_problems(self, mmcore, served):
        result = mmcore("check")
        assert result.exit_code == 0
        assert result.output == (
            "no problems (domains 1, lists 1, users 0, addresses 0, members 0, held 0)\n"
        )

    def test_a_new_one_has_none_either(self, mmcore):
        result = mmcore("check", "--json")
        assert result.exit_code == 0
        assert json.loads(result.output)["problems"] == []

    def test_each_problem_is_a_line(self, mmcore, served):
        served.begin().lists._by_host.clear()
        served.site.deliveries._shelves[0].total.change(1)
        served.commit()
        result = mmcore("check")
        assert result.exit_code == 1
        lines = result.output.splitlines()
        assert lines[0].startswith("lists by host: is {}, should be ")
        assert lines[1] == "deliveries: counts 1, has 0"
        assert lines[2].startswith("2 problems (domains 1, lists 1, ")

    def test_one_problem_is_one(self, mmcore, served):
        served.begin().deliveries._shelves[0].total.change(1)
        served.commit()
        assert "\n1 problem (" in mmcore("check").output

    def test_programs_get_json(self, mmcore, served):
        served.begin().deliveries._shelves[0].total.change(1)
        served.commit()
        result = mmcore("check", "--json")
        assert result.exit_code == 1
        found = json.loads(result.output)
        assert found["problems"] == ["deliveries: counts 1, has 0"]
        assert found["checked"]["lists"] == 1

    def test_it_changes_nothing(self, mmcore, served):
        before = served.database.db.lastTransaction()
        mmcore("check")
        assert served.begin()._p_jar.db().lastTransaction() == before


def test_every_collection_that_has_a_check_is_asked():
    folders = {path.parent.name for path in Path(resources.__file__).parent.glob("*/check.py")}
    assert {check.__module__.split(".")[1] for check in CHECKS} == folders
    assert all(check.__name__ == "check" for check in CHECKS)
