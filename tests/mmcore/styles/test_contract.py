"""What holds for every style."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.mailing_list import ArchivePolicy
from mmcore.interfaces.style import IStyle
from mmcore.interfaces.subscription import SubscriptionPolicy
from resources.lists.settings import LIST_SETTINGS

MODULES = {
    "legacy-announce": "announce",
    "legacy-default": "default",
    "private-default": "private",
}


class TestEveryStyle:
    def test_all_are_found(self, engine):
        assert sorted(engine.styles) == sorted(MODULES)

    @pytest.mark.parametrize("name", MODULES)
    def test_it_keeps_its_promises(self, engine, site, name):
        style = engine.styles[name]
        assert verifyObject(IStyle, style)
        assert style.name == name
        assert type(style).__module__ == f"mmcore.styles.{MODULES[name]}"
        assert style.description.endswith(".")

    @pytest.mark.parametrize("name", MODULES)
    def test_new_list_is_named_after_its_address(self, engine, site, name):
        site.domains.add("example.com")
        mlist = site.lists.add("ant@example.com")
        engine.styles[name].apply(mlist)
        assert mlist.display_name == "Ant"
        assert mlist.subject_prefix == "[Ant] "
        assert mlist.preferred_language == engine.settings.mmcore.default_language


class TestStyles:
    @pytest.fixture
    def styled(self, engine, site):
        site.domains.add("example.com")

        def styled(name):
            mlist = site.lists.add(f"{name}@example.com")
            engine.styles[name].apply(mlist)
            return mlist

        return styled

    def test_default_is_public_discussion(self, styled):
        mlist = styled("legacy-default")
        assert mlist.advertised
        assert mlist.allow_list_posts
        assert mlist.archive_policy is ArchivePolicy.public
        assert mlist.subscription_policy is SubscriptionPolicy.confirm

    def test_default_stores_nothing_but_its_names(self, styled):
        mlist = styled("legacy-default")
        assert LIST_SETTINGS.keys() & vars(mlist).keys() == {"display_name", "subject_prefix"}

    def test_announce_takes_no_posts(self, styled):
        mlist = styled("legacy-announce")
        assert mlist.advertised
        assert not mlist.allow_list_posts

    def test_private_is_hidden_and_moderated(self, styled):
        mlist = styled("private-default")
        assert not mlist.advertised
        assert mlist.allow_list_posts
        assert mlist.archive_policy is ArchivePolicy.private
        assert mlist.subscription_policy is SubscriptionPolicy.confirm_then_moderate
