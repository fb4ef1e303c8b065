"""`/lists/{list}/topics` and `/members/{mid}/topics`: what there is, and who wants what."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.member import MemberRole
from mmcore.interfaces.topic import TopicError
from resources.lists.model import MailingList
from resources.members.model import Member
from resources.members.representation import member_link
from resources.parameters import ParameterError, optional
from resources.representation import no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.topics.schemas import ChoiceChange, TopicsChange


@segment(of=MailingList, name="topics")
class TopicsOfList(Segment):
    """`lists/{list}/topics`"""


class TopicsOfMember(Segment):
    """What a member has chosen."""


@segment(of=Member, name="topics")
def topics_of_member(parent: Member, name: str, request: RestRequest) -> TopicsOfMember | None:
    """`members/{mid}/topics`; owners and the like get no posts, and choose none."""
    return TopicsOfMember(parent, name) if parent.role is MemberRole.member else None


@rest(context=TopicsOfList)
class TopicsOfListView(View):
    """The topics of a list."""

    def GET(self) -> dict[str, Any]:
        """All that is set."""
        mlist = self.context.__parent__
        return {
            "enabled": mlist.topics_enabled,
            "body_lines": mlist.topics_bodylines_limit,
            "topics": [
                {"name": topic.name, "pattern": topic.pattern, "description": topic.description}
                for topic in mlist.topics
            ],
        }

    @opts(schema=optional(TopicsChange()))
    def PATCH(self) -> Any:
        """Change what is given; topics are given all together."""
        mlist, wanted = self.context.__parent__, self.request.validated
        if "enabled" in wanted:
            mlist.topics_enabled = wanted["enabled"]
        if "body_lines" in wanted:
            mlist.topics_bodylines_limit = wanted["body_lines"]
        if "topics" in wanted:
            mlist.set_topics(wanted["topics"])
        return no_content()

    @opts(schema=TopicsChange)
    def PUT(self) -> Any:
        """Change everything."""
        return self.PATCH()


@rest(context=TopicsOfMember)
class TopicsOfMemberView(View):
    """What a member has chosen of the list's topics."""

    @property
    def member(self) -> Any:
        """The membership."""
        return self.context.__parent__

    def _wanted(self) -> dict[str, Any]:
        choice = self.member.topics
        if choice is None:
            names = [topic.name for topic in self.member.mailing_list.topics]
            return {"topics": names, "posts_without_topic": True}
        return {"topics": choice.names, "posts_without_topic": choice.posts_without_topic}

    def GET(self) -> dict[str, Any]:
        """What is delivered; everything as long as nothing is chosen."""
        chosen = self.member.topics is not None
        link = f"{member_link(self.api, self.member)}/topics"
        return {"chosen": chosen, **self._wanted(), "self_link": link}

    @opts(schema=optional(ChoiceChange()))
    def PATCH(self) -> Any:
        """Change what is given, and leave the rest as it is delivered now."""
        return self._choose(self.request.validated)

    @opts(schema=ChoiceChange)
    def PUT(self) -> Any:
        """Choose."""
        return self._choose(self.request.validated)

    def _choose(self, given: dict[str, Any]) -> Any:
        if given:
            wanted = {**self._wanted(), **given}
            try:
                self.member.choose_topics(wanted["topics"], wanted["posts_without_topic"])
            except TopicError as error:
                raise ParameterError.of("topics", str(error)) from error
        return no_content()

    def DELETE(self) -> Any:
        """Have everything delivered again."""
        self.member.forget_topics()
        return no_content()
