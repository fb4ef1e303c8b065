"""What came from Usenet on its way through the house: its authors do not know the list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mmcore.interfaces.action import Action
from mmcore.interfaces.mailing_list import NewsgroupModeration
from mmcore.services.held_decisions import decide
from runners.incoming import IncomingRunner
from runners.nntp import NNTPRunner
from runners.pipeline import PipelineRunner
from tests.support.nntpd import NewsServer

GROUP = "misc.test"


@pytest.fixture
def gate(opened, settings, mlist, anne, session):
    """Gate an article of a stranger to the list and have it judged."""
    settings.nntp.host, settings.nntp.timeout = "127.0.0.1", timedelta(seconds=5)
    mlist.linked_newsgroup = GROUP
    mlist.gateway_to_mail = mlist.gateway_to_news = True
    mlist.usenet_watermark = 0
    session.commit()
    session.begin()

    def gate(**changes):
        for name, value in changes.items():
            setattr(mlist, name, value)
        session.commit()
        session.begin()
        with NewsServer(GROUP) as news:
            settings.nntp.port = news.port
            news.add(GROUP, f"From: u@example.net\nTo: x@y.z\nNewsgroups: {GROUP}\nSubject: a\n\n")
            opened(NNTPRunner).iterate()
        opened(IncomingRunner).iterate()

    return gate


class TestFromUsenet:
    def test_a_stranger_may_post_there_and_names_no_list(self, gate, opened, now_in):
        gate()
        [msgdata] = now_in("pipeline")
        assert (msgdata["rule_hits"], msgdata["fromusenet"]) == ([], True)
        opened(PipelineRunner).iterate()
        [msgdata] = now_in("out")
        assert msgdata["recipients"] == ["aperson@example.com"]
        assert now_in("nntp") == []

    def test_who_is_held_is_not_told_but_the_moderators_are(self, gate, session, now_in):
        gate(emergency=True)
        [notice] = now_in("virgin")
        assert "u@example.net" not in notice["recipients"]
        assert len(session.site.held) == 1
        assert now_in("pipeline") == []

    def test_a_held_one_comes_from_there_still_when_it_is_accepted(
        self, gate, opened, engine, mlist, session, now_in
    ):
        gate(emergency=True)
        now_in("virgin")
        [held] = session.site.held.values()
        decide(engine, mlist, held, Action.accept)
        session.commit()
        session.begin()
        opened(PipelineRunner).iterate()
        assert len(now_in("out")) == 1
        assert now_in("nntp") == []

    def test_a_banned_author_is_not_let_in(self, gate, mlist, now_in):
        mlist.bans.ban("u@example.net")
        gate()
        assert now_in("pipeline") == []

    def test_a_moderated_group_holds_what_its_list_does_not_know(self, gate, session, now_in):
        gate(newsgroup_moderation=NewsgroupModeration.moderated)
        now_in("virgin")
        assert len(session.site.held) == 1
