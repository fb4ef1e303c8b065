"""Memberships: preferences as they resolve, and indexes that stay true."""

from __future__ import annotations

import pytest

from mmcore.interfaces.address import UnverifiedAddressError
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus


@pytest.fixture
def recipients(mlist):
    return lambda: list(mlist.regular_recipients())


class TestPreferences:
    def test_nobody_saying_anything_leaves_the_sites_defaults(self, anne):
        assert anne.delivery_mode is DeliveryMode.regular
        assert anne.delivery_status is DeliveryStatus.enabled
        assert (anne.acknowledge_posts, anne.receive_list_copy, anne.receive_own_postings) == (
            False, True, True,
        )  # fmt: skip
        assert anne.preferred_language == "en"

    def test_member_goes_before_address_before_user_before_list(self, mlist, anne):
        mlist.preferred_language = "de"
        assert anne.preferred_language == "de"
        anne.user.preferences.preferred_language = "fr"
        assert anne.preferred_language == "fr"
        anne.address.preferences.preferred_language = "es"
        assert anne.preferred_language == "es"
        anne.preferences.preferred_language = "ja"
        assert anne.preferred_language == "ja"
        anne.preferences.clear()
        assert anne.preferred_language == "es"

    def test_false_is_an_answer(self, anne):
        anne.user.preferences.receive_own_postings = True
        anne.preferences.receive_own_postings = False
        assert anne.receive_own_postings is False

    @pytest.mark.parametrize("level", ["member", "address", "user"])
    def test_a_change_at_any_level_moves_the_member_in_the_index(self, anne, recipients, level):
        holder = {"member": anne, "address": anne.address, "user": anne.user}[level]
        assert recipients() == ["aperson@example.com"]
        holder.preferences.delivery_status = DeliveryStatus.by_user
        assert recipients() == []
        holder.preferences.delivery_status = None
        assert recipients() == ["aperson@example.com"]
        holder.preferences.delivery_mode = DeliveryMode.mime_digests
        assert recipients() == []
        holder.preferences.clear()
        assert recipients() == ["aperson@example.com"]

    def test_an_address_without_preferences_stores_no_object_for_them(self, anne):
        assert anne._preferences is None
        assert anne.preference("delivery_mode") is None
        assert anne._preferences is None

    def test_linking_an_address_brings_the_users_preferences(self, site, mlist, recipients):
        bart = site.addresses.add("bart@example.com")
        mlist.subscribe(bart)
        user = site.users.add("Bart")
        user.preferences.delivery_status = DeliveryStatus.by_user
        user.link(bart)
        assert recipients() == []
        user.unlink(bart)
        assert recipients() == ["bart@example.com"]


class TestAddressInEffect:
    def test_a_users_membership_follows_the_preferred_address(self, site, mlist, anne, recipients):
        user = anne.user
        anne.unsubscribe()
        member = mlist.subscribe(user)
        other = site.addresses.add("anne@elsewhere.example.com")
        user.link(other)
        with pytest.raises(UnverifiedAddressError):
            user.preferred_address = other
        other.verify()
        user.preferred_address = other
        assert member.email == "anne@elsewhere.example.com"
        assert mlist.members.get("anne@elsewhere.example.com") is member
        assert mlist.members.get("aperson@example.com") is None
        assert recipients() == ["anne@elsewhere.example.com"]

    def test_without_a_preferred_address_it_goes_by_another_of_the_user(self, site, mlist, anne):
        user = anne.user
        anne.unsubscribe()
        member = mlist.subscribe(user)
        other = site.addresses.add("anne@elsewhere.example.com")
        user.link(other)
        user.preferred_address = None
        assert member.email == "aperson@example.com"
        assert mlist.members.members() == [member]
        user.unlink(member.address)
        assert member.email == "anne@elsewhere.example.com"
        assert mlist.members.emails() == ["anne@elsewhere.example.com"]

    def test_a_membership_can_move_to_another_address(self, site, mlist, anne, recipients):
        other = site.addresses.add("anne@elsewhere.example.com")
        before = anne.address
        anne.move(other)
        assert before.member_ids == ()
        assert other.member_ids == (anne.member_id,)
        assert recipients() == ["anne@elsewhere.example.com"]

    def test_the_display_name_is_that_of_the_subscribed(self, site, mlist, anne):
        assert anne.display_name == "Anne Person"
        bart = site.users.make("bart@example.com")
        bart.display_name = "Bart"
        member = mlist.subscribe(site.addresses.get("bart@example.com"))
        assert member.display_name == "Bart"
        site.addresses.get("bart@example.com").display_name = "Bartholomew"
        assert member.display_name == "Bartholomew"


class TestRoster:
    def test_pages_are_in_the_order_of_addresses(self, site, mlist):
        names = [f"m{number:03d}@example.com" for number in range(250)]
        for name in reversed(names):
            mlist.subscribe(site.addresses.add(name))
        assert mlist.members.emails() == names
        assert mlist.members.emails(100, 7) == names[100:107]
        assert [m.email for m in mlist.members.members(240, 50)] == names[240:]
        assert mlist.members.emails(1000, 10) == []
        assert len(mlist.members) == 250
