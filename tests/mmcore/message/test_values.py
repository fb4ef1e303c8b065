"""Values of header fields as patterns are compared with them."""

from __future__ import annotations

import pytest

from mmcore.message import values
from mmcore.message.message import Message
from mmcore.message.values import MAX_VALUE, MAX_VALUES, FieldValues
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

NESTED = """\
    Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus?=
      Berlin
    X-Seen: one
    X-seen:   two
    Content-Type: multipart/mixed; boundary=B

    --B
    X-SEEN: three

    Text
    --B
    Content-Type: message/rfc822

    X-Seen: four
    Subject: inside

    X-Seen: body
    --B--
    """


class TestFieldValues:
    def test_they_are_decoded_and_on_one_line(self):
        assert FieldValues(message(NESTED)).texts("subject") == ("Grüße aus  Berlin", "inside")

    def test_all_parts_count_and_the_case_of_names_does_not(self):
        found = FieldValues(message(NESTED))
        assert found.texts("x-seen") == ("one", "two", "three", "four")
        assert found.texts("x-none") == ()

    def test_parts_can_be_left_out(self):
        found = FieldValues(message(NESTED), parts=False)
        assert found.texts("x-seen") == ("one", "two")

    def test_the_field_is_shown_as_it_was_written(self):
        found = FieldValues(message(NESTED))
        assert found.field("x-seen", 2) == "X-SEEN: three"
        assert found.field("subject", 0) == "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus?=  Berlin"
        assert found.written("x-seen") == ("one", "two", "three", "four")
        assert found.written("subject")[0].startswith("=?utf-8?q?Gr")

    def test_each_value_is_decoded_once(self, monkeypatch):
        decoded = []
        monkeypatch.setattr(values, "decode", lambda text: decoded.append(text) or text)
        found = FieldValues(message("Subject: a\nX: b\n\n"))
        for _ in range(3):
            found.texts("subject")
        assert decoded == ["a"]

    def test_long_values_are_cut(self):
        long = "=?utf-8?q?" + "=41" * 20 + "?=\n "
        found = FieldValues(message("X: " + "a" * 20_000 + "\nY: " + long * 1000 + "\n\n"))
        assert found.texts("x") == ("a" * MAX_VALUE,)
        assert found.texts("y") == ("A" * MAX_VALUE,)

    def test_of_very_many_values_the_first_count(self):
        found = FieldValues(message("X: " + "a" * 990 + "\n" + "X:\n" * 100 + "\n"))
        assert len(found.texts("x")) == 101
        found = FieldValues(message(("X: " + "a" * 990 + "\n") * 200 + "\n"))
        assert len(found.texts("x")) == MAX_VALUES // 1000
        assert len(found.written("x")) == MAX_VALUES // 1000

    def test_attachments_are_not_read_for_it(self, monkeypatch):
        msg = Message.parse(b"Subject: x\r\nContent-Type: image/png\r\n\r\nabc")
        monkeypatch.setattr(Message, "_read", None)
        assert FieldValues(msg).texts("content-type") == ("image/png",)

    @pytest.mark.parametrize("sample", sorted(MALFORMED))
    def test_any_message_has_some(self, sample):
        msg = malformed(sample)
        found = FieldValues(msg)
        for name in {name.lower() for name in msg}:
            assert found.texts(name)
            assert found.field(name, 0)
            assert len(found.written(name)) == len(found.texts(name))
        assert msg.as_bytes() == MALFORMED[sample]
