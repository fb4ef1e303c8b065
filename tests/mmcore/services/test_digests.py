"""Volumes and numbers of digests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mmcore.interfaces.mailing_list import DigestFrequency
from mmcore.services.digests import bump, period

Y, M, Q, W, D = (
    DigestFrequency.yearly,
    DigestFrequency.monthly,
    DigestFrequency.quarterly,
    DigestFrequency.weekly,
    DigestFrequency.daily,
)


class TestBump:
    def test_the_first_digest_begins_no_volume(self, mlist):
        bump(mlist, datetime(2026, 3, 1))
        assert (mlist.volume, mlist.next_digest_number) == (1, 2)
        assert mlist.digest_last_sent_at == datetime(2026, 3, 1)

    @pytest.mark.parametrize(
        ("frequency", "last", "now", "new"),
        [
            (Y, (2026, 1, 1), (2026, 12, 31), False),
            (Y, (2026, 12, 31), (2027, 1, 1), True),
            (M, (2026, 1, 1), (2026, 1, 31), False),
            (M, (2026, 1, 31), (2026, 2, 1), True),
            (M, (2026, 12, 31), (2027, 1, 1), True),
            (Q, (2026, 1, 1), (2026, 3, 31), False),
            (Q, (2026, 3, 31), (2026, 4, 1), True),
            (Q, (2026, 4, 1), (2026, 6, 30), False),
            (Q, (2026, 6, 30), (2026, 7, 1), True),
            (Q, (2026, 9, 30), (2026, 10, 1), True),
            (Q, (2026, 10, 1), (2026, 12, 31), False),
            (Q, (2026, 12, 31), (2027, 1, 1), True),
            (W, (2026, 3, 2), (2026, 3, 8), False),
            (W, (2026, 3, 8), (2026, 3, 9), True),
            # One week, of the year 2020, that ends in January.
            (W, (2020, 12, 30), (2021, 1, 2), False),
            (W, (2021, 1, 2), (2021, 1, 4), True),
            (D, (2026, 3, 1), (2026, 3, 1), False),
            (D, (2026, 3, 1), (2026, 3, 2), True),
            # A clock that went backwards begins no volume.
            (D, (2026, 3, 2), (2026, 3, 1), False),
        ],
    )
    def test_a_volume_begins_with_its_period(self, mlist, frequency, last, now, new):
        mlist.digest_volume_frequency = frequency
        mlist.digest_last_sent_at = datetime(*last)
        mlist.volume, mlist.next_digest_number = 4, 7
        bump(mlist, datetime(*now, 23, 59))
        assert (mlist.volume, mlist.next_digest_number) == ((5, 1) if new else (4, 8))
        assert mlist.digest_last_sent_at == datetime(*now, 23, 59)

    def test_the_time_is_now_in_utc(self, mlist):
        bump(mlist)
        age = datetime.now(UTC).replace(tzinfo=None) - mlist.digest_last_sent_at
        assert 0 <= age.total_seconds() < 60


class TestPeriod:
    def test_every_frequency_has_one(self):
        moment = datetime(2026, 5, 3)
        found = {frequency.name: period(frequency, moment) for frequency in DigestFrequency}
        assert found == {
            "yearly": (2026,),
            "monthly": (2026, 5),
            "quarterly": (2026, 1),
            "weekly": (2026, 18),
            "daily": (moment.toordinal(),),
        }
