"""Which domains are one provider's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.services.bounce_providers import provider_of, provider_of_address


class TestProviders:
    @pytest.mark.parametrize(
        ("domain", "provider"),
        [
            ("gmail.com", "gmail.com"),
            ("googlemail.com", "gmail.com"),
            ("hotmail.co.uk", "outlook.com"),
            ("live.nl", "outlook.com"),
            ("msn.com", "outlook.com"),
            ("yahoo.com.br", "yahoo.com"),
            ("aol.de", "yahoo.com"),
            ("me.com", "icloud.com"),
            ("gmx.at", "gmx.net"),
            ("web.de", "gmx.net"),
            ("bk.ru", "mail.ru"),
            ("foxmail.com", "qq.com"),
            ("example.com", "example.com"),
            ("mail.lists.example.com", "example.com"),
            ("users.example.co.uk", "example.co.uk"),
            ("co.uk", "co.uk"),
            ("mygmail.com", "mygmail.com"),
            ("localhost", "localhost"),
        ],
    )
    def test_a_domain_belongs_to_one(self, domain, provider):
        assert provider_of(domain) == provider

    def test_an_address_belongs_to_that_of_its_domain(self):
        assert provider_of_address("anne@mx.googlemail.com") == "gmail.com"

    @given(st.text())
    def test_nothing_is_too_strange(self, domain):
        assert isinstance(provider_of(domain), str)
