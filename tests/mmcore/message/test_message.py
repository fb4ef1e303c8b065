"""Messages keep their bytes, and nothing malformed makes them raise."""

from __future__ import annotations

import copy
import email
import email.message
import email.mime.text
import email.policy
import pickle
import time
from email.errors import MisplacedEnvelopeHeaderDefect
from email.generator import BytesGenerator
from io import BytesIO

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mmcore.message.compose import set_parts, text_part
from mmcore.message.message import Message
from mmcore.message.structure import MAX_DEPTH
from tests.mmcore.message.samples import SAMPLES, forwarded, nested

POST = b"""\
From: Anne Person <aperson@example.com>\r
To: test@example.com\r
Subject: =?utf-8?q?H=C3=BChner?=\r
 und mehr\r
Message-ID: <first>\r
\r
An important message.\r
"""

TWO_PARTS = b"""\
From: aperson@example.com\r
Content-Type: multipart/mixed; boundary="b"\r
X-Other: as  it\r
  is\r
\r
preamble\r
--b \r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Gr=C3=BC=C3=9Fe\r
second\r
--b\r
Content-Type: application/pdf\r
\r
%PDF\x80\xff
\r
--b--\t\r
epilogue"""

pieces = st.lists(
    st.sampled_from(
        [
            b"From: aperson@example.com",
            b"Subject: \xc3\xbc",
            b"Content-Type: multipart/mixed; boundary=b",
            b"Content-Type: multipart/digest; boundary=c",
            b"Content-Type: message/rfc822",
            b"Content-Type: message/delivery-status",
            b"Content-Type: text/plain; charset=\xff",
            b"Content-Transfer-Encoding: base64",
            b"From somebody",
            b"--b",
            b"--b--",
            b"--c",
            b"--c--",
            b" folded",
            b"\t",
            b":",
            b"text",
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\n\r\n",
            b"\x00\xff",
        ]
    )
)
wild = st.one_of(
    st.binary(),
    pieces.map(b"".join),
    pieces.map(b"\r\n".join),
    pieces.map(b"\n".join),
    pieces.map(lambda found: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n".join(found)),
)


def rebuilt(msg: Message) -> bytes:
    """What is written when every part has to be written anew."""
    content = msg.get_payload()
    if not isinstance(content, list):
        return msg.as_bytes()
    first = content[0]
    first["X-Mark"] = "1"
    written = msg.as_bytes()
    del first["X-Mark"]
    assert msg.as_bytes() != written
    return msg.as_bytes()


class TestParsing:
    def test_fields_are_read_and_the_body_is_not(self) -> None:
        msg = Message.parse(POST)
        assert msg["from"] == "Anne Person <aperson@example.com>"
        assert msg["SUBJECT"] == "=?utf-8?q?H=C3=BChner?= und mehr"
        assert msg.keys() == ["From", "To", "Subject", "Message-ID"]
        assert msg._text is None
        assert msg.get_payload() == "An important message.\r\n"

    def test_size_is_that_of_the_bytes(self) -> None:
        assert Message.parse(POST).original_size == len(POST)

    def test_header_and_body_are_the_whole(self) -> None:
        msg = Message.parse(POST)
        assert msg.header_bytes().endswith(b"Message-ID: <first>\r\n\r\n")
        assert msg.header_bytes() + msg.body_bytes() == POST

    def test_another_header_section_may_replace_the_stored_one(self) -> None:
        msg = Message.parse(POST)
        msg["X-Added"] = "yes"
        again = Message.parse(POST, header=msg.header_bytes())
        assert again["x-added"] == "yes"
        assert again.as_bytes() == msg.as_bytes()
        assert again.get_payload() == msg.get_payload()
        assert not again.header_changed
        assert not again.body_changed

    def test_replacing_header_that_breaks_off_loses_nothing(self) -> None:
        again = Message.parse(POST, header=b"Subject: x\r\nno field\r\n")
        assert again.body_bytes() == b"no field\r\nAn important message.\r\n"
        assert again.as_bytes() == b"Subject: x\r\nno field\r\nAn important message.\r\n"

    def test_body_begins_at_a_line_that_is_no_field(self) -> None:
        msg = Message.parse(b"Subject: x\r\nno field\r\nTo: y\r\n")
        assert msg.keys() == ["Subject"]
        assert msg.get_payload() == "no field\r\nTo: y\r\n"
        assert msg.defects

    def test_a_blank_line_is_written_where_it_was_missing_once_something_changes(self) -> None:
        msg = Message.parse(b"Subject: x\r\nno field\r\n")
        msg["X-Added"] = "yes"
        assert msg.as_bytes() == b"Subject: x\r\nX-Added: yes\r\n\r\nno field\r\n"
        msg = Message.parse(b"Subject: x")
        msg.set_payload("text\n")
        assert msg.as_bytes() == b"Subject: x\r\n\r\ntext\r\n"

    def test_field_of_eight_bit_bytes_is_text(self) -> None:
        msg = Message.parse(b"A: gr\xc3\xbcn\r\nB: gr\xfcn\r\nC: \x81\r\n\r\n")
        assert (msg["a"], msg["b"], msg["c"]) == ("grün", "grün", "\x81")

    def test_mbox_line_is_the_envelope_sender_until_another_is_set(self) -> None:
        data = SAMPLES["mbox_from_line"]
        msg = Message.parse(data)
        assert msg.get_unixfrom() == "From bperson@example.com Thu Jan  1 00:00:00 1970"
        assert msg["subject"] == "out of an mbox file"
        assert "bperson@example.com" in msg.senders
        assert msg.as_bytes() == data
        msg.set_unixfrom("cperson@example.com")
        assert msg.header_changed
        assert msg.as_bytes() == data.partition(b"\n")[2]
        assert msg.senders == ["aperson@example.com", "cperson@example.com"]

    def test_multipart_is_read_like_the_standard_library_does(self) -> None:
        ours = Message.parse(TWO_PARTS)
        theirs = email.message_from_bytes(TWO_PARTS)
        assert ours.preamble == theirs.preamble
        assert ours.epilogue == theirs.epilogue
        mine = [(p.get_content_type(), p.get_payload(decode=True)) for p in ours.walk()]
        assert mine == [(p.get_content_type(), p.get_payload(decode=True)) for p in theirs.walk()]

    @pytest.mark.parametrize(
        "name", ["digest", "nested_rfc822", "multipart_base64", "multipart_boundary_not_found"]
    )
    def test_sample_has_the_same_parts_as_in_the_standard_library(self, name: str) -> None:
        ours = [part.get_content_type() for part in Message.parse(SAMPLES[name]).walk()]
        theirs = [
            part.get_content_type() for part in email.message_from_bytes(SAMPLES[name]).walk()
        ]
        assert ours == theirs

    def test_delivery_status_is_blocks_of_fields(self) -> None:
        status = Message.parse(SAMPLES["delivery_status"]).get_payload(1)
        blocks = status.get_payload()
        assert [block["status"] for block in blocks] == [None, "5.1.1", "4.0.0"]

    def test_parts_of_a_digest_are_messages(self) -> None:
        first, second = Message.parse(SAMPLES["digest"]).get_payload()
        assert first.get_content_type() == "message/rfc822"
        assert first.get_payload(0)["subject"] == "one"
        assert second.get_content_type() == "text/plain"

    def test_what_is_nested_too_deep_is_text(self) -> None:
        for data in (nested(400), forwarded(400)):
            parts = list(Message.parse(data).walk())
            assert len(parts) == MAX_DEPTH + 1
            assert parts[-1].get_content_type() == "text/plain"
            assert isinstance(parts[-1].get_payload(), str)
            assert b"".join([parts[0].as_bytes()]) == data

    def test_parameters_without_end_are_none(self) -> None:
        data = b"Content-Type: text/plain; charset=utf-8; " + b"x=y; " * 600_000 + b"\r\n\r\nx"
        msg = Message.parse(data)
        start = time.process_time()
        assert msg.get_content_type() == "text/plain"
        assert msg.get_content_charset() is msg.get_boundary() is msg.get_filename() is None
        assert time.process_time() - start < 1
        assert msg.as_bytes() == data


class TestBytes:
    @given(data=wild)
    @example(data=b"--b")
    @example(data=b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b--\n")
    def test_nothing_changes_by_parsing_and_looking(self, data: bytes) -> None:
        msg = Message.parse(data)
        assert msg.as_bytes() == data
        for part in msg.walk():
            part.get_payload(decode=True)
            part.as_bytes()
        assert not msg.header_changed
        assert not msg.body_changed
        assert msg.as_bytes() == data
        assert msg.header_bytes() + msg.body_bytes() == data

    @given(data=wild)
    def test_parts_put_together_again_are_the_body(self, data: bytes) -> None:
        msg = Message.parse(data)
        assert rebuilt(msg) == data
        # Again with a change inside that is taken back, so that all has to be assembled.
        for part in msg.walk():
            if part is not msg and not part.is_multipart():
                before = part._payload  # the public method decodes
                part.set_payload((before or "") + "!")
                assert msg.body_changed
                part.set_payload(before)
        assert msg.as_bytes() == data

    @given(
        data=wild,
        name=st.from_regex(r"X-[A-Za-z0-9]{1,20}", fullmatch=True),
        value=st.text(),
    )
    def test_adding_a_field_leaves_all_else_alone(
        self, data: bytes, name: str, value: str
    ) -> None:
        msg = Message.parse(data)
        raw = [getattr(field, "raw", None) for field in msg.values()]
        body = msg.body_bytes()
        msg[name] = value
        assert msg.header_changed
        assert [getattr(field, "raw", None) for field in msg.values()][:-1] == raw
        header = msg.header_bytes()
        assert msg.as_bytes() == header + body
        again = Message.parse(msg.as_bytes())
        assert len(again) == len(raw) + 1
        assert again.keys() == msg.keys()
        assert again.body_bytes() == body

    @given(data=wild, index=st.integers(0, 30))
    def test_removing_a_field_leaves_all_else_alone(self, data: bytes, index: int) -> None:
        msg = Message.parse(data)
        assume(msg.keys())
        # Such a line belongs to the header only as long as a field follows.
        assume(not any(isinstance(d, MisplacedEnvelopeHeaderDefect) for d in msg.defects))
        name = msg.keys()[index % len(msg)]
        left = [value for key, value in msg.items() if key.lower() != name.lower()]
        body = msg.body_bytes()
        del msg[name]
        again = Message.parse(msg.as_bytes())
        assert again.values() == left
        assert again.body_bytes() == body

    def test_changing_one_part_leaves_the_others_alone(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.get_payload(0).set_payload("new\n")
        assert msg.body_changed
        before, _, after = TWO_PARTS.partition(b"Gr=C3=BC=C3=9Fe\r\nsecond")
        assert msg.as_bytes() == before + b"new\r\n" + after

    def test_field_added_to_a_part_is_a_change_of_the_body(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.get_payload(1)["X-New"] = "1"
        assert msg.body_changed
        assert not msg.header_changed
        assert msg.as_bytes() == TWO_PARTS.replace(b"pdf\r\n", b"pdf\r\nX-New: 1\r\n")

    def test_part_can_be_attached(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.attach(text_part("footer"))
        again = Message.parse(msg.as_bytes())
        assert [part.get_content_type() for part in again.walk()][-1] == "text/plain"
        assert again.get_payload(2).get_payload() == "footer"
        assert (
            again.get_payload(0).as_bytes() == Message.parse(TWO_PARTS).get_payload(0).as_bytes()
        )
        assert (again.preamble, again.epilogue) == ("preamble", "epilogue")

    def test_part_can_be_removed(self) -> None:
        msg = Message.parse(TWO_PARTS)
        del msg.get_payload()[1]
        again = Message.parse(msg.as_bytes())
        assert len(again.get_payload()) == 1
        assert again.get_payload(0).text_lines() == ["Grüße", "second"]

    def test_boundary_that_a_new_part_contains_is_replaced(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.attach(text_part("--b\n--b--\n"))
        again = Message.parse(msg.as_bytes())
        assert again.get_boundary() != "b"
        assert len(again.get_payload()) == 3
        assert again.get_payload(2).text_lines() == ["--b", "--b--"]

    def test_line_that_only_begins_like_a_delimiter_does_not_matter_where_it_came_so(self) -> None:
        data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--bee\n--b\n\ntwo"
        msg = Message.parse(data)
        msg.get_payload(1).set_payload("2")
        assert msg.as_bytes() == data.replace(b"two", b"2")

    def test_part_that_comes_to_contain_the_boundary_gets_another_around_it(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.get_payload(0).set_payload("one\n--b\ntwo\n")
        again = Message.parse(msg.as_bytes())
        assert len(again.get_payload()) == 2
        assert again.get_payload(0).get_payload() == "one\r\n--b\r\ntwo\r\n"

    def test_new_boundary_in_the_header_gets_into_the_body(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.set_boundary("other")
        assert msg.body_changed
        again = Message.parse(msg.as_bytes())
        assert again.get_boundary() == "other"
        assert len(again.get_payload()) == 2

    def test_preamble_can_be_changed(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.preamble = None
        msg.epilogue = "end"
        again = Message.parse(msg.as_bytes())
        assert (again.preamble, again.epilogue) == (None, "end")
        assert len(again.get_payload()) == 2

    def test_payload_can_be_replaced_before_it_was_read(self) -> None:
        msg = Message.parse(POST)
        msg.set_payload("other\nlines\n")
        assert msg.body_changed
        assert msg.header_bytes() + b"other\r\nlines\r\n" == msg.as_bytes()
        assert not msg.header_changed

    def test_type_may_change_before_the_body_was_read(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.replace_header("Content-Type", "text/plain")
        assert len(msg.get_payload()) == 2

    def test_field_keeps_its_bytes_when_moved_to_another_message(self) -> None:
        source = Message.parse(b"Subject: =?utf-8?q?a?=\r\n\t=?utf-8?q?b?=\r\n\r\n")
        target = Message()
        target["subject"] = source["subject"]
        target["X-Subject"] = source["subject"]
        assert target.as_bytes() == (
            b"Subject: =?utf-8?q?a?=\r\n\t=?utf-8?q?b?=\r\n"
            b"X-Subject: =?utf-8?q?a?=\t=?utf-8?q?b?=\r\n\r\n"
        )

    def test_line_ends_can_be_chosen(self) -> None:
        msg = Message.parse(POST)
        assert b"\r" not in msg.as_bytes(policy=email.policy.compat32)
        assert msg.as_bytes(unixfrom=True).startswith(b"From MAILER-DAEMON ")

    def test_generator_of_the_standard_library_can_write_it(self) -> None:
        for data in (POST, TWO_PARTS):
            stream = BytesIO()
            BytesGenerator(stream, mangle_from_=False).flatten(Message.parse(data))
            assert Message.parse(stream.getvalue()).keys() == Message.parse(data).keys()

    def test_large_body_is_not_looked_at(self) -> None:
        data = POST + b"x" * 5_000_000
        msg = Message.parse(data)
        assert msg["message-id"] == "<first>"
        assert msg.as_bytes() is data


class TestNewMessages:
    def test_message_is_built_by_the_usual_methods(self) -> None:
        msg = Message()
        msg["Subject"] = "hello"
        msg["To"] = "test@example.com"
        msg.set_payload("text\nof two lines\n")
        assert isinstance(msg, email.message.Message)
        assert msg.header_changed
        assert msg.body_changed
        assert msg.as_bytes() == (
            b"Subject: hello\r\nTo: test@example.com\r\n\r\ntext\r\nof two lines\r\n"
        )

    def test_set_appends_and_delete_removes_all(self) -> None:
        msg = Message()
        msg["X"] = "1"
        msg["x"] = "2"
        assert msg.get_all("X") == ["1", "2"]
        del msg["X"]
        assert "x" not in msg
        with pytest.raises(KeyError):
            msg.replace_header("X", "3")

    def test_name_that_is_no_field_name_is_refused(self) -> None:
        with pytest.raises(ValueError, match="Bad Name"):
            Message()["Bad Name"] = "x"

    def test_message_without_anything_is_a_blank_line(self) -> None:
        assert Message().as_bytes() == b"\r\n"

    def test_multipart_without_a_type_gets_one(self) -> None:
        msg = Message()
        msg.attach(text_part("one"))
        again = Message.parse(msg.as_bytes())
        assert again.get_content_type() == "multipart/mixed"
        assert again.get_payload(0).text_lines() == ["one"]

    def test_parts_of_the_standard_library_are_welcome(self) -> None:
        msg = Message()
        set_parts(msg, email.mime.text.MIMEText("Grüße\n", "plain", "utf-8"))
        again = Message.parse(msg.as_bytes())
        assert again.text_lines() == ["Grüße"]
        assert b"\n" not in msg.as_bytes().replace(b"\r\n", b"")

    def test_part_that_the_standard_library_cannot_write_is_written(self) -> None:
        part = email.message.Message()
        part["X-One"] = "1"
        part.set_payload("Grüße\n")
        msg = Message()
        set_parts(msg, part)
        assert "Grüße" in msg.as_string()
        assert "X-One: 1" in msg.as_string()

    def test_message_as_the_payload_is_written(self) -> None:
        msg = Message()
        msg["Content-Type"] = "message/rfc822"
        msg.set_payload(Message.parse(POST))
        assert msg.as_bytes().endswith(b"\r\n\r\n" + POST)

    @given(
        fields=st.lists(st.tuples(st.from_regex(r"[!-9;-~]{1,30}", fullmatch=True), st.text())),
        text=st.text(),
    )
    def test_writing_never_fails(self, fields: list[tuple[str, str]], text: str) -> None:
        msg = Message()
        for name, value in fields:
            msg[name] = value
        msg.set_payload(text)
        msg.as_string().encode("utf-8")
        assert len(Message.parse(msg.as_bytes())) == len(fields)

    def test_value_with_a_line_break_makes_no_second_field(self) -> None:
        msg = Message()
        for evil in ("a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\x0b\x85\u2028X-Evil: 1"):
            msg["Subject"] = evil
        assert Message.parse(msg.as_bytes()).keys() == ["Subject"] * 4


class TestCopies:
    def test_copy_is_independent(self) -> None:
        msg = Message.parse(TWO_PARTS)
        msg.get_payload(0)["X-First"] = "1"
        other = copy.deepcopy(msg)
        assert other.as_bytes() == msg.as_bytes()
        other["X-Other"] = "2"
        other.get_payload(1).set_payload("gone")
        del other.get_payload(0)["X-First"]
        assert b"%PDF" in msg.as_bytes()
        assert b"X-First" in msg.as_bytes()
        assert len(msg.get_all("X-Other", [])) == 1

    def test_copy_of_what_nobody_looked_into_shares_the_bytes(self) -> None:
        msg = Message.parse(POST)
        assert copy.deepcopy(msg).as_bytes() is POST

    def test_deep_message_can_be_copied(self) -> None:
        msg = Message.parse(nested(400))
        list(msg.walk())
        assert copy.deepcopy(msg).as_bytes() == nested(400)

    def test_message_can_be_pickled(self) -> None:
        msg = Message.parse(TWO_PARTS)
        list(msg.walk())
        assert pickle.loads(pickle.dumps(msg)).as_bytes() == TWO_PARTS

    def test_value_of_a_field_is_pickled_as_mere_text(self) -> None:
        value = pickle.loads(pickle.dumps(Message.parse(POST)["subject"]))
        assert type(value) is str


class TestSenders:
    def test_order_is_that_of_the_setting(self) -> None:
        msg = Message.parse(
            b"Sender: s@example.com\r\nReply-To: R@example.com, not an address\r\n"
            b"From: Anne <A@EXAMPLE.com>, b@example.com\r\n\r\n"
        )
        msg.set_unixfrom("u@example.com")
        everybody = ["a@example.com", "b@example.com", "u@example.com"]
        assert msg.senders == [*everybody, "r@example.com", "s@example.com"]
        assert msg.sender == "a@example.com"
        msg.sender_headers = ("sender", "from_")
        assert msg.senders == ["s@example.com", "u@example.com"]

    def test_envelope_sender_survives_in_the_field_of_the_receiver(self) -> None:
        msg = Message.parse(b"X-MailFrom: forged@example.com\r\nX-MailFrom: a@example.com\r\n\r\n")
        assert msg.senders == ["a@example.com"]

    def test_nobody_sent_it(self) -> None:
        msg = Message.parse(b"From: <>\r\n\r\n")
        msg.set_unixfrom("<>")
        assert msg.senders == []
        assert msg.sender == ""

    def test_encoded_name_does_not_pass_for_an_address(self) -> None:
        msg = Message.parse(b"From: =?utf-8?q?boss=40example=2Ecom=2C?= <x@example.com>\r\n\r\n")
        assert msg.senders == ["x@example.com"]

    def test_field_that_is_encoded_as_a_whole_is_decoded(self) -> None:
        msg = Message.parse(b"From: =?utf-8?q?Anne_=3Canne=40example=2Ecom=3E?=\r\n\r\n")
        assert msg.senders == ["anne@example.com"]

    def test_address_sample(self) -> None:
        assert Message.parse(SAMPLES["address_torture"]).senders == [
            "aperson@example.com",
            "cperson@example.com",
            "dperson@example.com",
            "eperson@example.com",
            "f@example.com",
            "a@b@example.com",
            "bperson@example.com",
        ]


class TestText:
    def test_subject_is_decoded(self) -> None:
        assert Message.parse(POST).subject_text == "Hühner und mehr"
        assert Message().subject_text == ""
        assert Message.parse(POST).decoded("to") == "test@example.com"

    def test_lines_are_those_of_the_first_text_part(self) -> None:
        assert Message.parse(POST).text_lines(5) == ["An important message."]
        assert Message.parse(TWO_PARTS).text_lines(1) == ["Grüße"]
        assert Message.parse(TWO_PARTS).text_lines() == ["Grüße", "second"]

    def test_message_without_text_has_no_lines(self) -> None:
        assert Message.parse(b"Content-Type: text/html\r\n\r\n<p>").text_lines(5) == []

    def test_wide_charset_is_decoded_before_it_is_cut(self) -> None:
        data = b"Content-Type: text/plain; charset=utf-16-le\r\n\r\n" + "a\nb\n".encode(
            "utf-16-le"
        )
        assert Message.parse(data).text_lines(1) == ["a"]

    def test_unknown_charset_is_read_as_utf8(self) -> None:
        assert Message.parse(SAMPLES["unknown_charset"]).text_lines(1) == ["qapla’ \ufffd"]

    def test_charset_that_cannot_be_one_is_ignored(self) -> None:
        head = b"Content-Type: text/plain; charset=\"a\x00b\"; name*=a%00b''x\r\n\r\n"
        msg = Message.parse(head + "grün\r\n".encode())
        assert msg.get_payload() == "grün\r\n"
        assert msg.get_payload(decode=True) == "grün\r\n".encode()
        assert msg.text_lines() == ["grün"]

    def test_first_index_of_a_text_is_an_error_as_in_the_standard_library(self) -> None:
        with pytest.raises(TypeError):
            Message.parse(POST).get_payload(0)

    def test_string_has_unix_line_ends_and_no_surrogates(self) -> None:
        text = Message.parse(b"A: \xff\r\n\r\n\xfe\r\n").as_string()
        assert text == "A: \ufffd\n\n\ufffd\n"
        assert str(Message.parse(POST)) == POST.decode().replace("\r\n", "\n")
        assert bytes(Message.parse(POST)) == POST


class TestSamples:
    @pytest.mark.parametrize("name", SAMPLES)
    def test_sample_is_survived(self, name: str) -> None:
        data = SAMPLES[name]
        msg = Message.parse(data)
        assert isinstance(msg.senders, list)
        assert isinstance(msg.sender, str)
        assert "\n" not in msg.subject_text
        assert len(msg.text_lines(3)) <= 3
        for part in msg.walk():
            part.get_content_type()
            part.get_content_charset()
            part.get_filename()
            part.get_boundary()
            part.get_params()
            part.get_content_disposition()
            part.get_payload()
            part.get_payload(decode=True)
        assert msg.as_bytes() == data
        msg.as_string().encode("utf-8")
        copy.deepcopy(msg)["X-Added"] = "1"
        msg["X-Added"] = "1"
        assert Message.parse(msg.as_bytes())["x-added"] == "1" or len(msg) > 10_000
        msg.as_string().encode("utf-8")

    @pytest.mark.parametrize("name", SAMPLES)
    def test_values_of_fields_are_text_without_surrogates(self, name: str) -> None:
        for part in Message.parse(SAMPLES[name]).walk():
            for value in part.values():
                assert isinstance(value, str)
                value.encode("utf-8")


class TestReplacedBody:
    def made(self, body=b"new \xe9\r\n.\r\n"):
        msg = Message.parse(POST)
        msg["X-New"] = "yes"
        msg.replace_body(body[:4], memoryview(body)[4:])
        return msg

    def test_it_leaves_as_it_was_given(self):
        msg = self.made()
        assert msg.body_changed
        assert msg.as_bytes().endswith(b"X-New: yes\r\n\r\nnew \xe9\r\n.\r\n")
        assert msg.as_bytes() == b"".join(msg.as_pieces())

    def test_it_can_be_read(self):
        msg = self.made(b"first\nsecond\n")
        assert msg.text_lines() == ["first", "second"]
        assert msg.as_bytes().endswith(b"\r\n\r\nfirst\nsecond\n")

    def test_its_parts_can_be_changed(self):
        msg = Message.parse(POST)
        msg["Content-Type"] = 'multipart/mixed; boundary="x"'
        msg.replace_body(b"--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n--x--\r\n")
        before = copy.deepcopy(msg)
        msg.get_payload(1).set_payload("three")
        assert msg.as_bytes().endswith(b"--x\r\n\r\none\r\n--x\r\n\r\nthree\r\n--x--\r\n")
        assert before.as_bytes().endswith(b"--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n--x--\r\n")

    def test_it_can_be_replaced_again_and_set(self):
        msg = self.made()
        msg.replace_body(b"newer")
        assert msg.body_bytes() == b"newer"
        msg.set_payload("newest")
        assert msg.body_bytes() == b"newest"

    def test_of_a_message_made_here(self):
        msg = Message()
        msg["Subject"] = "made"
        msg.replace_body(b"a\nb")
        assert msg.as_bytes() == b"Subject: made\r\n\r\na\nb"

    @given(st.binary())
    def test_any_bytes(self, body):
        msg = Message.parse(TWO_PARTS)
        msg.replace_body(body)
        list(msg.walk())
        assert msg.body_bytes() == body
        assert bytes(msg.body_span().view) == body


class TestBeginning:
    def test_short_message_is_its_own_beginning(self):
        msg = Message.parse(POST)
        assert msg.beginning(1000) is msg

    def test_lines_of_a_long_text(self):
        msg = Message.parse(POST + b"a line\r\n" * 100_000)
        assert msg.text_lines(2) == ["An important message.", "a line"]
        assert len(msg.text_lines()) == 100_001

    @pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
    def test_long_text_in_a_transfer_encoding(self, encoding):
        text = email.mime.text.MIMEText("ein schöner Satz\n" * 50_000, _charset="utf-8")
        if encoding == "quoted-printable":
            del text["content-transfer-encoding"]
            text["Content-Transfer-Encoding"] = encoding
            text.set_payload(b"ein sch=C3=B6ner Satz\n".decode() * 50_000)
        assert Message.parse(text.as_bytes()).text_lines(3) == ["ein schöner Satz"] * 3
