"""Members, their preferences, and pages of them."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from mailmanclient.restbase.page import Page
from mailmanclient.restobjects.member import Member
from mailmanclient.restobjects.preferences import Preferences

from tests.resources.mailmanclient.tour import tours


class TestMembers:
    def test_joining_and_leaving(self, mlist, join):
        member = join("anne@example.com", display_name="Anne Person")
        assert member.email == "anne@example.com"
        assert member.role == "member"
        assert str(member.address) == "anne@example.com"
        assert member.user.display_name == "Anne Person"
        assert mlist.is_member("anne@example.com")
        with pytest.raises(HTTPError) as error:
            join("anne@example.com")
        assert (error.value.code, error.value.reason) == (409, "Member already subscribed")
        mlist.unsubscribe("anne@example.com")
        assert not mlist.is_member("anne@example.com")
        with pytest.raises(ValueError, match="is not a member"):
            mlist.unsubscribe("anne@example.com")

    def test_a_request_that_waits(self, mlist):
        answer = mlist.subscribe("anne@example.com")
        assert answer["token_owner"] == "subscriber"
        assert len(answer["token"]) == 40
        with pytest.raises(HTTPError, match="Subscription request already pending"):
            mlist.subscribe("anne@example.com")

    def test_an_invitation(self, mlist):
        answer = mlist.subscribe("anne@example.com", invitation=True)
        assert answer["token_owner"] == "subscriber"
        mlist.accept_request(answer["token"])
        assert mlist.is_member("anne@example.com")

    def test_leaving_that_waits(self, mlist, join):
        join("anne@example.com")
        answer = mlist.unsubscribe("anne@example.com", pre_confirmed=False)
        assert answer["token_owner"] == "subscriber"

    def test_paging_through_members(self, client, mlist, join):
        names = [f"m{number}@example.com" for number in range(5)]
        for name in names:
            join(name, send_welcome_message=False)
        page = mlist.get_member_page(count=2)
        seen = []
        while True:
            seen.extend(member.email for member in page)
            if not page.has_next:
                break
            page = page.next
        assert seen == names
        assert (page.nr, page.total_size, page.has_previous) == (3, 5, True)
        assert [member.email for member in mlist.members] == names
        assert [member.email for member in client.members] == names
        assert client.get_member_page(2, 1).total_size == 5
        emails = [member.email for member in mlist.get_roster("member", fields=["email"])]
        assert emails == names

    def test_finding(self, client, mlist, join):
        join("anne@example.com")
        mlist.add_owner("anne@example.com", display_name=None)
        mlist.add_moderator("bart@example.com")
        assert [m.role for m in mlist.find_members("anne@example.com")] == ["member", "owner"]
        assert [m.email for m in mlist.find_members(role="moderator")] == ["bart@example.com"]
        page = mlist.find_members(page=1, count=2)
        assert (len(page), page.total_size) == (2, 3)
        assert [m.list_id for m in client.find_lists("anne@example.com")] == ["ant.example.com"]
        assert [m.email for m in mlist.owners] == ["anne@example.com"]
        mlist.remove_moderator("bart@example.com")
        assert mlist.moderators == []
        assert mlist.is_owner("anne@example.com")
        with pytest.raises(HTTPError, match="is already an owner of ant@"):
            mlist.add_owner("anne@example.com")

    def test_preferences_and_options(self, client, mlist, join):
        member = join("anne+x@example.com", delivery_mode="mime_digests")
        assert member.delivery_mode == "mime_digests"
        assert member.moderation_action is None
        member.moderation_action = "hold"
        member.delivery_mode = "regular"
        member.save()
        fresh = mlist.get_member("anne+x@example.com")
        assert (fresh.moderation_action, fresh.delivery_mode) == ("hold", "regular")
        preferences = member.preferences
        preferences["delivery_status"] = "by_user"
        preferences.save()
        assert member.preferences["delivery_status"] == "by_user"
        assert member.preferences["acknowledge_posts"] is None
        user = client.get_user("anne+x@example.com")
        assert [str(address) for address in user.addresses] == ["anne+x@example.com"]
        assert client.get_address("anne+x@example.com").verified_on

    def test_mass_unsubscription(self, mlist, join):
        for name in ("anne", "bart"):
            join(f"{name}@example.com")
        answer = mlist.mass_unsubscribe(["anne@example.com", "nobody@example.com"])
        assert answer["anne@example.com"] is True
        assert answer["nobody@example.com"] is False
        assert [member.email for member in mlist.members] == ["bart@example.com"]


@tours(Member)
def test_a_tour_of_a_member(mlist, join):
    member = join("anne@example.com", display_name="Anne", delivery_status="by_user")
    assert member.self_link.endswith(f"/3.1/members/{member.member_id}")
    assert (member.email, member.list_id, member.role) == (
        "anne@example.com", "ant.example.com", "member",
    )  # fmt: skip
    assert (member.display_name, member.subscription_mode) == ("Anne", "as_address")
    assert (member.delivery_mode, member.moderation_action) == ("regular", None)
    assert (member.bounce_score, member.total_warnings_sent) == (0, 0)
    assert member.last_bounce_received is None
    assert member.last_warning_sent == "0001-01-01T00:00:00"
    assert member.rest_data["role"] == "member"
    assert str(member) == 'Member "anne@example.com" on "ant.example.com"'
    assert member.preferences["delivery_status"] == "by_user"
    member.user.add_address("anne@example.net").verify()
    member.address, member.delivery_mode = "anne@example.net", "mime_digests"
    member.moderation_action = "reject"
    member.save()
    assert str(member.address) == member.email == "anne@example.net"
    assert (member.delivery_mode, member.moderation_action) == ("mime_digests", "reject")
    member.moderation_action = ""
    member.save()
    assert member.moderation_action is None
    assert member.unsubscribe() is None
    join("bart@example.com").delete()
    assert mlist.members == []


def test_a_member_who_leaves_where_moderators_decide(mlist, join):
    mlist.settings["unsubscription_policy"] = "moderate"
    mlist.settings.save()
    assert join("anne@example.com").unsubscribe()["token_owner"] == "moderator"


@tours(Preferences)
def test_a_tour_of_preferences(join):
    preferences = join("anne@example.com").preferences
    assert preferences.keys() == []
    assert preferences.get("delivery_mode", "regular") == "regular"
    flags = ("acknowledge_posts", "hide_address", "receive_list_copy", "receive_own_postings")
    for name in flags:
        assert preferences[name] is None
        preferences[name] = name != "acknowledge_posts"
    preferences.update({"delivery_mode": "mime_digests", "preferred_language": "de"})
    preferences["delivery_status"] = "by_moderator"
    preferences.save()
    assert [preferences[name] for name in flags] == [False, True, True, True]
    assert preferences["delivery_mode"] == "mime_digests"
    assert preferences["delivery_status"] == "by_moderator"
    assert preferences["preferred_language"] == "de"
    assert preferences.rest_data["hide_address"] is True
    preferences.delete()
    assert join("bart@example.com").user.preferences.keys() == []


@tours(Page)
def test_a_tour_of_a_page(mlist, join):
    for name in ("anne", "bart", "cris"):
        join(f"{name}@example.com")
    first = mlist.get_member_page(count=2)
    assert (first.nr, first.total_size, len(first)) == (1, 3, 2)
    assert first.has_next
    assert not first.has_previous
    assert first.previous is None
    second = first.next
    assert (second.nr, second.has_next, second.has_previous) == (2, False, True)
    assert [member.email for member in second] == ["cris@example.com"]
    assert second.previous[0].email == "anne@example.com"
    assert (len(second.next), second.next.total_size) == (0, 3)
