"""Topics of lists and choices of members, in step with the index of recipients."""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from mmcore.interfaces.topic import ITopic, ITopicChoice, TopicError
from mmcore.services.patterns import PatternError
from resources.check import problems
from resources.topics.model import MOST_TOPICS, Topic

ANTS, BEES = Topic("Ants", "ants"), Topic("Bees", "bees")


@pytest.fixture
def topics(mlist):
    mlist.topics_enabled = True
    mlist.set_topics([ANTS, BEES])
    return mlist


def recipients(mlist, *topics):
    return list(mlist.regular_recipients(topics))


class TestTopics:
    def test_a_new_list_has_none(self, mlist):
        assert (mlist.topics, mlist.topics_enabled, mlist.topics_bodylines_limit) == ((), False, 5)

    def test_they_keep_their_order_and_get_numbers(self, topics):
        numbers = {topic.name: topic.number for topic in topics.topics}
        assert list(numbers.items()) == [("Ants", 1), ("Bees", 2)]
        assert all(ITopic.providedBy(topic) for topic in topics.topics)

    def test_one_of_the_same_name_stays_the_same(self, topics):
        topics.set_topics([Topic("New", "x"), Topic("bees", "wasps", "Other ones")])
        assert [(topic.name, topic.number) for topic in topics.topics] == [("New", 3), ("bees", 2)]

    def test_a_number_is_never_given_twice(self, topics):
        topics.set_topics([])
        topics.set_topics([ANTS])
        assert topics.topics[0].number == 3

    def test_lines_of_patterns_are_tidied(self, mlist):
        mlist.set_topics([Topic(" Ants ", "\n a\\b \r\n\n^c\n")])
        assert mlist.topics[0][:2] == ("Ants", "a\\b\n^c")

    @pytest.mark.parametrize(
        "topic",
        [
            Topic("", "a"), Topic("a\nb", "a"), Topic("x" * 101, "a"), Topic("a", ""),
            Topic("a", " \n "), Topic("a", "x" * 2001), Topic("a", "a", "d" * 1001),
            Topic("ants", "a"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_one(self, topics, topic):
        with pytest.raises(TopicError):
            topics.set_topics([ANTS, topic])
        assert len(topics.topics) == 2

    def test_a_pattern_has_to_be_one(self, topics):
        with pytest.raises(PatternError):
            topics.set_topics([Topic("a", "fine\n(")])

    def test_there_are_not_too_many(self, topics):
        with pytest.raises(TopicError):
            topics.set_topics([Topic(str(n), "a") for n in range(MOST_TOPICS + 1)])


class TestChoice:
    def test_who_has_not_chosen_gets_everything(self, topics, anne):
        assert anne.topics is None
        assert recipients(topics) == recipients(topics, "Ants") == [anne.email]

    def test_who_has_gets_that(self, topics, anne):
        anne.choose_topics(["bees", "Bees "], False)
        assert anne.topics == (["Bees"], False)
        assert ITopicChoice.providedBy(anne.topics)
        assert recipients(topics) == recipients(topics, "Ants") == []
        assert recipients(topics, "Bees") == recipients(topics, "Ants", "Bees") == [anne.email]

    def test_until_the_choice_is_forgotten(self, topics, anne):
        anne.choose_topics([], True)
        assert recipients(topics, "Bees") == []
        anne.forget_topics()
        assert anne.topics is None
        assert recipients(topics, "Bees") == [anne.email]

    @pytest.mark.parametrize("names", [["wasps"], ["Ants", "wasps"], []])
    def test_it_is_of_topics_that_there_are_and_leaves_something(self, topics, anne, names):
        with pytest.raises(TopicError):
            anne.choose_topics(names, posts_without_topic=False)
        assert anne.topics is None

    def test_owners_have_none(self, site, topics, anne):
        owner = topics.subscribe(anne.address, MemberRole.owner)
        with pytest.raises(TopicError):
            owner.choose_topics(["Ants"], True)

    def test_a_topic_that_is_gone_means_nothing_any_more(self, topics, anne):
        anne.choose_topics(["Ants", "Bees"], False)
        topics.set_topics([BEES])
        assert anne.topics == (["Bees"], False)
        topics.set_topics([ANTS, BEES])
        assert anne.topics == (["Bees"], False)
        assert recipients(topics, "Ants") == []

    def test_when_nothing_is_left_everything_is_delivered_again(self, topics, anne):
        anne.choose_topics(["Ants"], False)
        topics.set_topics([BEES])
        assert anne.topics is None
        assert recipients(topics) == recipients(topics, "Bees") == [anne.email]
        topics.set_topics([ANTS, BEES])
        assert anne.topics is None

    def test_a_list_without_topics_delivers_everything(self, topics, anne):
        anne.choose_topics(["Ants"], False)
        topics.set_topics([])
        assert recipients(topics) == [anne.email]
        assert topics.topics_enabled


class TestIndex:
    """The checker compares it with the members after each of these tests."""

    def test_it_follows_delivery(self, topics, anne):
        anne.choose_topics(["Ants"], False)
        anne.preferences.delivery_status = DeliveryStatus.by_user
        assert recipients(topics, "Ants") == []
        anne.preferences.delivery_status = None
        assert recipients(topics, "Ants") == [anne.email]
        anne.user.preferences.delivery_mode = DeliveryMode.mime_digests
        assert recipients(topics, "Ants") == []

    def test_it_follows_the_address(self, site, topics, anne):
        anne.choose_topics(["Ants"], False)
        other = site.addresses.add("anne@example.net")
        anne.user.link(other)
        anne.move(other)
        assert recipients(topics, "Ants") == ["anne@example.net"]

    def test_it_forgets_who_leaves(self, topics, anne):
        anne.choose_topics(["Ants"], False)
        anne.unsubscribe()
        assert recipients(topics, "Ants") == []
        assert list(topics.members.choosers) == []

    def test_of_two_memberships_one_may_want_what_the_other_does_not(self, topics, anne):
        again = topics.subscribe(anne.user)
        anne.choose_topics(["Ants"], False)
        assert recipients(topics, "Bees") == [anne.email]
        again.choose_topics(["Bees"], True)
        assert recipients(topics, "Ants") == recipients(topics, "Bees") == [anne.email]
        anne.unsubscribe()
        assert recipients(topics, "Ants") == []

    def test_addresses_are_in_order(self, site, topics):
        for number, name in enumerate("gcafbed"):
            member = topics.subscribe(site.addresses.add(f"{name}@example.com"))
            if number % 3:
                member.choose_topics(["Ants"], bool(number % 2))
        assert [email[0] for email in recipients(topics, "Ants")] == list("abcdefg")

    def test_it_can_be_made_anew(self, topics, anne):
        anne.choose_topics(["Ants"], False)
        topics.members.reindex()
        assert recipients(topics, "Ants") == [anne.email]
        assert recipients(topics) == []

    @pytest.mark.unsound
    def test_the_checker_notices(self, site, topics, anne):
        anne.choose_topics(["Ants"], False)
        topics.members._choosers.enter("2", anne.email)
        assert any("choosers" in problem for problem in problems(site))

    def test_a_list_on_which_nobody_has_chosen_stores_nothing(self, topics, anne):
        assert "_choosers" not in topics.members.__dict__
        assert topics.regular_recipients(["Ants"]) is topics.members.recipients
