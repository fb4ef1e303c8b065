"""Kinds of values."""

from datetime import timedelta

import pytest

from mmcore import settings_types as kinds


class TestBool:
    @pytest.mark.parametrize("text", ["yes", "True", "ON", "1", "enable", "enabled"])
    def test_words_for_yes(self, text):
        assert kinds.BOOL.parse(text) is True

    @pytest.mark.parametrize("text", ["no", "False", "OFF", "0", "disable", "disabled"])
    def test_words_for_no(self, text):
        assert kinds.BOOL.parse(text) is False


class TestDuration:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1d6h", timedelta(days=1, hours=6)),
            ("2w", timedelta(weeks=2)),
            ("1.5h", timedelta(minutes=90)),
            ("0.25s", timedelta(milliseconds=250)),
            ("0", timedelta()),
        ],
    )
    def test_units_and_fractions(self, text, value):
        assert kinds.DURATION.parse(text) == value

    @pytest.mark.parametrize("text", ["", "5", "h", "1x", "1d 6h x", "-1d", "99999999999w"])
    def test_what_is_none(self, text):
        with pytest.raises(ValueError):
            kinds.DURATION.parse(text)

    @pytest.mark.parametrize("text", ["1d6h", "180d", "0.5s", "1m30s", "0"])
    def test_shown_as_written(self, text):
        assert kinds.DURATION.show(kinds.DURATION.parse(text)) == text


class TestSize:
    @pytest.mark.parametrize(
        ("text", "value"),
        [("10MB", 10485760), ("1.5 KB", 1536), ("7", 7), ("7b", 7), ("2gb", 2147483648)],
    )
    def test_units(self, text, value):
        assert kinds.SIZE.parse(text) == value

    @pytest.mark.parametrize(("value", "text"), [(10485760, "10MB"), (1000, "1000"), (0, "0")])
    def test_shown_in_the_largest_unit(self, value, text):
        assert kinds.SIZE.show(value) == text


class TestPowerOfTwo:
    def test_powers(self):
        assert [kinds.POWER_OF_TWO.parse(str(n)) for n in (1, 2, 4, 256)] == [1, 2, 4, 256]

    @pytest.mark.parametrize("text", ["0", "3", "512", "two", "-2"])
    def test_others(self, text):
        with pytest.raises(ValueError):
            kinds.POWER_OF_TWO.parse(text)


class TestNetworks:
    def test_addresses_and_networks(self):
        found = kinds.NETWORKS.parse(" 127.0.0.1  ::1 10.0.0.0/8 ")
        assert [str(network) for network in found] == ["127.0.0.1/32", "::1/128", "10.0.0.0/8"]
        assert kinds.NETWORKS.parse("") == ()

    @pytest.mark.parametrize("text", ["*", "localhost", "10.0.0.1/8", "1.2.3", "127.0.0.1, ::1"])
    def test_what_is_none(self, text):
        with pytest.raises(ValueError):
            kinds.NETWORKS.parse(text)

    @pytest.mark.parametrize("text", ["", "127.0.0.1 ::1 10.0.0.0/8"])
    def test_shown_as_written(self, text):
        assert kinds.NETWORKS.show(kinds.NETWORKS.parse(text)) == text
