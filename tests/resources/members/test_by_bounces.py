"""Members who get no mail because it came back stand in an index."""

from __future__ import annotations

from datetime import datetime

import pytest

from mmcore.interfaces.member import DeliveryStatus, Disabled, MemberRole
from resources.check import problems


def known(site):
    return list(site.members.disabled_by_bounces())


class TestByBounces:
    @pytest.fixture
    def disabled(self, anne):
        anne.preferences.delivery_status = DeliveryStatus.by_bounces
        return anne

    def test_whoever_is_switched_off_for_it_stands_there(self, site, disabled):
        assert known(site) == [Disabled(disabled.member_id, disabled.list_id, datetime.min, 0)]

    def test_it_says_when_there_was_a_warning(self, site, disabled):
        disabled.last_warning_sent = datetime(2026, 3, 1, 9, 0, 0, 5)
        disabled.total_warnings_sent = 2
        assert known(site) == [
            Disabled(disabled.member_id, disabled.list_id, datetime(2026, 3, 1, 9, 0, 0, 5), 2)
        ]

    @pytest.mark.parametrize("status", [DeliveryStatus.enabled, DeliveryStatus.by_user, None])
    def test_whoever_is_switched_on_again_begins_anew(self, site, disabled, status):
        disabled.bounce_score, disabled.total_warnings_sent = 3, 2
        disabled.last_warning_sent = datetime(2026, 3, 1)
        disabled.preferences.delivery_status = status
        assert known(site) == []
        assert (disabled.bounce_score, disabled.total_warnings_sent) == (0, 0)
        assert disabled.last_warning_sent == datetime.min

    def test_also_when_all_preferences_are_forgotten(self, site, disabled):
        disabled.preferences.clear()
        assert known(site) == []

    def test_nobody_else_is_changed_by_that(self, anne):
        anne.bounce_score = 3
        anne.preferences.delivery_status = DeliveryStatus.by_user
        anne.preferences.delivery_status = DeliveryStatus.enabled
        assert anne.bounce_score == 3

    def test_what_addresses_and_users_say_does_not_count(self, site, anne):
        anne.address.preferences.delivery_status = DeliveryStatus.by_bounces
        anne.user.preferences.delivery_status = DeliveryStatus.by_bounces
        assert known(site) == []

    def test_owners_and_strangers_are_not_warned(self, site, mlist):
        for role in set(MemberRole) - {MemberRole.member}:
            member = mlist.subscribe(site.addresses.add(f"{role.name}@example.com"), role)
            member.preferences.delivery_status = DeliveryStatus.by_bounces
        assert known(site) == []

    def test_whoever_leaves_leaves_it(self, site, disabled):
        disabled.unsubscribe()
        assert known(site) == []

    def test_it_goes_with_its_list(self, site, mlist, disabled):
        site.lists.remove(mlist)
        assert known(site) == []

    def test_another_address_makes_no_difference(self, site, disabled):
        address = site.addresses.add("anne@example.org")
        disabled.user.link(address)
        disabled.move(address)
        assert [row.member_id for row in known(site)] == [disabled.member_id]

    def test_it_can_be_made_anew(self, site, disabled):
        before = known(site)
        site.members._by_bounces = None
        site.members.reindex()
        assert known(site) == before

    @pytest.mark.unsound
    def test_damage_is_found(self, site, disabled):
        site.members.by_bounces.clear()
        assert any("by bounces" in problem for problem in problems(site))
