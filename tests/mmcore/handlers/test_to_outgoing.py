from __future__ import annotations

from tests.support.queues import queued


class TestToOutgoing:
    def test_message_and_metadata_go_to_out(self, handle, engine, site):
        handle("to-outgoing", "Subject: x\n\nHi.\n", recipients=["a@example.com"], foo=1, _bar=2)
        ((msg, msgdata),) = queued(engine, site, "out")
        assert msg.as_string() == "Subject: x\n\nHi.\n"
        assert msgdata["listid"] == "test.example.com"
        assert msgdata["recipients"] == ["a@example.com"]
        assert msgdata["foo"] == 1
        assert "_bar" not in msgdata
