from __future__ import annotations

from datetime import UTC, datetime


class TestAfterDelivery:
    def test_post_is_counted(self, handle, mlist):
        assert (mlist.post_id, mlist.last_post_at) == (1, None)
        handle("after-delivery", "Subject: x\n\n")
        assert mlist.post_id == 2
        age = datetime.now(UTC).replace(tzinfo=None) - mlist.last_post_at
        assert 0 <= age.total_seconds() < 60
