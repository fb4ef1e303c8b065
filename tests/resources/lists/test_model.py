"""Lists: names, addresses, settings, subscribing, and what goes with them."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.domain import BadDomainSpecificationError
from mmcore.interfaces.mailing_list import IMailingList, ListAlreadyExistsError
from mmcore.interfaces.member import (
    AlreadySubscribedError,
    MemberRole,
    MembershipIsBannedError,
    PostingAddressError,
)
from mmcore.interfaces.user import MissingPreferredAddressError
from resources.lists.model import PostCounter
from resources.lists.settings import LIST_SETTINGS


class TestCreation:
    def test_a_list_is_found_by_id_and_by_posting_address_in_any_case(self, site, mlist):
        assert IMailingList.providedBy(mlist)
        assert mlist.list_id == "test.example.com"
        for spec in ("test.example.com", "test@example.com", "Test@Example.COM"):
            assert site.lists.get(spec) is mlist
            assert site.lists[spec] is mlist
        assert site.lists.list_id_of("test@example.com") == "test.example.com"
        assert site.lists.get("other@example.com") is None
        with pytest.raises(KeyError):
            site.lists["other.example.com"]

    def test_names_are_lower_cased(self, site, mlist):
        assert site.lists.add("LOUD@example.com").posting_address == "loud@example.com"

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("test@example.com", ListAlreadyExistsError),
            ("nowhere@example.org", BadDomainSpecificationError),
            ("not an address", InvalidEmailAddressError),
        ],
    )
    def test_what_cannot_be_a_list_is_refused(self, site, mlist, name, error):
        with pytest.raises(error):
            site.lists.add(name)
        assert len(site.lists) == 1

    def test_lists_of_the_same_name_in_two_domains_are_independent(self, site, mlist):
        site.domains.add("example.org")
        other = site.lists.add("test@example.org")
        other.description = "other"
        assert mlist.description == ""
        assert site.lists.of_host("example.org") == [other]
        assert site.lists.of_host("example.com") == [mlist]
        assert site.lists.of_host("example.net") == []


class TestSettings:
    def test_defaults_cost_nothing(self, site, mlist):
        stored = set(mlist.__getstate__())
        assert stored & set(LIST_SETTINGS) == {"display_name", "subject_prefix"}

    def test_a_setting_is_stored_only_while_it_differs(self, mlist):
        mlist.emergency = True
        assert mlist.__getstate__()["emergency"] is True
        mlist.emergency = False
        assert "emergency" not in mlist.__getstate__()
        assert mlist.emergency is False

    def test_zero_is_not_false(self, mlist):
        mlist.emergency = 0
        assert mlist.emergency == 0
        assert type(mlist.emergency) is int

    def test_lists_of_values_become_tuples(self, mlist):
        mlist.filter_types = ["text/html"]
        assert mlist.filter_types == ("text/html",)

    def test_a_default_can_be_restored_on_an_object_not_loaded_yet(self, session, mlist):
        mlist.max_message_size = 100
        session.commit()
        mlist._p_deactivate()
        session.begin()
        mlist.max_message_size = 40
        session.commit()
        session.begin()
        mlist._p_deactivate()
        assert mlist.max_message_size == 40

    def test_all_defaults_can_be_stored_and_shared(self):
        for name, default in LIST_SETTINGS.items():
            assert pickle.loads(pickle.dumps(default)) == default, name
            assert not isinstance(default, list | dict | set), name
        assert LIST_SETTINGS["autoresponse_grace_period"] == timedelta(days=90)


class TestSubscribing:
    def test_by_address_and_by_user_are_two_memberships(self, mlist, anne):
        user = anne.user
        both = mlist.subscribe(user)
        assert len(mlist.members) == 2
        assert {m.subscription_mode.name for m in mlist.members.members()} == {
            "as_address", "as_user",
        }  # fmt: skip
        assert list(mlist.regular_recipients()) == ["aperson@example.com"]
        both.unsubscribe()
        assert list(mlist.regular_recipients()) == ["aperson@example.com"]
        anne.unsubscribe()
        assert list(mlist.regular_recipients()) == []
        assert len(mlist.members) == 0

    def test_twice_in_one_role_is_refused_but_not_in_another(self, mlist, anne):
        with pytest.raises(AlreadySubscribedError, match="already an member of test@example"):
            mlist.subscribe(anne.address)
        owner = mlist.subscribe(anne.address, MemberRole.owner)
        assert owner.moderation_action.name == "accept"
        assert anne.moderation_action is None
        assert [len(mlist.roster(role)) for role in MemberRole] == [1, 1, 0, 0]

    def test_the_posting_address_is_refused_except_as_nonmember(self, site, mlist):
        address = site.addresses.add("test@example.com")
        for role in (MemberRole.member, MemberRole.owner, MemberRole.moderator):
            with pytest.raises(PostingAddressError):
                mlist.subscribe(address, role)
        mlist.subscribe(address, MemberRole.nonmember)

    @pytest.mark.parametrize("where", ["list", "site"])
    @pytest.mark.parametrize("entry", ["Bart@Example.com", "^b.*@example"])
    def test_the_banned_are_refused(self, site, mlist, where, entry):
        (mlist if where == "list" else site).bans.add(entry)
        address = site.addresses.add("bart@example.com")
        with pytest.raises(MembershipIsBannedError):
            mlist.subscribe(address)

    def test_a_user_without_preferred_address_is_refused(self, site, mlist):
        with pytest.raises(MissingPreferredAddressError):
            mlist.subscribe(site.users.make("bart@example.com"))

    def test_a_member_is_found_by_any_address_of_the_user(self, site, mlist, anne):
        anne.user.link(site.addresses.add("anne@elsewhere.example.com"))
        assert mlist.find_member("anne@elsewhere.example.com") is anne
        assert mlist.find_member("APERSON@example.com") is anne
        assert mlist.find_member("nobody@example.com") is None
        assert mlist.find_member("") is None


class TestRemoval:
    def test_everything_that_belongs_to_the_list_goes_and_people_stay(self, site, mlist, anne):
        bart = site.users.make("bart@example.com")
        mlist.subscribe(site.addresses.get("bart@example.com"), MemberRole.nonmember)
        site.pendings.add({"list_id": mlist.list_id}, timedelta(days=1))
        user = anne.user
        mlist.subscribe(user)
        # Its address in effect is gone, the membership is not.
        user.preferred_address = None
        site.lists.remove(mlist)
        assert (len(site.lists), len(site.members), len(site.pendings)) == (0, 0, 0)
        assert site.lists.list_id_of("test@example.com") is None
        assert site.lists.of_host("example.com") == []
        assert user.member_ids == site.addresses.get("aperson@example.com").member_ids == ()
        assert site.users.by_email("bart@example.com") is bart

    def test_a_domain_takes_its_lists_along(self, site, mlist, anne):
        site.domains.remove(site.domains.get("example.com"))
        assert (len(site.lists), len(site.members), len(site.domains)) == (0, 0, 0)


class TestPostCounter:
    def test_posts_are_counted_apart_from_the_list(self, session, mlist):
        session.commit()
        session.begin()
        mlist.count_post()
        assert mlist.post_id == 2
        assert mlist.last_post_at is not None
        assert not mlist._p_changed

    def test_posts_at_once_are_all_counted(self, database, session, mlist):
        session.commit()
        one, two = database.session(), database.session()
        one.begin().lists["test.example.com"].count_post()
        two.begin().lists["test.example.com"].count_post()
        one.commit()
        two.commit()
        assert one.begin().lists["test.example.com"].post_id == 3
        one.close()
        two.close()

    def test_the_later_time_wins(self):
        counter = PostCounter()
        old = {"next_id": 1, "last_at": None}
        first, second = {"next_id": 2, "last_at": 5}, {"next_id": 2, "last_at": 3}
        assert counter._p_resolveConflict(old, first, second) == {"next_id": 3, "last_at": 5}
