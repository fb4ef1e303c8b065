from __future__ import annotations

import pytest

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
        assert "verp" not in msgdata

    def test_every_so_many_th_post_names_its_recipients(self, handle, engine, site, mlist):
        engine.settings.mta.verp_delivery_interval = 3
        for _number in range(6):
            mlist.count_post()
            handle("to-outgoing", "Subject: x\n\nHi.\n")
        # It is settled here: when they are delivered the list has had all of them.
        found = [msgdata["verp"] for _msg, msgdata in queued(engine, site, "out")]
        assert found == [False, True, False, False, True, False]

    @pytest.mark.parametrize("verp", [True, False])
    def test_unless_somebody_knows_better(self, handle, engine, site, verp):
        engine.settings.mta.verp_delivery_interval = 1
        handle("to-outgoing", "Subject: x\n\nHi.\n", verp=verp)
        ((_msg, msgdata),) = queued(engine, site, "out")
        assert msgdata["verp"] is verp
