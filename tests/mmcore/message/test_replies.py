"""Replies of servers are found where they are quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.replies import Codes, codes_of, enhanced_code, quoted_reply, words_of


class TestCodes:
    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("550 5.1.1 User unknown", (550, "5.1.1")),
            ("550-5.7.1 [192.0.2.1 12] Our system", (550, "5.7.1")),
            ("552 #5.2.2 over quota", (552, "5.2.2")),
            ("554 rejected (#5.7.1)", (554, "5.7.1")),
            ("host mx[192.0.2.1] said: 550 unknown user", (550, "")),
            ("421: come back", (421, "")),
            ("550", (550, "")),
            # A code of another class belongs to something else.
            ("550 relayed with 2.0.0 before", (550, "")),
            ("recipient reached disk quota", (0, "")),
            ("no mailbox here by that name. (#5.1.1)", (0, "5.1.1")),
            ("connect to 192.0.2.250: refused", (0, "")),
            ("connect to 5.1.1.1: refused", (0, "")),
            ("mail 5501 of 55012", (0, "")),
            ("x" * 300 + " 550 5.1.1", (0, "")),
            ("", (0, "")),
        ],
    )
    def test_of_a_reply(self, text, codes):
        assert codes_of(text) == Codes(*codes)

    @given(st.text())
    def test_nothing_raises(self, text):
        code, enhanced = codes_of(text)
        assert code == 0 or 200 <= code < 600
        assert enhanced == "" or enhanced_code(enhanced) == enhanced


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("550 5.1.1 User unknown", "User unknown"),
            ("550-5.1.1: User unknown", "User unknown"),
            ("550 #5.1.1 User unknown", "User unknown"),
            ("550 User unknown", "User unknown"),
            ("552 Full", "552 Full"),
            ("User 550", "User 550"),
            ("550 5.1.1", "550 5.1.1"),
            ("550", "550"),
            ("5501 users", "5501 users"),
            ("", ""),
        ],
    )
    def test_without_the_codes(self, text, words):
        assert words_of(text, 550) == words


class TestQuotedReply:
    @pytest.mark.parametrize(
        ("text", "reply"),
        [
            ("Hello,\n<a@b.c>: host x said: 550 5.1.1\n    No such user\nBye",
             "550 5.1.1 No such user"),
            ("<<< 550 <a@b.c>... User unknown\nx", "550 <a@b.c>... User unknown x"),
            ("Remote host said: 554 Loop", "554 Loop"),
            ("Sorry, no mailbox here. (#5.1.1)", "Sorry, no mailbox here. (#5.1.1)"),
            ("It costs you 550 crowns", ""),
            ("250 2.0.0 OK", ""),
            ("Everything is fine", ""),
            ("", ""),
        ],
    )  # fmt: skip
    def test_what_looks_like_one(self, text, reply):
        assert quoted_reply(text.split("\n")) == reply

    def test_one_beside_the_address_goes_before_others(self):
        lines = ["<a@b.c>:", "550 gone", "", "<d@e.f>:", "552 full"]
        assert quoted_reply(lines, "d@e.f") == "552 full"
        assert quoted_reply(lines, "nope@e.f") == "550 gone"
