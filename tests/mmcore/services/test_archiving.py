"""The copies that archivers get, and their dates."""

from __future__ import annotations

from datetime import datetime

import pytest

from mmcore.services.archiving import copy_for, moment_of
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

RECEIVED = datetime(2026, 3, 14, 15, 9, 26)
NEW = "Sat, 14 Mar 2026 15:09:26 +0000"
NEAR = "Sat, 14 Mar 2026 10:00:00 -0500"
FAR = "Thu, 12 Mar 2026 15:09:26 +0000"


@pytest.fixture
def dates(engine):
    """dates(field or None, clobber_date, skew) -> (Date, X-Original-Date) of the copy."""

    def copied(date, clobber="maybe", skew=None):
        section = engine.settings.archivers["prototype"]
        section.clobber_date = clobber
        if skew is not None:
            section.clobber_skew = skew
        field = "" if date is None else f"Date: {date}\n"
        msg = copy_for(engine.settings, "prototype", message(f"{field}Subject: x\n\n"), RECEIVED)
        return msg["date"], msg["x-original-date"]

    return copied


class TestDates:
    @pytest.mark.parametrize("clobber", ["never", "maybe", "always"])
    def test_one_that_is_missing_is_set(self, dates, clobber):
        assert dates(None, clobber) == (NEW, None)

    @pytest.mark.parametrize("date", [NEAR, FAR, "yesterday"])
    def test_never(self, dates, date):
        assert dates(date, "never") == (date, None)

    @pytest.mark.parametrize("date", [NEAR, FAR, "yesterday"])
    def test_always(self, dates, date):
        assert dates(date, "always") == (NEW, date)

    @pytest.mark.parametrize(
        "date",
        [FAR, "yesterday", "",
         "Tue, 14 Mar 2028 15:09:26 +0000", "Sat, 32 Mar 2026 15:09:26 +0000",
         "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2300"],
    )  # fmt: skip
    def test_maybe_replaces_what_is_strange(self, dates, date):
        assert dates(date) == (NEW, date)

    @pytest.mark.parametrize(
        "date", [NEAR, "Sat, 14 Mar 2026 15:09:26 -0000", "14 Mar 26 15:09 Z"]
    )
    def test_maybe_leaves_what_is_near(self, dates, date):
        assert dates(date) == (date, None)

    def test_the_site_says_what_is_near(self, dates, engine):
        skew = engine.settings.archivers["prototype"].clobber_skew
        assert dates(FAR, skew=2 * skew) == (FAR, None)
        assert dates(NEAR, skew=skew / 1_000_000) == (NEW, NEAR)

    def test_each_archiver_has_its_own_say(self, engine):
        # Also the one whose name has a hyphen.
        engine.settings.archivers["mail-archive"].clobber_date = "never"
        msg = message(f"Date: {FAR}\n\n")
        assert copy_for(engine.settings, "mail-archive", msg, RECEIVED)["date"] == FAR
        assert copy_for(engine.settings, "mbox", msg, RECEIVED)["date"] == NEW


class TestCopies:
    def test_they_are_deep(self, engine):
        msg = message("Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n")
        copied = copy_for(engine.settings, "mbox", msg, RECEIVED)
        copied.get_payload(0).set_payload("y")
        del copied["subject"]
        assert "date" not in msg
        assert msg["subject"] == "x"
        assert b"\r\nx\r\n--b--" in msg.as_bytes()

    def test_they_know_when_the_post_came(self, engine):
        msg = message("\n")
        assert copy_for(engine.settings, "mbox", msg, RECEIVED).received_time == RECEIVED
        assert not hasattr(msg, "received_time")

    def test_an_old_field_of_ours_is_replaced(self, engine):
        msg = message("Date: x\nX-Original-Date: y\n\n")
        copied = copy_for(engine.settings, "mbox", msg, RECEIVED)
        assert copied.get_all("x-original-date") == ["x"]

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_whatever_comes_is_copied(self, engine, sample):
        for clobber in ("always", "maybe", "never"):
            engine.settings.archivers["mbox"].clobber_date = clobber
            copied = copy_for(engine.settings, "mbox", malformed(sample), RECEIVED)
            assert copied["date"]
            assert copied.as_bytes()


class TestMoments:
    @pytest.mark.parametrize("text", ["", "x", "1", "\x00", "Mon, 99 Foo 2020", "(" * 5000])
    def test_what_is_none(self, text):
        assert moment_of(text) is None

    def test_zones_are_minded(self):
        assert moment_of(NEAR) == datetime(2026, 3, 14, 15)
