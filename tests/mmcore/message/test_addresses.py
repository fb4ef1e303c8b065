"""Addresses: what is valid, what is found in fields, what a recipient means."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.message.addresses import (
    format_address,
    is_valid,
    parse_addresses,
    split_address,
    split_list_address,
    validate,
)


class TestValidity:
    @pytest.mark.parametrize(
        "email",
        [
            "anne@example.com",
            "Anne.Person+tag@EXAMPLE.co.uk",
            "a@b@example.com",
            '"anne"@example.com',
            "!#$%&'*+-/=?_`{}~@example.com",
            "anne@1.2",
        ],
    )
    def test_address_is_valid(self, email: str) -> None:
        assert is_valid(email)
        validate(email)

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "anne",
            "@example.com",
            '""@example.com',
            "anne@example",
            "anne@",
            "anne@.example.com",
            "anne@example..com",
            "anne@example.com.",
            "anne@-example.com",
            "anne@exam_ple.com",
            "an ne@example.com",
            '"an ne"@example.com',
            "an^ne@example.com",
            "an|ne@example.com",
            "anne@example.com\n",
            "an\nne@example.com",
            "änne@example.com",
            "anne@exämple.com",
            "anne@example.\u017fe",  # a sign that is an s in any letter case
            "anne<x@example.com",
            "anne,x@example.com",
        ],
    )
    def test_address_is_not_valid(self, email: str) -> None:
        assert not is_valid(email)
        with pytest.raises(InvalidEmailAddressError) as caught:
            validate(email)
        assert caught.value.email == email

    def test_address_is_split_at_its_last_at_sign(self) -> None:
        assert split_address("a@b@example.com") == ("a@b", "example.com")
        assert split_address("postmaster") == ("postmaster", "")


class TestListAddresses:
    def test_posting_address_has_one_meaning(self) -> None:
        assert split_list_address("Test@Example.COM") == [("test@example.com", None)]

    @pytest.mark.parametrize(
        ("suffix", "subaddress"),
        [
            ("bounces", "bounces"),
            ("confirm", "confirm"),
            ("join", "join"),
            ("leave", "leave"),
            ("owner", "owner"),
            ("request", "request"),
            ("subscribe", "join"),
            ("unsubscribe", "leave"),
        ],
    )
    def test_a_list_of_that_name_comes_before_the_subaddress(
        self, suffix: str, subaddress: str
    ) -> None:
        assert split_list_address(f"my-test-{suffix}@example.com") == [
            (f"my-test-{suffix}@example.com", None),
            ("my-test@example.com", subaddress),
        ]

    def test_what_follows_the_delimiter_plays_no_part(self) -> None:
        found = split_list_address("test-confirm+0123abc@example.com")
        assert found[1] == ("test@example.com", "confirm")
        assert found == split_list_address("test-confirm--x+y@example.com", "--")
        assert split_list_address("test+x@example.com", "") == [("test+x@example.com", None)]

    def test_unknown_suffix_is_part_of_the_name(self) -> None:
        assert split_list_address("test-bogus@example.com") == [("test-bogus@example.com", None)]

    def test_suffix_alone_is_a_name(self) -> None:
        assert split_list_address("-join@example.com") == [("-join@example.com", None)]
        assert split_list_address("join@example.com") == [("join@example.com", None)]

    def test_brackets_of_the_envelope_do_not_matter(self) -> None:
        assert split_list_address(" <test@example.com> ") == [("test@example.com", None)]

    @pytest.mark.parametrize("recipient", ["", "test", "@example.com", "test@", "+x@example.com"])
    def test_no_list_can_be_meant(self, recipient: str) -> None:
        assert split_list_address(recipient) == []


class TestFields:
    @pytest.mark.parametrize(
        ("value", "found"),
        [
            ("anne@example.com", [("", "anne@example.com")]),
            ("Anne Person <anne@example.com>", [("Anne Person", "anne@example.com")]),
            ("anne@example.com (Anne (P))", [("Anne (P)", "anne@example.com")]),
            ('"Person, A. \\"x\\"" <a@b.c>, d@e.f', [('Person, A. "x"', "a@b.c"), ("", "d@e.f")]),
            ("J. R. Smith <j.r@x.org>", [("J. R. Smith", "j.r@x.org")]),
            ("friends: a@b.c, d@e.f;, g@h.i", [("", "a@b.c"), ("", "d@e.f"), ("", "g@h.i")]),
            ("undisclosed-recipients:;", []),
            ("a @ b . com", [("", "a@b.com")]),
            ('"a b"@x.com', [("", '"a b"@x.com')]),
            ('Me <"x\\"> y"@b.c>', [("Me", '"x\\"> y"@b.c')]),
            ("<@one,@two:a@b.c>", [("", "a@b.c")]),
            ("a@[127.0.0.1]", [("", "a@[127.0.0.1]")]),
            ("=?utf-8?q?Person=2C_J=C3=BC?= <j@x.org>", [("Person, Jü", "j@x.org")]),
            ("postmaster", [("", "postmaster")]),
            ("John Q. Public a@b.c", [("John Q. Public", "a@b.c")]),
            ("Anne <a@b.c", [("Anne", "a@b.c")]),
            ('"Anne <a@b.c>', [("Anne", "a@b.c")]),
            ("(Anne <a@b.c>", [("Anne", "a@b.c")]),
            ("Anne <<a@b.c>>", [("Anne", "a@b.c")]),
            ("Anne <a@b.c> (is here) now", [("Anne", "a@b.c")]),
            ('"boss@example.com" <anne@b.c>', [("boss@example.com", "anne@b.c")]),
            # Nobody can say which one is meant.
            ("a@b.c d@e.f", []),
            ("a@b.c)d@e.f", []),
            ("hello world", []),
            ("<>, , ;:", []),
            ("", []),
        ],
    )
    def test_addresses_in(self, value: str, found: list[tuple[str, str]]) -> None:
        assert parse_addresses([value]) == found
        assert parse_addresses(value) == found

    def test_several_fields_and_missing_ones(self) -> None:
        assert parse_addresses(["a@b.c", None, "d@e.f"]) == [("", "a@b.c"), ("", "d@e.f")]

    @given(st.text())
    def test_no_text_makes_it_raise(self, text: str) -> None:
        for name, addr_spec in parse_addresses(text):
            assert addr_spec
            assert "\n" not in name

    @given(st.text(alphabet='ab@.,;:<>()[]"\\ \n=?q'))
    def test_no_punctuation_makes_it_raise(self, text: str) -> None:
        parse_addresses([text])

    @pytest.mark.parametrize(
        "evil",
        ["(", "(a)", '"', '"\\"', '"\\', "<", '<"', "[a@", "a . ", "a@b.c,", "\\", "=?"],
    )
    def test_cost_is_linear(self, evil: str) -> None:
        begin = time.process_time()
        parse_addresses([evil * 100_000])
        assert time.process_time() - begin < 5

    @given(st.text(), st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.[a-z]{2,3}", fullmatch=True))
    def test_formatted_address_is_found_again(self, name: str, addr_spec: str) -> None:
        written = format_address(name, addr_spec)
        assert written.isascii()
        assert "\n" not in written
        assert [pair[1] for pair in parse_addresses(written)] == [addr_spec]

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("", "a@b.c"),
            ("Anne Person", "Anne Person <a@b.c>"),
            ("Person, Anne", '"Person, Anne" <a@b.c>'),
            ('A "x" \\', '"A \\"x\\" \\\\" <a@b.c>'),
            ("Jürgen", "=?utf-8?q?J=C3=BCrgen?= <a@b.c>"),
            ("A\r\nBcc: x@y.z", '"A Bcc: x@y.z" <a@b.c>'),
        ],
    )
    def test_name_is_quoted_or_encoded_when_needed(self, name: str, written: str) -> None:
        assert format_address(name, "a@b.c") == written
        assert parse_addresses(written) == [(" ".join(name.split()), "a@b.c")]

    def test_an_address_brings_no_control_characters_into_a_field(self) -> None:
        assert format_address("", "\x1b") == "?"
        assert format_address("Anne", "a\x01\x7f@example.com") == "Anne <a??@example.com>"
