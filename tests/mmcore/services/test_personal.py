from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.services.personal import (
    LONGEST,
    NEEDS,
    VALUES,
    Person,
    Personal,
    clean,
    fill_in,
    in_html,
    person_of,
)

ANNE = Person("anne@example.com", "0" * 32, "Anne", "Anne@Example.com", "de")


class TestClean:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Anne Person", "Anne Person"),
            (" Anne\r\nBcc: all@example.com ", "Anne Bcc: all@example.com"),
            ("A\0B\tC\x1bD\x7f", "A B C D"),
            ("A\u2028B\x85C", "A B C"),
            ("\udce4", "\xe4"),
            ("\ud800", "?"),
            ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
            ("", ""),
        ],
    )
    def test_one_line_of_text(self, text, expected):
        assert clean(text) == expected

    @given(st.text() | st.text(st.characters(min_codepoint=0, max_codepoint=0xFFFF)))
    def test_whatever_comes(self, text):
        found = clean(text)
        assert len(found) <= LONGEST
        assert not set(found) & set("\r\n\0\t\x0b\x0c\x85\u2028\u2029")
        assert found.encode().decode() == found
        assert clean(found) == found


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("member", "Anne <Anne@Example.com>"),
            ("user_email", "anne@example.com"),
            ("user_address", "anne@example.com"),
            ("user_delivered_to", "Anne@Example.com"),
            ("user_language", "German"),
            ("user_name", "Anne"),
            ("user_name_or_email", "Anne"),
            ("user_name_or_address", "Anne"),
        ],
    )
    def test_of_a_member(self, name, value):
        assert VALUES[name](ANNE) == value
        assert Personal(ANNE).texts[name] == value

    def test_without_a_name(self):
        texts = Personal(ANNE._replace(name="")).texts
        assert texts["user_name"] == ""
        for name in ("member", "user_name_or_email", "user_name_or_address"):
            assert texts[name] == "Anne@Example.com"

    def test_an_address_that_was_never_written_otherwise(self):
        texts = Personal(ANNE._replace(original="")).texts
        assert texts["member"] == "Anne <anne@example.com>"
        assert texts["user_delivered_to"] == "anne@example.com"

    def test_what_they_need_is_said(self):
        assert set(NEEDS) == set(VALUES)
        for name, value in VALUES.items():
            fields = NEEDS[name]
            for field in ("name", "original", "language"):
                differs = value(ANNE) != value(ANNE._replace(**{field: ""}))
                assert differs == (field in fields), (name, field)

    def test_of_a_stranger_nothing_is_told(self):
        assert Personal(Person("x@example.com")).texts == {}

    def test_from_the_membership(self, anne):
        anne.address.display_name = "A\r\nP"
        assert person_of(anne, "aperson@example.com") == Person(
            "aperson@example.com", anne.member_id, "A P", "", "en"
        )


class TestTo:
    def test_name_and_address(self):
        assert Personal(ANNE).to == "Anne <anne@example.com>"

    def test_an_address_that_belongs_to_nobody(self):
        assert Personal(ANNE._replace(is_registered=False)).to == "anne@example.com"


class TestFillingIn:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Dear $user_name,", "Dear Anne,"),
            ("${user_name}s", "Annes"),
            ("$user_name_or_email", "Anne"),
            ("$user_names $user_name2 $$user_name $ user_name ${user_name", None),
            ("$1 ${nonesuch} $list_name 100$", None),
            ("$USER_NAME", None),
            ("$user_name$user_name", "AnneAnne"),
            ("$user_name.", "Anne."),
        ],
    )
    def test_only_what_is_meant(self, text, expected):
        assert fill_in(text, Personal(ANNE).texts) == (text if expected is None else expected)

    def test_values_are_not_looked_through_again(self):
        texts = Personal(ANNE._replace(name="$user_email")).texts
        assert fill_in("$user_name", texts) == "$user_email"

    @given(st.text().map(clean))
    def test_in_html_a_value_is_text(self, text):
        shown = in_html(text)
        assert shown.isascii()
        assert not set(shown) & set("<>\"'")
        assert html.unescape(shown) == text
