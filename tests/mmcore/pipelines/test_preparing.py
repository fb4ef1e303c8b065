"""Accepted posts are prepared by the pipeline of their list, and whoever watches is told."""

from __future__ import annotations

import pytest

from mmcore.interfaces.handler import DiscardMessage, RejectMessage
from mmcore.pipelines.preparing import prepare
from tests.support.messages import message

POST = "From: aperson@example.com\nTo: test@example.com\nSubject: a\nMessage-ID: <a>\n\nHello.\n"


class Watcher:
    """Notes what it is told."""

    def __init__(self):
        self.told = []

    def before(self, handler, msg, msgdata):
        self.told.append(("before", handler))

    def after(self, handler, msg, msgdata, error):
        self.told.append(("after", handler, error))

    def stopped(self, handler, msg, msgdata, error):
        self.told.append(("stopped", handler, str(error)))


class TestPrepare:
    def test_a_post_by_the_posting_pipeline(self, engine, mlist, anne):
        msgdata = {}
        prepare(engine, mlist, message(POST), msgdata)
        assert msgdata["recipients"] == ["aperson@example.com"]
        assert len(mlist.site.queues["out"]) == 1

    def test_mail_to_the_owners_by_the_owner_pipeline(self, engine, mlist, settings):
        msgdata = {"to_owner": True}
        prepare(engine, mlist, message(POST), msgdata)
        assert list(msgdata["recipients"]) == [settings.mmcore.site_owner]

    def test_an_unknown_pipeline(self, engine, mlist):
        mlist.posting_pipeline = "nonesuch"
        with pytest.raises(LookupError, match="nonesuch"):
            prepare(engine, mlist, message(POST), {})


class TestWatching:
    def test_every_handler_before_and_after(self, engine, mlist, anne):
        watch = Watcher()
        prepare(engine, mlist, message(POST), {}, watch)
        handlers = engine.pipelines["default-posting-pipeline"].handlers
        assert [told[1] for told in watch.told if told[0] == "before"] == list(handlers)
        assert watch.told[-1] == ("after", "to-outgoing", None)

    def test_one_that_cannot_cope(self, engine, mlist, anne, monkeypatch):
        def process(mlist, msg, msgdata):
            raise UnicodeError("x")

        monkeypatch.setattr(engine.handlers["cook-headers"], "process", process)
        watch = Watcher()
        prepare(engine, mlist, message(POST), {}, watch)
        assert ("after", "cook-headers", "UnicodeError: x") in watch.told

    @pytest.mark.parametrize("error", [DiscardMessage, RejectMessage])
    def test_one_that_ends_it(self, engine, mlist, anne, monkeypatch, error):
        def process(mlist, msg, msgdata):
            raise error("no more")

        monkeypatch.setattr(engine.handlers["cook-headers"], "process", process)
        watch = Watcher()
        prepare(engine, mlist, message(POST), {}, watch)
        assert watch.told[-2:] == [
            ("before", "cook-headers"),
            ("stopped", "cook-headers", "no more"),
        ]
