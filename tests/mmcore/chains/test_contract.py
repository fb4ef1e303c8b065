"""What holds for every chain."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.chain import IChain, Link
from tests.support.messages import message

MODULES = {
    "accept": "accept",
    "default-owner-chain": "owner",
    "default-posting-chain": "posting",
    "discard": "discard",
    "dmarc": "dmarc",
    "header-match": "header_match",
    "hold": "hold",
    "moderation": "moderation",
    "reject": "reject",
}


class TestEveryChain:
    def test_all_are_found(self, engine):
        assert sorted(engine.chains) == sorted(MODULES)

    @pytest.mark.parametrize("name", MODULES)
    def test_it_keeps_its_promises(self, engine, mlist, name):
        chain = engine.chains[name]
        assert verifyObject(IChain, chain)
        assert chain.name == name
        assert type(chain).__module__ == f"mmcore.chains.{MODULES[name]}"
        assert chain.description.endswith(".")
        msgdata = {"member_moderation_action": "hold", "dmarc_action": "reject"}
        for link in chain.get_links(mlist, message("\n"), msgdata):
            assert isinstance(link, Link)
            assert link.rule in engine.rules
            assert link.chain is None or link.chain in engine.chains
