"""What holds for every rule."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.rule import IRule
from tests.support.malformed import MALFORMED, malformed

NAMES = (
    "administrivia",
    "any",
    "approved",
    "banned-address",
    "digests",
    "dmarc-mitigation",
    "emergency",
    "implicit-dest",
    "loop",
    "max-recipients",
    "max-size",
    "member-moderation",
    "news-moderation",
    "no-senders",
    "no-subject",
    "nonmember-moderation",
    "suspicious-header",
    "truth",
)


class TestEveryRule:
    def test_all_are_found(self, engine):
        assert tuple(sorted(engine.rules)) == NAMES

    @pytest.mark.parametrize("name", NAMES)
    def test_it_keeps_its_promises(self, engine, name):
        rule = engine.rules[name]
        assert verifyObject(IRule, rule)
        assert rule.name == name
        assert type(rule).__module__ == f"mmcore.rules.{name.replace('-', '_')}"
        assert rule.description.endswith(".")
        assert rule.record is (name not in ("any", "truth"))

    @pytest.mark.parametrize("name", NAMES)
    def test_it_copes_with_any_message_and_does_not_change_it(self, engine, mlist, name):
        mlist.emergency = True
        mlist.acceptable_aliases = ["^x", "y@example.com"]
        mlist.bounce_matching_headers = "From: (a+)+$\nSubject: x.*y\nTo: ^"
        for sample in MALFORMED:
            msg = malformed(sample)
            before = msg.as_bytes()
            assert engine.rules[name].check(mlist, msg, {}) in (True, False), sample
            assert msg.as_bytes() == before, sample

    def test_approved_copes_on_a_list_with_a_password(self, engine, mlist):
        mlist.moderator_password = "no hash"
        for sample in MALFORMED:
            assert engine.rules["approved"].check(mlist, malformed(sample), {}) is False, sample
