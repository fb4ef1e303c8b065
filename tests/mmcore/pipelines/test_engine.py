from __future__ import annotations

import logging

import pytest
from ZODB.POSException import ConflictError, POSKeyError

from mmcore.interfaces.handler import DiscardMessage, RejectMessage
from mmcore.pipelines.engine import process, run_handler
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message
from tests.support.queues import queued


class StubHandler:
    """A handler that raises what it is told to."""

    description = "A handler."
    essential = False

    def __init__(self, name, error=None):
        self.name = name
        self.error = error
        self.seen = 0

    def process(self, mlist, msg, msgdata):
        self.seen += 1
        if self.error is not None:
            raise self.error


class StubPipeline:
    """A pipeline of stubs."""

    name = "under-test"
    description = "A pipeline."
    handlers = ("first", "last")


@pytest.fixture
def msg():
    return message("From: aperson@example.com\nSubject: Hi\nMessage-ID: <first>\n\nHi.\n")


@pytest.fixture
def stubs(engine):
    """stubs(error) -> the two handlers; the first raises the error."""

    def stubs(error=None):
        first, last = StubHandler("first", error), StubHandler("last")
        engine.handlers.update(first=first, last=last)
        engine.pipelines["under-test"] = StubPipeline()
        return first, last

    return stubs


class TestProcess:
    def test_handlers_work_in_order(self, engine, mlist, msg, stubs):
        first, last = stubs()
        process(engine, mlist, msg, {}, "under-test")
        assert (first.seen, last.seen) == (1, 1)

    def test_unknown_pipeline_is_an_error(self, engine, mlist, msg):
        with pytest.raises(LookupError, match="no pipeline is named 'nonesuch'"):
            process(engine, mlist, msg, {}, "nonesuch")

    def test_unknown_handler_is_an_error(self, engine, mlist, msg, stubs):
        stubs()
        del engine.handlers["last"]
        with pytest.raises(LookupError, match="no handler is named 'last'"):
            process(engine, mlist, msg, {}, "under-test")

    def test_discarded_message_goes_no_further(self, engine, site, mlist, msg, stubs, caplog):
        _first, last = stubs(DiscardMessage("not wanted"))
        with caplog.at_level(logging.INFO, "mmcore.vette"):
            process(engine, mlist, msg, {}, "under-test")
        assert last.seen == 0
        assert caplog.messages == ["DISCARD: <first> by handler first of under-test: not wanted"]
        assert queued(engine, site, "virgin") == []

    def test_rejected_message_goes_back(self, engine, site, mlist, msg, stubs, caplog):
        _first, last = stubs(RejectMessage("not wanted"))
        with caplog.at_level(logging.INFO, "mmcore.vette"):
            process(engine, mlist, msg, {}, "under-test")
        assert last.seen == 0
        assert caplog.messages == ["REJECT: <first> by handler first of under-test: not wanted"]
        ((bounce, _msgdata),) = queued(engine, site, "virgin")
        assert bounce["to"] == "aperson@example.com"
        assert bounce["subject"] == "Hi"
        text, original = bounce.get_payload()
        assert text.get_payload().strip() == "not wanted"
        assert original.get_payload()[0].as_bytes() == msg.as_bytes()


class TestHandlersThatCannotCope:
    @pytest.mark.parametrize(
        "error",
        [
            UnicodeEncodeError("ascii", "\xe9", 0, 1, "not ascii"),
            LookupError("unknown encoding: x-nonesuch"),
            ValueError("\xe9\n"),
            TypeError("x"),
            AttributeError("x"),
            RecursionError("x"),
        ],
    )
    def test_they_are_skipped_recorded_and_logged(self, engine, mlist, msg, stubs, caplog, error):
        _first, last = stubs(error)
        msgdata: dict = {}
        with caplog.at_level(logging.ERROR, "mmcore.vette"):
            process(engine, mlist, msg, msgdata, "under-test")
        assert last.seen == 1
        (failure,) = msgdata["handler_failures"]
        assert failure["handler"] == "first"
        assert failure["error"].startswith(type(error).__name__ + ": ")
        assert failure["error"].isascii()
        assert "handler first skipped for message '<first>'" in caplog.text

    def test_essential_ones_raise(self, mlist, msg):
        handler = StubHandler("first", ValueError("no"))
        handler.essential = True
        with pytest.raises(ValueError, match="no"):
            run_handler(handler, mlist, msg, {})

    @pytest.mark.parametrize("error", [POSKeyError(b"\0" * 8), ConflictError(), OSError("disk")])
    def test_faults_of_the_store_raise(self, engine, mlist, msg, stubs, error):
        stubs(error)
        with pytest.raises(type(error)):
            process(engine, mlist, msg, {}, "under-test")


class TestPostingPipeline:
    def test_clean_post_of_a_member(self, engine, site, mlist, anne):
        msg = message("""\
            From: aperson@example.com
            To: test@example.com
            Message-ID: <first>
            Subject: Hello

            Hi.
            """)
        process(engine, mlist, msg, {"to_list": True}, mlist.posting_pipeline)
        ((out, msgdata),) = queued(engine, site, "out")
        assert list(out) == [
            "From", "To", "Message-ID", "X-Mailman-Version", "Precedence", "Subject", "List-Id",
            "List-Help", "List-Owner", "List-Post", "List-Subscribe", "List-Unsubscribe",
        ]  # fmt: skip
        assert out["subject"] == "[Test] Hello"
        assert out.get_payload() == "Hi.\r\n"
        assert msgdata["recipients"] == ["aperson@example.com"]
        assert msgdata["original_sender"] == "aperson@example.com"
        assert msgdata["original_subject"] == "Hello"
        assert msgdata["stripped_subject"] == "Hello"
        assert mlist.post_id == 2

    def test_number_of_the_post_is_used_before_it_is_counted(self, engine, site, mlist, anne):
        mlist.subject_prefix = "[%d] "
        for number in (1, 2):
            msg = message("From: aperson@example.com\nSubject: Hello\n\n")
            process(engine, mlist, msg, {}, mlist.posting_pipeline)
            assert msg["subject"] == f"[{number}] Hello"

    def test_malformed_mail_reaches_the_members(self, engine, site, mlist, anne):
        for sample in MALFORMED:
            msgdata: dict = {}
            process(engine, mlist, malformed(sample), msgdata, mlist.posting_pipeline)
            assert "handler_failures" not in msgdata, sample
            ((out, _msgdata),) = queued(engine, site, "out")
            assert out.body_bytes() == malformed(sample).body_bytes(), sample


class TestOwnerPipeline:
    def test_header_stays_as_it_is(self, engine, site, mlist, msg):
        process(engine, mlist, msg, {"to_owner": True}, mlist.owner_pipeline)
        ((out, msgdata),) = queued(engine, site, "out")
        assert out.as_bytes() == msg.as_bytes()
        assert msgdata["recipients"] == [engine.settings.mmcore.site_owner]


class TestVirginPipeline:
    def test_notices_get_the_fields_of_the_list(self, engine, site, mlist, msg):
        msgdata = {
            "recipients": ["a@example.com"],
            "reduced_list_headers": True,
            "_fasttrack": True,
        }
        process(engine, mlist, msg, msgdata, "virgin")
        ((out, data),) = queued(engine, site, "out")
        assert out["subject"] == "Hi"
        assert out["precedence"] == "list"
        assert out["list-id"] == "<test.example.com>"
        assert "list-post" not in out
        assert data["recipients"] == ["a@example.com"]
