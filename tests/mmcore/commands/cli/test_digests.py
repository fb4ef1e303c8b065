"""`mmcore digests`, on a site on disk."""

from __future__ import annotations

import contextlib

import pytest

from mmcore.app import compose
from mmcore.commands.cli import digests as module
from mmcore.config import load
from mmcore.services.digests import collect
from tests.support.digests import post

ANT, BEE = "ant.example.com", "bee.example.com"


@pytest.fixture
def served(ini, database, monkeypatch):
    """The lists ant, bee and cat; ant and bee have collected something."""
    settings = load(ini)
    settings.ensure_dirs()
    monkeypatch.setattr(module, "database_of", lambda settings: contextlib.nullcontext(database))
    session = database.session()
    site = session.begin()
    site.domains.add("example.com")
    engine = compose(settings, "test")
    for name in ("ant", "bee", "cat"):
        mlist = site.lists.add(f"{name}@example.com")
        for number in range({"ant": 2, "bee": 1, "cat": 0}[name]):
            collect(engine, mlist, post(number))
    site.lists.get(BEE).digest_send_periodic = False
    session.commit()
    yield session
    session.close()
    engine.close()


@pytest.fixture
def numbers(served):
    """(volume, number) of each list, and how many digests are being sent."""

    def look():
        served.abort()
        site = served.begin()
        found = [(site.lists.get(name).volume, site.lists.get(name).next_digest_number)
                 for name in (ANT, BEE, "cat.example.com")]  # fmt: skip
        return *found, len(site.queues["digest"])

    return look


NEW = (1, 1)


class TestDigests:
    def test_without_an_action_it_shows_what_was_collected(self, mmcore, served, numbers):
        lines = mmcore("digests").output.splitlines()
        assert lines[0].split() == ["list", "volume", "number", "messages", "bytes", "since"]
        assert [line.split()[:4] for line in lines[1:]] == [
            [ANT, "1", "1", "2"], [BEE, "1", "1", "1"],
        ]  # fmt: skip
        assert len(mmcore("digests", "-l", BEE).output.splitlines()) == 2
        assert numbers() == (NEW, NEW, NEW, 0)

    def test_send_sends_whatever_there_is(self, mmcore, numbers):
        result = mmcore("digests", "--send")
        assert (result.exit_code, result.output) == (0, "")
        assert numbers() == ((1, 2), (1, 2), NEW, 2)
        assert mmcore("digests", "-s", "-v").output == ""

    @pytest.mark.parametrize("spec", [BEE, "bee@example.com"])
    def test_lists_can_be_named(self, mmcore, numbers, spec):
        result = mmcore("digests", "-s", "-v", "-l", spec, "--list", "cat@example.com")
        assert result.output == f"{BEE} sent volume 1, number 1\n"
        assert numbers() == (NEW, (1, 2), NEW, 1)

    def test_periodic_is_for_those_that_want_it(self, mmcore, numbers):
        assert mmcore("digests", "-p", "-v").output == f"{ANT} sent volume 1, number 1\n"
        assert numbers() == ((1, 2), NEW, NEW, 1)

    def test_bump_comes_first(self, mmcore, numbers):
        result = mmcore("digests", "-b", "-s", "-v", "-l", ANT)
        assert result.output.splitlines() == [
            f"{ANT} is at volume 1, number 1",
            f"{ANT} was bumped to volume 1, number 2",
            f"{ANT} sent volume 1, number 2",
        ]
        assert numbers() == ((1, 3), NEW, NEW, 1)

    def test_bump_alone_sends_nothing(self, mmcore, numbers):
        assert mmcore("digests", "--bump").output == ""
        assert numbers() == ((1, 2), (1, 2), (1, 2), 0)

    def test_a_dry_run_says_what_would_be_and_changes_nothing(self, mmcore, numbers):
        result = mmcore("digests", "-n", "-b", "-s", "-v", "-l", ANT)
        assert result.output.splitlines()[-1] == f"{ANT} sent volume 1, number 2"
        assert mmcore("digests", "--dry-run", "-s").output == ""
        assert numbers() == (NEW, NEW, NEW, 0)

    def test_send_and_periodic_exclude_each_other(self, mmcore, numbers):
        result = mmcore("digests", "-s", "-p")
        assert result.exit_code == 1
        assert "exclude each other" in result.output
        assert numbers() == (NEW, NEW, NEW, 0)

    def test_an_unknown_list_does_not_keep_others_waiting(self, mmcore, numbers):
        result = mmcore("digests", "-s", "-l", "nope@example.com", "-l", ANT)
        assert result.exit_code == 0
        assert result.stderr == "No such list: nope@example.com\n"
        assert numbers() == ((1, 2), NEW, NEW, 1)

    def test_a_list_that_goes_meanwhile_is_no_trouble(self, engine, site):
        work = module.Work(engine, "gone.example.com", True, {"send": True})
        assert work(site) == ["gone.example.com is gone"]
