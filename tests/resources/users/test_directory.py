"""The directory of users: creation order and what they are found by."""

from __future__ import annotations

import pytest


@pytest.fixture
def zoe(site):
    user = site.users.make("Zoe@example.com", "Zoë Straße")
    user.link(site.addresses.add("other@example.net", "Fox"))
    return user


class TestFinding:
    @pytest.mark.parametrize("text", ["", "zoë", "STRASSE", "zoe@", "@EXAMPLE.net", "fox"])
    def test_any_part_in_any_case(self, site, zoe, text):
        assert site.users.find(text) == [zoe.user_id]

    @pytest.mark.parametrize("text", ["anne", "straßezoe", "fox\n"])
    def test_nothing_else(self, site, zoe, text):
        assert site.users.find(text) == []

    def test_changes_are_known(self, site, zoe):
        zoe.display_name = "Bea"
        zoe.addresses[1].display_name = "Wolf"
        zoe.unlink(zoe.addresses[0])
        assert [text for text in ("zo", "fox", "bea", "wolf") if site.users.find(text)] == [
            "bea",
            "wolf",
        ]

    def test_who_is_gone_is_not_found(self, site, zoe):
        site.users.remove(zoe)
        assert site.users.find("") == []

    def test_nobody_is_loaded_for_it(self, database, session, site, zoe):
        session.commit()
        session.close()
        connection = database.db.open()
        connection.cacheMinimize()
        users = connection.root()["mmcore"].users
        [user_id] = users.find("fox")
        # None is the state of an object that is not loaded.
        assert users._data[user_id]._p_changed is None
        connection.close()


class TestOldDatabases:
    def test_the_indexes_can_be_made_anew(self, site, zoe):
        anne = site.users.make("anne@example.com")
        anne.is_server_owner = True
        del site.users._directory, site.users._owners, site.addresses._spellings
        site.users.reindex()
        site.addresses.reindex()
        assert site.users.values() == [zoe, anne]
        assert site.users.owners() == [anne]
        assert site.users.find("fox") == [zoe.user_id]
        assert [a.original_email for a in site.addresses.values()] == [
            "Zoe@example.com",
            "anne@example.com",
            "other@example.net",
        ]
