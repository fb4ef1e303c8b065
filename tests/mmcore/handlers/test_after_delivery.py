from __future__ import annotations

from datetime import UTC, datetime


class TestAfterDelivery:
    def test_post_is_counted(self, handle, mlist):
        assert (mlist.post_id, mlist.last_post_at) == (1, None)
        handle("after-delivery", "Subject: x\n\n")
        assert mlist.post_id == 2
        age = datetime.now(UTC).replace(tzinfo=None) - mlist.last_post_at
        assert 0 <= age.total_seconds() < 60

    def test_each_post_is_counted_and_only_those(self, handle, mlist):
        for _ in range(3):
            msg, msgdata = handle("after-delivery", "Subject: x\n\n")
        assert mlist.post_id == 4
        assert msgdata == {}
        assert not msg.header_changed

    def test_the_prefix_has_the_number_from_before(self, handle, mlist):
        mlist.subject_prefix = "[%d] "
        for number in (1, 2, 3):
            assert handle("subject-prefix", "Subject: x\n\n")[0]["subject"] == f"[{number}] x"
            handle("after-delivery", "Subject: x\n\n")
