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
            {"delivery_status": DeliveryStatus.by_user},
            {"delivery_status": DeliveryStatus.by_bounces},
        ],
    )
    def test_members_without_regular_delivery_do_not(self, handle, member, preferences):
        member("a@example.com", **preferences)
        member("b@example.com")
        assert handle("member-recipients", POST)[1]["recipients"] == ["b@example.com"]

    def test_owners_and_strangers_do_not(self, handle, member):
        member("a@example.com", MemberRole.owner)
        member("b@example.com", MemberRole.nonmember)
        assert handle("member-recipients", POST)[1]["recipients"] == []

    def test_sender_who_wants_no_copy_gets_none(self, handle, member):
        member("a@example.com")
        member("b@example.com", receive_own_postings=False)
        assert handle("member-recipients", POST)[1]["recipients"] == ["a@example.com"]

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
