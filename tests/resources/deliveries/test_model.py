"""The ledger of deliveries, and forgetting what is old."""

from __future__ import annotations

from datetime import timedelta


class TestDeliveries:
    def test_a_record_is_found_by_the_name_of_the_entry(self, site):
        record = site.deliveries.record("n", "<x>", "a.b", ["c@d.e"], b"states")
        assert site.deliveries["n"] is record
        assert (record.message_id, record.recipients, record.states) == (
            "<x>",
            ["c@d.e"],
            b"states",
        )

    def test_old_records_are_forgotten_some_at_a_time(self, site):
        for number in range(5):
            site.deliveries.record(str(number), "<x>", "a.b", [], b"")
        assert site.deliveries.evict(timedelta(days=1)) == 0
        assert site.deliveries.evict(timedelta(seconds=-1), limit=3) == 3
        assert site.deliveries.evict(timedelta(seconds=-1), limit=3) == 2
        assert len(site.deliveries) == 0
