"""Rosters: pages count memberships, also when an address and its user are both subscribed."""

from __future__ import annotations

import pytest


@pytest.fixture
def both(site, mlist, anne):
    """Anne by address and as user, others before and after her."""
    for email in ("aa@example.com", "zz@example.com"):
        mlist.subscribe(site.addresses.add(email))
    mlist.subscribe(anne.user)
    return mlist.members


class TestPages:
    def test_an_address_subscribed_twice_stands_twice(self, both):
        assert both.emails() == [
            "aa@example.com", "aperson@example.com", "aperson@example.com", "zz@example.com",
        ]  # fmt: skip
        assert [member.email for member in both.members()] == both.emails()

    def test_every_membership_is_counted(self, both):
        assert len(both) == 4
        assert len(both.all_ids()) == 4

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
    def test_pages_together_are_everything(self, both, count):
        found = [m for start in range(0, 6, count) for m in both.members(start, count)]
        assert found == both.members()
        assert len(both.members(0, count)) == min(count, 4)

    def test_both_memberships_end_one_by_one(self, both, anne):
        user = anne.user
        anne.unsubscribe()
        [left] = both.memberships("aperson@example.com")
        assert left.user_id == user.user_id
        left.unsubscribe()
        assert both.memberships("aperson@example.com") == []
        assert both.emails() == ["aa@example.com", "zz@example.com"]


class TestGet:
    def test_the_membership_of_the_address_goes_before_its_users(self, both, anne):
        assert both.get("APerson@example.com") is anne
        user = anne.user
        anne.unsubscribe()
        assert both.get("aperson@example.com").user_id == user.user_id

    def test_neighbours_and_the_empty_address_are_nobody(self, both):
        for email in ("", "a@example.com", "aperson@example.co", "aperson@example.comm", "\0"):
            assert both.get(email) is None


class TestREST:
    def test_totals_and_pages_agree(self, api, ant, subscribe, change):
        subscribe("anne@example.com")
        subscribe("bart@example.com")
        with change() as site:
            user = site.users.by_email("anne@example.com")
            user.preferred_address = site.addresses.get("anne@example.com")
            site.lists.get(ant).subscribe(user)
        for path in (
            f"/3.1/lists/{ant}/roster/member?",
            "/3.1/members?",
            f"/3.1/members/find?list_id={ant}&role=member&",
            f"/3.1/members/find?list_id={ant}&",
        ):
            found = []
            for page in (1, 2, 3):
                answer = api.get(f"{path}count=1&page={page}").json
                assert answer["total_size"] == 3
                found += [entry["email"] for entry in answer["entries"]]
            assert found == ["anne@example.com", "anne@example.com", "bart@example.com"]
            assert "entries" not in api.get(f"{path}count=1&page=4").json
