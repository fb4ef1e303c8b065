"""The topics of a list, and the choice of a member."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from zope.interface import implementer

from mmcore.interfaces.member import MemberRole
from mmcore.interfaces.topic import ITopic, ITopicChoice, TopicError
from mmcore.services.patterns import MAX_LENGTH, compiled
from resources.topics.choice import EVERYTHING, is_void, pack, unpack, wanting

#: A list has at most so many: each is tried on every post.
MOST_TOPICS = 100
#: Characters of a name, and of a description.
LONGEST_NAME, LONGEST_DESCRIPTION = 100, 1000


@implementer(ITopic)
class Topic(NamedTuple):
    """See `ITopic`."""

    name: str
    pattern: str
    description: str = ""
    number: int = 0


@implementer(ITopicChoice)
class TopicChoice(NamedTuple):
    """See `ITopicChoice`."""

    names: list[str]
    posts_without_topic: bool


def checked(topic: Topic) -> Topic:
    """The topic, if a list can have it; raises TopicError, PatternError."""
    name = topic.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise TopicError(f"A topic's name has 1 to {LONGEST_NAME} printable characters")
    if len(topic.description) > LONGEST_DESCRIPTION:
        raise TopicError(f"A topic's description has at most {LONGEST_DESCRIPTION} characters")
    if len(topic.pattern) > MAX_LENGTH:
        raise TopicError(f"A topic's pattern has at most {MAX_LENGTH} characters")
    patterns = [line.strip() for line in topic.pattern.splitlines() if line.strip()]
    if not patterns:
        raise TopicError(f"The topic {name} has no pattern")
    for pattern in patterns:
        compiled(pattern)
    return topic._replace(name=name, pattern="\n".join(patterns))


def all_checked(topics: Iterable[Topic]) -> list[Topic]:
    """The topics, if a list can have them together; raises TopicError, PatternError."""
    found = [checked(topic) for topic in topics]
    if len(found) > MOST_TOPICS:
        raise TopicError(f"A list has at most {MOST_TOPICS} topics")
    names: set[str] = set()
    for topic in found:
        name = topic.name.casefold()
        if name in names:
            raise TopicError(f"There is more than one topic {topic.name}")
        names.add(name)
    return found


class ListTopics:
    """Mixed into lists."""

    topics: tuple[Topic, ...]
    topics_enabled: bool
    members: Any
    #: The number that was given to a topic last.
    _topics_numbered = 0

    def set_topics(self, topics: Iterable[Topic]) -> None:
        """See `IMailingList`: those of the same name stay the same, whatever their patterns."""
        wanted = all_checked(topics)
        numbers = {topic.name.casefold(): topic.number for topic in self.topics}
        for place, topic in enumerate(wanted):
            number = numbers.get(topic.name.casefold())
            if number is None:
                number = self._topics_numbered = self._topics_numbered + 1
            wanted[place] = topic._replace(number=number)
        self.topics = tuple(wanted)

    def numbers_of(self, names: Iterable[str]) -> frozenset[int]:
        """The numbers of topics; raises TopicError for one that does not exist."""
        numbers = {topic.name.casefold(): topic.number for topic in self.topics}
        found = {name: numbers.get(name.strip().casefold()) for name in names}
        for name, number in found.items():
            if number is None:
                raise TopicError(f"No such topic: {name}")
        return frozenset(number for number in found.values() if number is not None)

    def regular_recipients(self, topics: Iterable[str] | None = None) -> Any:
        """See `IMailingList`."""
        roster = self.members
        if topics is None or not self.topics_enabled or not self.topics:
            return roster.everybody(lambda choice: True)
        wanted = set(topics)
        known = [topic.number for topic in self.topics]
        hits = [topic.number for topic in self.topics if topic.name in wanted]
        return roster.everybody(wanting(hits, known))


class Choosing:
    """Mixed into memberships."""

    mailing_list: Any
    role: MemberRole
    #: See `resources.topics.choice`.
    topic_choice: str = EVERYTHING

    @property
    def topics(self) -> TopicChoice | None:
        """See `IMember`: what is left of the choice, if anything is."""
        topics = self.mailing_list.topics
        choice = self.topic_choice
        known = frozenset(topic.number for topic in topics)
        if choice == EVERYTHING or is_void(choice, known):
            return None
        numbers, posts_without_topic = unpack(choice)
        names = [topic.name for topic in topics if topic.number in numbers]
        return TopicChoice(names, posts_without_topic)

    def choose_topics(self, names: Iterable[str], posts_without_topic: bool) -> None:
        """See `IMember`."""
        if self.role is not MemberRole.member:
            raise TopicError("Only members choose topics")
        numbers = self.mailing_list.numbers_of(names)
        if not numbers and not posts_without_topic:
            raise TopicError("Nothing would be delivered; delivery_status does that")
        self.topic_choice = pack(numbers, posts_without_topic)

    def forget_topics(self) -> None:
        """See `IMember`."""
        self.topic_choice = EVERYTHING
