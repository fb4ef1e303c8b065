from __future__ import annotations

import base64
import quopri

import pytest

from mmcore.handlers.splicing import splice
from mmcore.message.message import Message

ASCII = "-- \nThe list: test@example.com\n"
GERMAN = "-- \nGrüße von der Liste\n"


def spliced(data, header="", footer="", personal=False):
    """The message after splicing, parsed again."""
    msg = Message.parse(data)
    result = splice(msg, header, footer, personal)
    for name, value in result.fields.items():
        del msg[name]
        if value is not None:
            msg[name] = value
    return Message.parse(msg.header_bytes() + b"".join(result.pieces))


def text(content, charset=None, encoding=None, extra=""):
    """A text/plain message."""
    head = ""
    if charset:
        head += f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}{extra}\r\n"
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\r\n"
    return f"Subject: x\r\n{head}\r\n".encode() + content


class TestPlainText:
    @pytest.mark.parametrize(
        ("charset", "encoding", "content"),
        [
            (None, None, b"Hi.\r\n"),
            ("us-ascii", "7bit", b"Hi.\r\n\r\n"),
            ("utf-8", "8bit", "Grüße.\r\n".encode()),
            ("iso-8859-1", "8bit", "Grüße.\r\n".encode("latin-1")),
            ("shift_jis", "8bit", "こんにちは\r\n".encode("shift_jis")),
            ("us-ascii", None, b"8 bit against the rules: \xe9\r\n"),
            ("utf-8", "8bit", b"not utf-8 at all: \xff\r\n"),
        ],
    )
    def test_ascii_footer_is_appended_to_the_very_bytes(self, charset, encoding, content):
        msg = spliced(text(content, charset, encoding), footer=ASCII)
        assert msg.body_bytes() == content + ASCII.replace("\n", "\r\n").encode()
        assert msg.header_bytes() == Message.parse(text(b"", charset, encoding)).header_bytes()

    def test_header_goes_on_top(self):
        msg = spliced(text(b"Hi.\r\n"), header="From the list\n", footer="Bye\n")
        assert msg.body_bytes() == b"From the list\r\nHi.\r\nBye\r\n"

    def test_line_end_is_added_where_it_is_missing(self):
        assert spliced(text(b"Hi."), footer="Bye").body_bytes() == b"Hi.\r\nBye\r\n"

    def test_line_ends_of_the_message_are_used(self):
        assert spliced(b"Subject: x\n\nHi.\n", footer="Bye").body_bytes() == b"Hi.\nBye\n"

    def test_empty_body(self):
        assert spliced(text(b""), footer="Bye").body_bytes() == b"Bye\r\n"

    def test_footer_in_the_charset_of_the_text(self):
        msg = spliced(text("Größe\r\n".encode("latin-1"), "iso-8859-1", "8bit"), footer=GERMAN)
        assert msg["content-type"] == "text/plain; charset=iso-8859-1"
        assert msg.get_payload(decode=True).decode("latin-1") == (
            "Größe\r\n-- \r\nGrüße von der Liste\r\n"
        )

    @pytest.mark.parametrize("charset", [None, "us-ascii", "utf-8"])
    def test_seven_bit_message_stays_seven_bit(self, charset):
        msg = spliced(text(b"Hi = there.\r\n", charset), footer=GERMAN)
        assert msg.as_bytes().isascii()
        assert msg["mime-version"] == "1.0"
        assert msg["content-transfer-encoding"] == "quoted-printable"
        assert msg.get_content_charset() == "utf-8"
        assert msg.get_payload(decode=True).decode() == "Hi = there.\r\n" + GERMAN.replace(
            "\n", "\r\n"
        )

    def test_charset_that_is_too_small_becomes_utf_8(self):
        data = text("żółw\r\n".encode("iso-8859-2"), "iso-8859-2", "8bit", "; format=flowed")
        msg = spliced(data, footer="こんにちは\n")
        assert msg.get_content_charset() == "utf-8"
        assert msg.get_param("format") == "flowed"
        assert msg.get_payload(decode=True).decode() == "żółw\r\nこんにちは\r\n"

    @pytest.mark.parametrize("encoding", ["8bit", "base64"])
    def test_no_text_in_what_is_no_charset(self, encoding):
        msg = spliced(text(b"", "hex", encoding), footer=GERMAN)
        assert msg.get_content_charset() == "utf-8"
        assert msg.get_payload(decode=True).decode() == GERMAN.replace("\n", "\r\n")

    def test_quoted_printable_grows_without_being_decoded(self):
        content = b"Gr=C3=BC=\r\n=C3=9Fe=20\r\n"
        msg = spliced(text(content, "utf-8", "quoted-printable"), footer=GERMAN)
        assert msg.body_bytes().startswith(content)
        assert msg.body_bytes().isascii()
        assert msg.get_payload(decode=True).decode() == (
            "Grüße \r\n-- \r\nGrüße von der Liste\r\n"
        )

    def test_soft_line_break_at_the_end_does_not_swallow_the_footer(self):
        msg = spliced(text(b"Hi.=\r\n", "utf-8", "quoted-printable"), footer="Bye")
        assert msg.get_payload(decode=True) == b"Hi.\r\nBye\r\n"

    @pytest.mark.parametrize("charset", ["utf-8", "utf-16", "iso-2022-jp"])
    def test_base64_is_decoded_and_encoded_again(self, charset):
        content = base64.encodebytes("こんにちは\r\n".encode(charset)).replace(b"\n", b"\r\n")
        msg = spliced(text(content, charset, "base64"), header="Top\n", footer=ASCII)
        assert msg["content-transfer-encoding"] == "base64"
        assert msg.get_payload(decode=True).decode(charset) == (
            "Top\r\nこんにちは\r\n" + ASCII.replace("\n", "\r\n")
        )

    def test_flowed_text_does_not_flow_into_the_footer(self):
        msg = spliced(text(b"Hi \r\n", "utf-8", "8bit", "; format=flowed"), footer="Bye")
        assert msg.body_bytes() == b"Hi \r\n\r\nBye\r\n"


class TestWrapping:
    @pytest.mark.parametrize(
        "data",
        [
            text(b"<p>Hi</p>\r\n").replace(b"Subject", b"Content-Type: text/html\r\nSubject"),
            text(b"!!! no base64 !!!\r\n", "utf-8", "base64"),
            text(b"begin 644 x\r\n", "utf-8", "x-uuencode"),
            text(b"\xff", "x-nonesuch", "8bit"),
            text(b"Hi", "utf-8", "8bit", "\r\nContent-Disposition: attachment"),
            b"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n",
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts\r\n",
            b"Content-Type: multipart/signed; boundary=x\r\nSubject: x\r\n\r\n"
            b"--x\r\n\r\nsigned \r\n--x\r\n\r\nsignature\r\n--x--\r\nrest",
            b"Content-type: MULTIPART/alternative;\r\n\tboundary=x\r\nSubject: x\r\n\r\n"
            b"--x\r\n\r\na\r\n--x--\r\n",
        ],
    )
    def test_original_is_an_inner_part_byte_for_byte(self, data):
        before = Message.parse(data)
        msg = spliced(data, header="Top\n", footer=ASCII)
        assert msg.get_content_type() == "multipart/mixed"
        assert msg.get_all("mime-version") == ["1.0"]
        top, inner, bottom = msg.get_payload()
        assert top.get_payload() == "Top\r\n"
        assert bottom.get_payload() == ASCII.replace("\n", "\r\n")
        assert bottom["content-disposition"] == "inline"
        assert inner.body_bytes() == before.body_bytes()
        content = [item for item in before.items() if item[0].lower().startswith("content-")]
        assert inner.items() == content
        outer = {name.lower() for name in msg if name.lower().startswith("content-")}
        assert outer <= {"content-type", "content-transfer-encoding"}
        assert msg["subject"] == before["subject"]

    def test_received_field_keeps_its_bytes(self):
        msg = spliced(
            b"Content-type: MULTIPART/alternative;\r\n\tboundary=x\r\n\r\n"
            b"--x\r\n\r\na\r\n--x--\r\n",
            footer=ASCII,
        )
        assert b"\r\nContent-type: MULTIPART/alternative;\r\n\tboundary=x\r\n" in msg.as_bytes()

    def test_eight_bit_is_declared_outside_too(self):
        msg = spliced(
            b"Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xe9", footer=ASCII
        )
        assert msg["content-transfer-encoding"] == "8bit"

    def test_base64_inside_needs_no_declaration_outside(self):
        msg = spliced(
            b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n",
            footer=ASCII,
        )
        assert "content-transfer-encoding" not in msg

    def test_footer_beyond_ascii_is_quoted_printable(self):
        msg = spliced(b"Content-Type: text/html\r\n\r\nx", footer=GERMAN)
        assert msg.as_bytes().isascii()
        assert msg.get_payload()[1].get_payload(decode=True).decode() == GERMAN.replace(
            "\n", "\r\n"
        )


MIXED = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n"
    b"preamble\r\n--=_b\r\nContent-Type: text/plain\r\n\r\nFrom here \r\n\r\n"
    b"--=_b \r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--=_b--\r\nepilogue\r\n"
)  # fmt: skip


class TestMixed:
    def test_parts_are_added_and_the_rest_is_untouched(self):
        msg = spliced(MIXED, header="Top\n", footer=ASCII)
        data = msg.as_bytes()
        top, first, second, bottom = msg.get_payload()
        assert top.get_payload() == "Top\r\n"
        assert first.body_bytes() == b"From here \r\n"
        assert second.body_bytes() == b"\x89PNG"
        assert bottom.get_payload() == ASCII.replace("\n", "\r\n")
        for part in (top, bottom):
            start = data.index(part.as_bytes())
            assert data[:start].endswith(b"\r\n--=_b\r\n")
        assert msg.preamble == "preamble"
        assert msg.epilogue == "epilogue\r\n"
        assert (
            MIXED[MIXED.index(b"Content-Type: text/plain") : MIXED.index(b"\r\n--=_b--")] in data
        )

    def test_missing_end_is_supplied(self):
        data = MIXED[: MIXED.index(b"\r\n--=_b--")]
        msg = spliced(data, footer=ASCII)
        first, second, bottom = msg.get_payload()
        assert first.body_bytes() == b"From here \r\n"
        assert second.body_bytes() == b"\x89PNG"
        assert bottom.get_payload() == ASCII.replace("\n", "\r\n")
        assert msg.as_bytes().endswith(b"\r\n--=_b--\r\n")

    def test_only_a_header(self):
        msg = spliced(MIXED, header="Top\n")
        assert len(msg.get_payload()) == 3
        assert msg.as_bytes().endswith(b"\r\n--=_b--\r\nepilogue\r\n")

    def test_inner_multipart_of_a_longer_boundary_is_not_mistaken(self):
        data = (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n"
            b"--bb\r\n\r\nx\r\n--bb--\r\n--b--\r\n"
        )
        msg = spliced(data, footer=ASCII)
        inner, bottom = msg.get_payload()
        assert inner.body_bytes() == b"--bb\r\n\r\nx\r\n--bb--"
        assert bottom.get_payload() == ASCII.replace("\n", "\r\n")

    def test_multipart_that_claims_to_be_encoded_is_wrapped(self):
        data = (
            b"Content-Type: multipart/mixed; boundary=x\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n--x\r\n\r\nhi\r\n--x--\r\n"
        )
        inner, _bottom = spliced(data, footer=ASCII).get_payload()
        assert inner["content-transfer-encoding"] == "base64"


class TestFlowed:
    @pytest.mark.parametrize("encoding", ["7bit", "8bit", "quoted-printable", "base64"])
    @pytest.mark.parametrize("delsp", ["", "; delsp=yes", "; DelSp=no"])
    def test_parameters_are_kept(self, encoding, delsp):
        content = b"Flowed \r\ntext.\r\n"
        if encoding == "base64":
            content = base64.encodebytes(content)
        data = text(content, "us-ascii", encoding, f"; format=flowed{delsp}")
        for footer in (ASCII, GERMAN):
            msg = spliced(data, footer=footer)
            assert msg.get_param("format") == "flowed"
            assert msg.get_param("delsp") == Message.parse(data).get_param("delsp")
            assert msg.get_payload(decode=True).decode().endswith(footer.replace("\n", "\r\n"))

    def test_no_blank_line_where_nothing_flows(self):
        msg = spliced(text(b"Hi.\r\n", "utf-8", "8bit", "; format=flowed"), footer="Bye")
        assert msg.body_bytes() == b"Hi.\r\nBye\r\n"

    def test_encoded_text_does_not_flow_into_the_footer_either(self):
        content = base64.encodebytes(b"Hi \r\n")
        msg = spliced(text(content, "utf-8", "base64", "; format=flowed"), footer="Bye")
        assert msg.get_payload(decode=True) == b"Hi \r\n\r\nBye\r\n"
        msg = spliced(text(b"Hi \r\n", "us-ascii", "7bit", "; format=flowed"), footer="Größe")
        assert msg.get_payload(decode=True).decode() == "Hi \r\n\r\nGröße\r\n"

    def test_the_header_does_not_flow_into_the_text(self):
        data = text(b"Hi.\r\n", "utf-8", "8bit", "; format=flowed")
        msg = spliced(data, header="Top \n")
        assert msg.body_bytes() == b"Top \r\n\r\nHi.\r\n"


class TestPersonal:
    """Bytes of the footer can be told from all others, whatever the text is written in."""

    def test_base64_becomes_quoted_printable(self):
        data = text(base64.encodebytes("Größe\r\n".encode()), "utf-8", "base64")
        msg = spliced(data, footer=ASCII, personal=True)
        assert msg["content-transfer-encoding"] == "quoted-printable"
        assert b"\nThe list: test@example.com\n" in msg.body_bytes()
        assert spliced(data, footer=ASCII)["content-transfer-encoding"] == "base64"

    @pytest.mark.parametrize("charset", ["utf-16", "utf-7", "cp500"])
    @pytest.mark.parametrize("footer", [ASCII, GERMAN])
    def test_charsets_in_which_ascii_is_something_else(self, charset, footer):
        data = text(base64.encodebytes("Größe\r\n".encode(charset)), charset, "base64")
        msg = spliced(data, footer=footer, personal=True)
        assert msg.get_content_charset() == "utf-8"
        shown = msg.get_payload(decode=True).decode().splitlines()
        assert shown == ["Größe", *footer.splitlines()]

    @pytest.mark.parametrize("charset", ["iso-8859-1", "gb18030", "utf-8"])
    @pytest.mark.parametrize("encoding", ["8bit", "quoted-printable"])
    def test_what_is_not_ascii_is_in_utf_8(self, charset, encoding):
        content = "Größe\r\n".encode(charset)
        if encoding != "8bit":
            content = quopri.encodestring(content)
        msg = spliced(text(content, charset, encoding), footer=GERMAN, personal=True)
        assert msg.get_content_charset() == "utf-8"
        assert msg["content-transfer-encoding"] == encoding
        shown = msg.get_payload(decode=True).decode().splitlines()
        assert shown == ["Größe", *GERMAN.splitlines()]

    def test_ascii_leaves_the_bytes_of_the_text_alone(self):
        content = "Größe\r\n".encode("latin-1")
        msg = spliced(text(content, "iso-8859-1", "8bit"), footer=ASCII, personal=True)
        assert msg.body_bytes().startswith(content)
        assert msg.get_content_charset() == "iso-8859-1"


class TestSignedAndEncrypted:
    @pytest.mark.parametrize("subtype", ["signed", "encrypted"])
    @pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
    def test_not_one_byte_of_them_changes(self, subtype, newline):
        kind = (
            f'multipart/{subtype}; micalg=pgp-sha256;\n\tprotocol="application/pgp";\n'
            ' boundary="b 1"'
        )
        body = (
            b"preamble\n--b 1\nContent-Type: text/plain\n\nFrom me \n.\n\n"
            b"--b 1\n\nxx\n--b 1--\nend"
        )
        data = f"MIME-Version: 1.0\nContent-Type: {kind}\nSubject: x\n\n".encode() + body
        data = data.replace(b"\n", newline)
        msg = spliced(data, header="Top\n", footer=GERMAN)
        assert msg.get_content_type() == "multipart/mixed"
        expected = f"Content-Type: {kind}\n\n".encode().replace(b"\n", newline)
        assert expected + body.replace(b"\n", newline) + newline in msg.as_bytes()
