"""The virgin runner: what the engine wrote keeps its recipients."""

from __future__ import annotations

from mmcore.services.notifications import UserNotification
from runners.virgin import VirginRunner


class TestVirgin:
    def test_a_notice_goes_out_to_whom_it_is_for(self, opened, engine, session, mlist, now_in):
        notice = UserNotification("x@example.net", "test-owner@example.com", "Hi", "Text.\n")
        notice.send(engine, mlist)
        session.commit()
        opened(VirginRunner).iterate()
        [msgdata] = now_in("out")
        assert msgdata["recipients"] == ["x@example.net"]
        # Volatile metadata is not stored.
        assert "_fasttrack" not in msgdata
        [name] = session.site.queues["out"].names()
        msg, _ = engine.mailroom(session.site).load(session.site.queues["out"].get(name))
        assert msg["precedence"] == "bulk"
        assert now_in("virgin") == []
