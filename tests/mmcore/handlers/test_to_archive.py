from __future__ import annotations

import pytest

from mmcore.interfaces.mailing_list import ArchivePolicy
from mmcore.services.archivers import set_archivers

POST = """\
From: anne@example.com
Subject: Hello
Message-ID: <first>

Hello.
"""


@pytest.fixture
def archived(handle, engine, site):
    """archived(text, **metadata) -> (message, metadata) of the entries in `archive`."""
    engine.settings.archivers["prototype"].enable = True

    def handled(text=POST, **msgdata):
        handle("to-archive", text, **msgdata)
        board = site.queues["archive"]
        return [engine.mailroom(site).load(board.get(name)) for name in board.names()]

    return handled


class TestToArchive:
    def test_a_copy_goes_to_the_queue(self, archived):
        ((msg, msgdata),) = archived(original_sender="anne@example.com", rule_hits=["any"])
        assert msg["message-id"] == "<first>"
        assert msgdata["listid"] == "test.example.com"
        assert msgdata["archivers"] == ["prototype"]
        assert msgdata["rule_hits"] == ["any"]
        assert msgdata["original_sender"] == "anne@example.com"

    def test_what_only_delivery_needs_stays_behind(self, archived):
        data = {"recipients": ["a@example.com"], "add-dup-header": {"a@example.com"}}
        ((_msg, msgdata),) = archived(**data)
        assert not data.keys() & msgdata.keys()

    def test_digests_are_not_archived(self, archived):
        assert archived(isdigest=True) == []

    @pytest.mark.parametrize(
        "field", ["X-No-Archive: yes", "X-No-Archive: no", "x-no-archive:", "X-Archive: No"]
    )
    def test_authors_may_object(self, archived, field):
        assert archived(f"{field}\n{POST}") == []

    def test_other_words_are_no_objection(self, archived):
        assert len(archived("X-Archive: encrypted\n\n")) == 1

    def test_a_list_may_want_no_archive(self, archived, mlist):
        mlist.archive_policy = ArchivePolicy.never
        assert archived() == []

    @pytest.mark.parametrize("policy", [ArchivePolicy.private, ArchivePolicy.public])
    def test_others_have_one(self, archived, mlist, policy):
        mlist.archive_policy = policy
        assert len(archived()) == 1

    def test_without_an_archiver_nobody_would_take_it(self, archived, engine, mlist):
        set_archivers(engine, mlist, {"prototype": False})
        assert archived() == []
        set_archivers(engine, mlist, {"prototype": True})
        engine.settings.archivers["prototype"].enable = False
        assert archived() == []
