"""Chains that a site builds and changes while the engine runs."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.chains.engine import process
from mmcore.chains.mutable import MutableChain
from mmcore.interfaces.chain import (
    AcceptEvent,
    DiscardEvent,
    DuplicateChainError,
    IMutableChain,
    Link,
    LinkAction,
)
from tests.support.messages import message


class Declared(MutableChain):
    """As a site's package has it."""

    name = "declared"
    description = "Declared."

    def __init__(self, engine):
        super().__init__(engine)
        self.append_link(Link("truth", LinkAction.jump, "discard"))


@pytest.fixture
def msg():
    return message("From: aperson@example.com\nTo: test@example.com\nMessage-ID: <x>\n\nHi.\n")


@pytest.fixture
def events(engine):
    heard: list = []
    engine.subscribe(heard.append)
    return heard


class TestMutableChain:
    def test_it_is_registered_by_its_name(self, engine):
        chain = MutableChain(engine, "mine", "My chain.")
        assert verifyObject(IMutableChain, chain)
        assert engine.chains["mine"] is chain
        assert chain.description == "My chain."

    def test_duplicate_name_is_an_error(self, engine):
        with pytest.raises(DuplicateChainError, match="'hold'"):
            MutableChain(engine, "hold", "Mine.")
        with pytest.raises(ValueError, match="a chain named 'hold'"):
            MutableChain(engine, "hold", "Mine.")

    def test_it_needs_a_name(self, engine):
        with pytest.raises(ValueError, match="needs a name"):
            MutableChain(engine)

    def test_links_are_appended_and_flushed(self, engine, mlist):
        chain = MutableChain(engine, "mine", "My chain.")
        chain.append_link(Link("truth"))
        chain.append_link(Link("any"))
        assert [link.rule for link in chain.get_links(mlist, None, {})] == ["truth", "any"]
        chain.flush()
        assert list(chain.get_links(mlist, None, {})) == []

    def test_a_change_does_not_concern_what_is_being_judged(self, engine, mlist, msg, events):
        chain = MutableChain(engine, "mine", "My chain.")

        def change(mlist, msg, msgdata):
            chain.flush()
            chain.append_link(Link("truth", LinkAction.jump, "accept"))

        chain.append_link(Link("truth", LinkAction.run, function=change))
        chain.append_link(Link("truth", LinkAction.jump, "discard"))
        for _ in range(2):
            process(engine, mlist, msg, {}, "mine")
        assert [type(event) for event in events] == [DiscardEvent, AcceptEvent]

    def test_a_list_can_have_it_for_its_posts(self, engine, mlist, msg, events):
        chain = MutableChain(engine, "mine", "My chain.")
        chain.append_link(Link("truth", LinkAction.jump, "accept"))
        mlist.posting_chain = "mine"
        process(engine, mlist, msg, {}, mlist.posting_chain)
        assert isinstance(events[0], AcceptEvent)

    def test_rules_and_chains_are_looked_up_when_they_are_needed(self, engine, mlist, msg, events):
        first = MutableChain(engine, "first", "It comes before the one it names.")
        first.append_link(Link("truth", LinkAction.detour, "later"))
        first.append_link(Link("truth", LinkAction.jump, "discard"))
        MutableChain(engine, "later", "Empty.")
        process(engine, mlist, msg, {}, "first")
        assert isinstance(events[0], DiscardEvent)


class TestDeclared:
    def test_a_class_has_name_links_and_description(self, engine, mlist, msg, events):
        chain = Declared(engine)
        assert engine.chains["declared"] is chain
        assert chain.description == "Declared."
        process(engine, mlist, msg, {}, "declared")
        assert isinstance(events[0], DiscardEvent)

    def test_instances_do_not_share_their_links(self, engine):
        chain = Declared(engine)
        del engine.chains["declared"]
        assert len(Declared(engine).get_links(None, None, {})) == 1
        chain.append_link(Link("truth"))
        assert len(engine.chains["declared"].get_links(None, None, {})) == 1
