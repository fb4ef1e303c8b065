from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.chains.mutable import MutableChain
from mmcore.interfaces.chain import IMutableChain, Link


class TestMutableChain:
    def test_it_is_registered_by_its_name(self, engine):
        chain = MutableChain(engine, "mine", "My chain.")
        assert verifyObject(IMutableChain, chain)
        assert engine.chains["mine"] is chain
        assert chain.description == "My chain."

    def test_duplicate_name_is_an_error(self, engine):
        with pytest.raises(ValueError, match="'hold'"):
            MutableChain(engine, "hold", "Mine.")

    def test_links_are_appended_and_flushed(self, engine, mlist):
        chain = MutableChain(engine, "mine", "My chain.")
        chain.append_link(Link("truth"))
        chain.append_link(Link("any"))
        assert [link.rule for link in chain.get_links(mlist, None, {})] == ["truth", "any"]
        chain.flush()
        assert list(chain.get_links(mlist, None, {})) == []
