"""Tests of mmcore.mta.offers."""

from __future__ import annotations

import pytest

from mmcore.mta.offers import Limits, Offers, read_offers


class TestOffers:
    def test_are_read(self) -> None:
        features = dict.fromkeys(["pipelining", "chunking", "8bitmime", "smtputf8"], "")
        assert read_offers(features | {"size": "1000"}) == Offers(
            True, True, True, True, True, 1000
        )

    def test_may_be_none(self) -> None:
        assert read_offers({"vrfy": "", "auth": "PLAIN"}) == Offers()

    @pytest.mark.parametrize("size", ["", "0", "-1", "many", "²", "1" * 21, "9" * 5000, "1 2"])
    def test_a_size_that_is_no_limit_is_none(self, size: str) -> None:
        offers = read_offers({"size": size})
        assert offers.size
        assert offers.max_size == 0


class TestLimits:
    @pytest.mark.parametrize(
        ("parameters", "limits"),
        [
            ("RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=3", Limits(20, 5, 3)),
            ("rcptmax=7", Limits(7)),
            ("  MAILMAX=999999  LATER=4", Limits(0, 999999)),
            ("RCPTMAX=5 RCPTMAX=3 RCPTMAX=4", Limits(3)),
            ("", Limits()),
            # RFC 9422, section 4: one to six digits, of which the first is not 0.
            ("RCPTMAX=0 MAILMAX=-1 RCPTDOMAINMAX=1000000", Limits()),
            ("RCPTMAX= MAILMAX RCPTDOMAINMAX=³ =5 RCPTMAX=5x MAILMAX=007", Limits()),
        ],
    )
    def test_are_read(self, parameters: str, limits: Limits) -> None:
        assert read_offers({"limits": parameters}).limits == limits
