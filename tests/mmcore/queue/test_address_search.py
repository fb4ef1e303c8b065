"""Tests of mmcore.queue.address_search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.queue.address_lines import AddressLines
from mmcore.queue.address_search import find_address

EMAILS = st.lists(st.text("ab@.İß", min_size=1, max_size=4), max_size=12)


class TestFindAddress:
    @given(EMAILS, st.text("ab@.İßA", min_size=1, max_size=4))
    def test_a_text_is_searched_as_a_list_is(self, emails: list[str], wanted: str) -> None:
        listed = find_address(emails, wanted)
        assert find_address(AddressLines.of(emails), wanted) == listed
        lowered = [email.lower() for email in emails]
        expected = lowered.index(wanted.lower()) if wanted.lower() in lowered else None
        assert listed == expected

    @pytest.mark.parametrize("wanted", ["anne@example.com", "ANNE@Example.com"])
    def test_letter_case_does_not_count(self, wanted: str) -> None:
        emails = ["joanne@example.com", "anne@example.com.au", "Anne@example.COM"]
        assert find_address(emails, wanted) == 2
        assert find_address(AddressLines.of(emails), wanted) == 2

    def test_nobody_is_among_no_recipients(self) -> None:
        assert find_address(None, "anne@example.com") is None
        assert find_address([], "anne@example.com") is None
        assert find_address(AddressLines(""), "anne@example.com") is None
