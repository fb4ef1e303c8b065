"""What holds for every handler."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.mailing_list import Personalization, ReplyToMunging
from mmcore.message.message import Message
from tests.support.malformed import MALFORMED, malformed

NAMES = (
    "acknowledge",
    "after-delivery",
    "arc-sign",
    "avoid-duplicates",
    "cleanse",
    "cleanse-dkim",
    "cook-headers",
    "decorate",
    "dkim-sign",
    "dmarc",
    "file-recipients",
    "mail-merge",
    "member-recipients",
    "mime-delete",
    "one-click",
    "owner-recipients",
    "personalize",
    "replybot",
    "rfc-2369",
    "subject-prefix",
    "tagger",
    "to-archive",
    "to-digest",
    "to-outgoing",
    "to-usenet",
    "validate-authenticity",
)
#: Skipping one of these would lose mail or tell what nobody should know.
ESSENTIAL = (
    "cleanse",
    "file-recipients",
    "member-recipients",
    "owner-recipients",
    "to-archive",
    "to-digest",
    "to-outgoing",
    "to-usenet",
)


class TestEveryHandler:
    def test_all_are_found(self, engine):
        assert tuple(sorted(engine.handlers)) == NAMES

    @pytest.mark.parametrize("name", NAMES)
    def test_it_keeps_its_promises(self, engine, name):
        handler = engine.handlers[name]
        assert verifyObject(IHandler, handler)
        assert handler.name == name
        assert type(handler).__module__ == f"mmcore.handlers.{name.replace('-', '_')}"
        assert handler.description.endswith(".")
        assert getattr(handler, "essential", False) is (name in ESSENTIAL)

    @pytest.mark.parametrize("name", NAMES)
    def test_it_copes_with_any_message(self, engine, mlist, name):
        mlist.description = 'Größe: "best" list\nBcc: all@example.com'
        mlist.subject_prefix = "[Tëst %d] "
        for anonymous in (False, True):
            mlist.anonymous_list = anonymous
            mlist.personalize = Personalization.full
            for munging in ReplyToMunging:
                mlist.reply_goes_to_list = munging
                for sample in MALFORMED:
                    msg = malformed(sample)
                    engine.handlers[name].process(mlist, msg, {})
                    again = Message.parse(msg.as_bytes())
                    assert again.as_bytes() == msg.as_bytes(), sample
                    assert "bcc" not in again, sample
