"""Which archivers a list uses."""

from __future__ import annotations

import pytest

from mmcore.services.archivers import archivers_of, enabled_archivers, set_archivers


@pytest.fixture
def archivers(engine):
    """The site's sections; prototype and mhonarc are enabled."""
    found = engine.settings.archivers
    found["prototype"].enable = found["mhonarc"].enable = True
    return found


class TestArchivers:
    def test_none_is_enabled_at_first(self, engine, mlist):
        assert enabled_archivers(engine) == []
        assert archivers_of(engine, mlist) == {}

    def test_a_list_takes_over_the_word_of_the_site(self, engine, mlist, archivers):
        expected = {"mhonarc": True, "prototype": True}
        assert archivers_of(engine, mlist) == expected
        assert list(archivers_of(engine, mlist)) == enabled_archivers(engine) == sorted(expected)

    def test_what_it_has_known_as_disabled_stays_so(self, engine, mlist, archivers):
        archivers_of(engine, mlist)
        archivers["mail-archive"].enable = True
        assert archivers_of(engine, mlist)["mail-archive"] is False

    def test_the_site_has_the_last_word(self, engine, mlist, archivers):
        set_archivers(engine, mlist, {"prototype": True})
        archivers["prototype"].enable = False
        assert archivers_of(engine, mlist) == {"mhonarc": True}
        archivers["prototype"].enable = True
        assert archivers_of(engine, mlist)["prototype"] is True

    def test_each_list_has_its_own_word(self, engine, site, mlist, archivers):
        other = site.lists.add("other@example.com")
        set_archivers(engine, mlist, {"prototype": False})
        assert archivers_of(engine, mlist) == {"mhonarc": True, "prototype": False}
        assert archivers_of(engine, other) == {"mhonarc": True, "prototype": True}

    def test_reading_writes_once(self, engine, session, mlist, archivers):
        archivers_of(engine, mlist)
        session.commit()
        session.begin()
        archivers_of(engine, mlist)
        assert not session.connection._registered_objects
