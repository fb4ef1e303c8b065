"""Step 2, on a database that an older release has written."""

from __future__ import annotations

from mmcore.interfaces.member import DeliveryMode
from resources.check import problems
from resources.evolve.steps import CURRENT_VERSION, STEPS, evolve
from resources.root import CONTAINERS
from tests.resources.evolve.test_step1 import old

__all__ = ["old"]


class TestStep2:
    def test_every_container_is_there_afterwards(self, old):
        site, manager = old
        site._p_activate()
        assert "digests" not in site.__dict__
        assert evolve(site, manager) == CURRENT_VERSION
        manager.begin()
        for name in CONTAINERS:
            assert site[name].__parent__ is site
            assert site[name].__name__ == name
        assert problems(site) == []

    def test_the_site_has_a_secret_that_stays(self, old):
        site, manager = old
        evolve(site, manager)
        manager.begin()
        secret = site.secret
        assert len(secret) == 32
        STEPS[2](site)
        assert site.secret == secret

    def test_who_gets_digests_is_known(self, old):
        site, manager = old
        evolve(site, manager)
        manager.begin()
        ant = site.lists.get("ant.example.com")
        assert list(ant.digest_recipients()) == [("Cris@example.com", DeliveryMode.mime_digests)]

    def test_it_may_run_twice_and_keeps_what_there_is(self, old):
        site, manager = old
        evolve(site, manager)
        manager.begin()
        digests, ant = site.digests, site.lists.get("ant.example.com")
        ant.members._digest_readers = None
        STEPS[2](site)
        assert site.digests is digests
        assert len(list(ant.digest_recipients())) == 1
        assert problems(site) == []

    def test_lists_that_get_news_are_known(self, old):
        site, manager = old
        evolve(site, manager)
        manager.begin()
        ant = site.lists.get("ant.example.com")
        # As an older release has stored it.
        ant.__dict__["gateway_to_mail"] = True
        assert site.lists.fed_by_news() == []
        STEPS[2](site)
        assert site.lists.fed_by_news() == [ant]
        assert problems(site) == []
