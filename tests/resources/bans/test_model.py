"""Bans by address and by pattern."""

from __future__ import annotations

import re

import pytest

from resources.bans.model import Bans


class TestBans:
    def test_addresses_match_in_any_case_and_patterns_at_the_start(self):
        bans = Bans()
        bans.add("Anne@Example.com")
        bans.add("^bad")
        assert bans.matches("ANNE@example.COM")
        assert bans.matches("Badger@example.com")
        assert not bans.matches("not.bad@example.com")
        assert list(bans) == ["^bad", "anne@example.com"]
        bans.remove("anne@EXAMPLE.com")
        assert not bans.matches("anne@example.com")

    def test_a_broken_pattern_is_refused(self):
        with pytest.raises(re.error):
            Bans().add("^(")
