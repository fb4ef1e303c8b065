"""Encoded words, message identifiers and hashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.headers import (
    add_message_hash,
    decode,
    decode_certain,
    decode_exactly,
    encode,
    make_message_id,
    message_id_hash,
    one_line,
    repair_message_id,
)
from mmcore.message.message import Message
from tests.mmcore.message.samples import SAMPLES


class TestMessageIds:
    @pytest.mark.parametrize(
        ("value", "digest"),
        [
            ("<badger>", "JYMZWSQ4IC2JPKK7ZUONRFRVC4ZYJGKJ"),
            ("<ant>", "MS6QLWERIJLGCRF44J7USBFDELMNT2BW"),
            ("<first>", "4CMWUN6BHVCMHMDAOSJZ2Q72G5M32MWB"),
            ("first", "4CMWUN6BHVCMHMDAOSJZ2Q72G5M32MWB"),
            ("12345", "RSZCG7IGPHFIRW3EMTVMMDNJMNCVCOLE"),
            (" 12345 ", "RSZCG7IGPHFIRW3EMTVMMDNJMNCVCOLE"),
        ],
    )
    def test_hash_of_a_message_id(self, value: str, digest: str) -> None:
        assert message_id_hash(value) == digest

    def test_one_bracket_alone_belongs_to_the_id(self) -> None:
        assert len({message_id_hash(value) for value in ("12345", "<12345", "12345>")}) == 3

    def test_hash_fields_replace_those_of_the_client(self) -> None:
        msg = Message.parse(b"X-Message-ID-Hash: x\r\nMessage-ID: <ant>\r\n\r\n")
        assert add_message_hash(msg) == "MS6QLWERIJLGCRF44J7USBFDELMNT2BW"
        assert msg.get_all("message-id-hash") == ["MS6QLWERIJLGCRF44J7USBFDELMNT2BW"]
        assert msg.get_all("x-message-id-hash") == ["MS6QLWERIJLGCRF44J7USBFDELMNT2BW"]

    def test_message_without_an_id_gets_no_hash(self) -> None:
        msg = Message()
        assert add_message_hash(msg) is None
        assert not msg.keys()

    @given(st.text())
    def test_any_text_has_a_hash(self, value: str) -> None:
        assert len(message_id_hash(value)) == 32

    def test_new_ids_differ(self) -> None:
        first, second = make_message_id("example.com"), make_message_id("example.com")
        assert first != second
        assert first.startswith("<")
        assert first.endswith("@example.com>")

    @pytest.mark.parametrize(
        ("value", "repaired"),
        [
            ("[a@b]", "<a@b>"),
            ("<[a@b]>", "<a@b>"),
            (" <[a@b] ", "<a@b>"),
            ("<a@b>", "<a@b>"),
            ("<a[b]@c>", "<a[b]@c>"),
        ],
    )
    def test_square_brackets_are_repaired(self, value: str, repaired: str) -> None:
        msg = Message.parse(b"Message-ID: " + value.encode() + b"\r\n\r\n")
        repair_message_id(msg)
        assert msg["message-id"].strip() == repaired

    def test_message_without_an_id_is_not_repaired(self) -> None:
        msg = Message()
        repair_message_id(msg)
        assert not msg.keys()


class TestDecoding:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("plain", "plain"),
            ("=?utf-8?q?H=C3=BChner_und?= mehr", "Hühner und mehr"),
            ("=?UTF-8?B?SMO8aG5lcg==?=", "Hühner"),
            ("=?UTF-8?B?SMO8aG5lcg?=", "Hühner"),
            ("=?iso-8859-1*de?q?=FC?=", "ü"),
            ("=?utf-8?q?a?= =?utf-8?q?b?=\r\n =?utf-8?q?c?=", "abc"),
            ("=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
            ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
            ("x=?utf-8?q?y?=z", "xyz"),
            ("=?utf-8?q?=FF?=", "\ufffd"),
            ("=?utf-8?q?line=0D=0AX-Evil:_1?=", "line X-Evil: 1"),
            ("=?x-klingon?q?a?= b", "=?x-klingon?q?a?= b"),
            ("=?hex?q?6162?=", "=?hex?q?6162?="),
            ("=?utf-8?q?open", "=?utf-8?q?open"),
            ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
            ("folded\r\n value", "folded value"),
            ("\udcc3\udcbc", "ü"),
        ],
    )
    def test_text_of(self, value: str, text: str) -> None:
        assert decode(value) == text

    @given(st.text())
    def test_any_text_becomes_one_line(self, value: str) -> None:
        text = decode(value)
        assert len(text.splitlines()) <= 1
        text.encode("utf-8")

    @given(
        st.sampled_from(
            ["utf-8", "utf-7", "utf-16", "idna", "punycode", "undefined", "hex", "\0"]
        ),
        st.sampled_from("qQbB"),
        st.text(alphabet="=+/ABCabc019_-?"),
    )
    def test_any_encoded_word_is_survived(self, charset: str, encoding: str, body: str) -> None:
        decode(f"a =?{charset}?{encoding}?{body}?= b").encode("utf-8")

    def test_sample_is_one_line(self) -> None:
        text = Message.parse(SAMPLES["rfc2047_torture"]).subject_text
        assert text.startswith("ü xyz ü")
        assert "line break X-Evil: 1" in text


class TestDecodingWithoutLoss:
    def test_text_and_its_charset(self):
        assert decode_exactly("Re: =?ISO-8859-1?q?Caf=E9?=") == ("Re: Café", "iso-8859-1")
        assert decode_exactly("plain") == ("plain", "us-ascii")

    @pytest.mark.parametrize(
        "word", ["=?x-nonesuch?q?=ff?=", "=?utf-8?q?=ff?=", "=?hex?q?zz?=", "=?utf-8?b?w?="]
    )
    def test_what_cannot_be_read_stays(self, word):
        assert decode_exactly(f"=?utf-8?q?=C3=A9?= {word}") is None
        assert decode_certain(f"=?utf-8?q?=C3=A9?= {word} x") == f"é{word} x"

    def test_characters_cut_in_two_are_whole(self):
        assert (
            decode_certain("=?utf-8?q?=C3?= =?utf-8?q?=A9?= =?x-none?q?a?=") == "é=?x-none?q?a?="
        )

    def test_what_looks_like_a_word_inside_of_one_stays_there(self):
        inside = "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?="
        assert decode_exactly(inside) == ("=?utf-8?q?x?=", "utf-8")
        assert decode_certain(inside) == inside


class TestEncoding:
    def test_ascii_stays(self) -> None:
        assert encode("hello") == "hello"

    def test_charset_that_cannot_express_it_gives_way(self) -> None:
        assert encode("Grüße", "iso-8859-1") == "=?iso-8859-1?q?Gr=FC=DFe?="
        assert encode("日本", "iso-8859-1") == "=?utf-8?b?5pel5pys?="
        assert encode("ü", "us-ascii") == encode("ü", "x-klingon") == "=?utf-8?b?w7w=?="

    def test_ascii_that_looks_encoded_is_encoded(self) -> None:
        assert decode(encode("=?utf-8?q?a?=")) == "=?utf-8?q?a?="
        assert encode("What is =? here") == "What is =? here"

    @given(st.text(), st.sampled_from(["utf-8", "us-ascii", "iso-8859-1", "nonsense"]))
    def test_encoding_and_decoding_is_the_same_text(self, text: str, charset: str) -> None:
        written = encode(text, charset)
        assert written.isascii()
        assert "\n" not in written
        if text.isprintable():
            assert decode(written).split() == one_line(text).split()
