"""Template URIs in the tree: stored only where some are set, gone with what they are for."""

from __future__ import annotations

import pytest
from transaction.interfaces import TransientError

from mmcore.interfaces.template import TEMPLATE_NAMES, ITemplateURIs, TemplateCredentialsError
from resources.check import problems

WELCOME = "list:user:notice:welcome"
GOODBYE = "list:user:notice:goodbye"


class TestTemplateURIs:
    def test_a_level_without_templates_stores_nothing(self, site, mlist):
        for level in (site, mlist.domain, mlist):
            assert len(level.uris) == 0
            assert level.uris.values() == []
            assert ITemplateURIs.providedBy(level.uris)
            level.uris.remove(WELCOME)
            level.uris.clear()
            assert level._uris is None

    def test_what_is_set_is_there_and_at_this_level_only(self, site, mlist):
        mlist.uris.set(WELCOME, "http://a/", "anne", "secret")
        template = mlist.uris.get(WELCOME)
        assert template[:4] == (WELCOME, "http://a/", "anne", "secret")
        assert site.uris.get(WELCOME) is None
        assert mlist.domain.uris.get(WELCOME) is None

    def test_setting_it_anew_forgets_credentials_and_changes_the_revision(self, mlist):
        mlist.uris.set(WELCOME, "http://a/", "anne", "secret")
        old = mlist.uris.get(WELCOME)
        mlist.uris.set(WELCOME, "http://a/")
        new = mlist.uris.get(WELCOME)
        assert new[:4] == (WELCOME, "http://a/", "", "")
        assert new.revision != old.revision

    def test_credentials_come_in_pairs(self, mlist):
        for pair in (("anne", ""), ("", "secret")):
            with pytest.raises(TemplateCredentialsError):
                mlist.uris.set(WELCOME, "http://a/", *pair)

    def test_blank_ones_are_removed(self, mlist):
        mlist.uris.set(WELCOME, "http://a/")
        mlist.uris.set(WELCOME, "")
        assert mlist.uris.get(WELCOME) is None

    def test_they_are_sorted_by_name(self, mlist):
        mlist.uris.set(WELCOME, "http://a/")
        mlist.uris.set(GOODBYE, "http://b/")
        assert [template.name for template in mlist.uris.values()] == [GOODBYE, WELCOME]
        assert [template.name for template in mlist.uris.values(1, 5)] == [WELCOME]

    def test_the_nearest_comes_first(self, site, mlist):
        for level, uri in ((site, "s:"), (mlist.domain, "d:"), (mlist, "l:")):
            level.uris.set(WELCOME, uri)
        assert [template.uri for template in mlist.template_uris(WELCOME)] == ["l:", "d:", "s:"]
        assert [template.uri for template in mlist.domain.template_uris(WELCOME)] == ["d:", "s:"]
        assert [template.uri for template in site.template_uris(WELCOME)] == ["s:"]
        assert list(mlist.template_uris(GOODBYE)) == []

    @pytest.mark.parametrize("already", [False, True])
    def test_two_at_once_are_a_conflict_and_not_a_loss(self, database, session, mlist, already):
        if already:
            mlist.uris.set(WELCOME, "http://a/")
        session.commit()
        other = database.session()
        session.begin().lists[mlist.list_id].uris.set(GOODBYE, "http://b/")
        other.begin().lists[mlist.list_id].uris.set("list:user:notice:post", "http://b/")
        other.commit()
        other.close()
        with pytest.raises(TransientError):
            session.commit()

    def test_all_names_but_one_are_for_lists(self, site, mlist):
        assert len(set(TEMPLATE_NAMES)) == len(TEMPLATE_NAMES) == 28 + 4
        assert site.template_names == mlist.domain.template_names == TEMPLATE_NAMES
        assert set(TEMPLATE_NAMES) - set(mlist.template_names) == {"domain:admin:notice:new-list"}


class TestCheck:
    def test_what_is_set_where_it_belongs_is_no_problem(self, site, mlist):
        mlist.uris.set(WELCOME, "http://a/")
        assert problems(site) == []

    @pytest.mark.unsound
    def test_other_parents_and_names_are(self, site, mlist):
        mlist.uris.set("domain:admin:notice:new-list", "http://a/")
        site.uris.set(WELCOME, "http://a/")
        site._uris.__parent__ = mlist
        found = problems(site)
        assert len(found) == 2
        assert "another parent" in found[0]
        assert "domain:admin:notice:new-list" in found[1]
