"""Bans by address and by pattern."""

from __future__ import annotations

import pytest

from mmcore.interfaces.ban import AlreadyBannedError, IBans, NotBannedError
from mmcore.services.patterns import PatternError
from resources.bans.model import Bans


class TestBans:
    def test_addresses_match_in_any_case_and_patterns_at_the_start(self):
        bans = Bans()
        bans.add("Anne@Example.com")
        bans.add("^bad")
        assert bans.matches("ANNE@example.COM")
        assert bans.matches("Badger@example.com")
        assert not bans.matches("not.bad@example.com")
        bans.remove("anne@EXAMPLE.com")
        assert not bans.matches("anne@example.com")

    def test_entries_are_shown_as_they_were_written_in_the_order_of_their_signs(self):
        bans = Bans()
        for entry in ("bart@example.com", "^bad", "Cate@example.com", "0@example.com"):
            bans.add(entry)
        assert list(bans) == ["0@example.com", "Cate@example.com", "^bad", "bart@example.com"]
        assert len(bans) == 4
        bans.remove("cate@example.com")
        bans.add("cate@example.com")
        assert "Cate@example.com" not in list(bans)

    def test_no_bans_are_bans_too(self):
        assert Bans()
        assert IBans.providedBy(Bans())

    def test_a_broken_pattern_is_refused(self):
        with pytest.raises(PatternError):
            Bans().add("^(")

    @pytest.mark.parametrize("entry", ["anne@example.com", "^a", "^anne@example.com"])
    def test_what_is_no_entry_cannot_be_removed(self, entry):
        bans = Bans()
        bans.add("^.*")
        with pytest.raises(NotBannedError):
            bans.remove(entry)

    def test_a_pattern_is_itself_in_its_own_case_only(self):
        bans = Bans()
        bans.add(r"^\S+@example")
        assert bans.has(r"^\S+@example")
        assert not bans.has(r"^\s+@example")

    def test_many_are_no_burden(self):
        bans = Bans()
        for number in range(5000):
            bans.add(f"person{number}@example.com")
        for number in range(500):
            bans.add(f"^.*{number}@spam.example")
        assert bans.matches("PERSON4999@example.com")
        assert bans.matches("x499@spam.example.com")
        assert not bans.matches("person5000@example.com")


class TestScopes:
    def test_nothing_is_stored_before_the_first_entry(self, session, site, mlist):
        session.commit()
        session.begin()
        assert not mlist.is_banned("anne@example.com")
        assert list(mlist.bans) == list(site.bans) == []
        assert not session.connection._registered_objects
        mlist.bans.add("anne@example.com")
        assert mlist.bans.has("anne@example.com")

    @pytest.mark.parametrize("entry", ["anne@example.com", "^anne"])
    def test_bans_of_the_site_hold_on_lists_not_the_other_way(self, site, mlist, entry):
        mlist.bans.add(entry)
        assert mlist.is_banned("Anne@example.com")
        assert not site.is_banned("anne@example.com")
        mlist.bans.remove(entry)
        site.bans.add(entry)
        assert mlist.is_banned("anne@example.com")

    def test_a_second_ban_of_the_same_is_refused(self, site, mlist):
        site.bans.ban("^anne")
        for scope in (site, mlist):
            with pytest.raises(AlreadyBannedError):
                scope.bans.ban("anne@example.com")
            with pytest.raises(AlreadyBannedError):
                scope.bans.ban("^anne")
        mlist.bans.ban("bart@example.com")
        site.bans.ban("bart@example.com")

    def test_they_survive_the_database(self, session, site, mlist):
        mlist.bans.add("Anne@example.com")
        site.bans.add("^bart")
        session.commit()
        session.begin()
        session.connection.cacheMinimize()
        mlist = session.site.lists.get(mlist.list_id)
        assert list(mlist.bans) == ["Anne@example.com"]
        assert mlist.is_banned("bart@example.com")
