from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from resources.topics.model import Topic

POST = "From: b@example.com\n\nHi.\n"


class TestMemberRecipients:
    def test_members_get_the_post_in_order(self, handle, member):
        for email in ("c@example.com", "B@example.com", "a@example.com"):
            member(email)
        assert handle("member-recipients", POST)[1]["recipients"] == [
            "a@example.com", "b@example.com", "c@example.com",
        ]  # fmt: skip

    def test_list_without_members_has_no_recipients(self, handle):
        assert handle("member-recipients", POST)[1]["recipients"] == []

    def test_recipients_that_are_known_stay(self, handle, member):
        member("a@example.com")
        assert handle("member-recipients", POST, recipients=[])[1] == {"recipients": []}

    @pytest.mark.parametrize(
        "preferences",
        [
            {"delivery_mode": DeliveryMode.mime_digests},
            {"delivery_mode": DeliveryMode.plaintext_digests},
            {"delivery_mode": DeliveryMode.summary_digests},
            {"delivery_status": DeliveryStatus.by_user},
            {"delivery_status": DeliveryStatus.by_bounces},
            {"delivery_status": DeliveryStatus.by_moderator},
            {"delivery_status": DeliveryStatus.unknown},
        ],
    )
    def test_members_without_regular_delivery_do_not(self, handle, member, preferences):
        member("a@example.com", **preferences)
        member("b@example.com")
        assert handle("member-recipients", POST)[1]["recipients"] == ["b@example.com"]

    def test_nobody_asks_whether_addresses_are_verified(self, handle, member, site):
        member("a@example.com")
        assert site.addresses.get("a@example.com").verified_on is None
        assert handle("member-recipients", POST)[1]["recipients"] == ["a@example.com"]

    def test_preferences_of_the_user_count_where_the_member_has_none(self, handle, member, site):
        member("a@example.com")
        member("b@example.com", delivery_status=DeliveryStatus.enabled)
        for email in ("a@example.com", "b@example.com"):
            user = site.users.by_email(email)
            user.preferences.delivery_status = DeliveryStatus.by_user
        assert handle("member-recipients", POST)[1]["recipients"] == ["b@example.com"]

    def test_who_joined_as_a_person_gets_it_at_the_preferred_address(self, handle, site, mlist):
        user = site.users.make("a@example.com")
        address = site.addresses.get("a@example.com")
        address.verify()
        user.preferred_address = address
        mlist.subscribe(user)
        other = site.addresses.add("z@example.com")
        user.link(other)
        other.verify()
        assert handle("member-recipients", POST)[1]["recipients"] == ["a@example.com"]
        user.preferred_address = other
        assert handle("member-recipients", POST)[1]["recipients"] == ["z@example.com"]

    def test_owners_and_strangers_do_not(self, handle, member):
        member("a@example.com", MemberRole.owner)
        member("b@example.com", MemberRole.nonmember)
        assert handle("member-recipients", POST)[1]["recipients"] == []

    def test_sender_who_wants_no_copy_gets_none(self, handle, member):
        member("a@example.com")
        member("b@example.com", receive_own_postings=False)
        assert handle("member-recipients", POST)[1]["recipients"] == ["a@example.com"]

    def test_sender_is_known_in_any_letter_case(self, handle, member):
        member("b@example.com", receive_own_postings=False)
        for sender in (
            "B@EXAMPLE.com",
            '"B, Person" <b@Example.COM>',
            "=?utf-8?q?B?= <B@example.com>",
        ):
            assert handle("member-recipients", f"From: {sender}\n\n")[1]["recipients"] == []

    def test_others_who_want_no_copy_of_their_own_posts_get_this_one(self, handle, member):
        member("a@example.com", receive_own_postings=False)
        assert handle("member-recipients", POST)[1]["recipients"] == ["a@example.com"]

    @pytest.mark.parametrize("value", ["yes", "wrong password", ""])
    def test_urgent_is_not_heard(self, handle, member, value):
        member("a@example.com")
        member("c@example.com", delivery_mode=DeliveryMode.mime_digests)
        _msg, msgdata = handle("member-recipients", f"Urgent: {value}\n{POST}")
        assert msgdata["recipients"] == ["a@example.com"]

    def test_sender_in_digests_does_not_push_anybody_out(self, handle, member):
        member("c@example.com")
        member(
            "b@example.com",
            receive_own_postings=False,
            delivery_mode=DeliveryMode.mime_digests,
        )
        assert handle("member-recipients", POST)[1]["recipients"] == ["c@example.com"]


class TestTopics:
    @pytest.fixture
    def topics(self, mlist):
        mlist.topics_enabled = True
        mlist.set_topics([Topic("ants", "ants"), Topic("bees", "bees")])
        return mlist

    @pytest.fixture
    def recipients(self, handle, member, topics):
        for name, chosen in (("a", None), ("c", (["ants"], False)), ("b", (["bees"], True))):
            membership = member(f"{name}@example.com")
            if chosen:
                membership.choose_topics(*chosen)

        def recipients(**msgdata):
            found = handle("member-recipients", POST, **msgdata)[1]["recipients"]
            return "".join(email[0] for email in found)

        return recipients

    @pytest.mark.parametrize(
        ("hits", "who"),
        [([], "ab"), (["ants"], "ac"), (["bees"], "ab"), (["ants", "bees"], "abc")],
    )
    def test_members_get_what_they_have_chosen(self, recipients, hits, who):
        assert recipients(topichits=hits) == who

    def test_where_nobody_has_looked_for_topics_all_get_it(self, recipients):
        assert recipients() == "abc"

    def test_so_do_they_when_topics_are_off(self, recipients, topics):
        topics.topics_enabled = False
        assert recipients(topichits=[]) == "abc"

    def test_who_wrote_and_wants_no_copy_gets_none(self, recipients, topics):
        topics.members.get("b@example.com").preferences.receive_own_postings = False
        assert recipients(topichits=["bees"]) == "a"
