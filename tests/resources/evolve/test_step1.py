"""Step 1, on a database that the release before it has written."""

from __future__ import annotations

import gzip

import pytest
import ZODB
from transaction import TransactionManager
from ZODB.FileStorage import FileStorage

from mmcore.database import ROOT_KEY
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from resources.check import problems
from resources.evolve.steps import STEPS, evolve
from tests.support.engine import ROOT

OLD = ROOT / "tests/data/databases/schema0.fs.gz"


@pytest.fixture
def old(tmp_path):
    """The old database, opened; (site, transaction manager)."""
    path = tmp_path / "Data.fs"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    db = ZODB.DB(FileStorage(str(path)))
    manager = TransactionManager(explicit=True)
    connection = db.open(manager)
    manager.begin()
    yield connection.root()[ROOT_KEY], manager
    if manager._txn is not None:
        manager.abort()
    connection.close()
    db.close()


class TestStep1:
    def test_afterwards_everything_is_sound(self, old):
        site, manager = old
        assert site.schema_version == 0
        assert evolve(site, manager, {1: STEPS[1]}) == 1
        manager.begin()
        # What later steps bring is looked at, too.
        evolve(site, manager)
        manager.begin()
        assert problems(site) == []

    def test_it_may_run_twice(self, old):
        site, _ = old
        STEPS[1](site)
        for number in sorted(STEPS):
            STEPS[number](site)
        assert problems(site) == []

    def test_rosters_know_what_they_list(self, old):
        site, _ = old
        STEPS[1](site)
        ant = site.lists.get("ant.example.com")
        found = {entry.email: entry for entry in ant.members.entries()}
        assert list(found) == [f"{name}@example.com" for name in ("anne", "bart", "cris", "dora",
                                                                  "elle")]  # fmt: skip
        assert found["anne@example.com"].display_name == "Anne"
        assert found["bart@example.com"].delivery_status is DeliveryStatus.by_user
        assert found["cris@example.com"].delivery_mode is DeliveryMode.mime_digests
        assert found["dora@example.com"].bounce_score == 3
        assert list(ant.regular_recipients()) == [
            f"{name}@example.com" for name in ("anne", "dora", "elle")
        ]

    def test_a_user_without_a_preferred_address_goes_by_another(self, old):
        site, _ = old
        STEPS[1](site)
        bee = site.lists.get("bee.example.com")
        [owner] = bee.roster(MemberRole.owner).entries()
        assert (owner.email, owner.as_user) == ("elle@example.com", True)

    def test_who_has_lost_every_address_is_no_member_any_more(self, old):
        site, _ = old
        [flo] = [user for user in site.users._data.values() if user.display_name == "Flo"]
        before = len(site.members)
        STEPS[1](site)
        assert (flo.emails, flo.member_ids) == ((), ())
        assert len(site.members) == before - 1

    def test_users_requests_and_held_messages_are_found(self, old):
        site, _ = old
        STEPS[1](site)
        assert [user.display_name for user in site.users.owners()] == ["Anne"]
        assert [user.display_name for user in site.users.values()] == [
            "Anne", "Bart", "Cris", "Dora", "Elle", "Flo",
        ]  # fmt: skip
        assert len(site.pendings.requests("ant.example.com", "subscription")) == 1
        assert [held.request_id for held in site.held.of_list("bee.example.com")] == [2]
        assert site.addresses.values()[0].original_email == "Anne@example.com"
