"""The time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mmcore.services import clock


class TestClock:
    def test_it_is_naive_and_of_utc(self):
        moment = clock.now()
        assert moment.tzinfo is None
        assert abs(datetime.now(UTC).replace(tzinfo=None) - moment) < timedelta(minutes=1)
