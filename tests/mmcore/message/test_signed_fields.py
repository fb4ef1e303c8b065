from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.headers import in_one_line, prepend_field
from mmcore.message.message import Message
from mmcore.message.writing import as_sent


class TestPrependField:
    def test_it_stands_first_as_these_bytes(self):
        msg = Message.parse(b"Subject: x\r\nTo: y\r\n\r\nbody")
        raw = b"DKIM-Signature: v=1;\r\n\tb=  abc;\r\n d\r\n"
        prepend_field(msg, raw)
        assert msg.as_bytes() == raw + b"Subject: x\r\nTo: y\r\n\r\nbody"
        assert msg["dkim-signature"] == "v=1;\tb=  abc; d"
        assert Message.parse(msg.as_bytes()).items() == msg.items()


class TestInOneLine:
    def test_it_is_not_folded(self):
        msg = Message()
        msg["List-Id"] = in_one_line("List-Id", "word " * 50 + "<a.b>")
        assert msg.as_bytes() == b"List-Id: " + b"word " * 50 + b"<a.b>\r\n\r\n"

    def test_unless_it_must_be(self):
        msg = Message()
        msg["List-Id"] = in_one_line("List-Id", "word " * 300)
        assert max(map(len, msg.as_bytes().split(b"\r\n"))) <= 998

    @given(st.text())
    def test_nothing_in_it_begins_another_field(self, text):
        msg = Message()
        msg["List-Id"] = in_one_line("List-Id", text)
        assert Message.parse(msg.as_bytes()).keys() == ["List-Id"]


class TestAsSent:
    @given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"."])).map(b"".join))
    def test_every_line_end_is_the_one_of_smtp(self, data):
        sent = as_sent(data)
        assert sent.count(b"\r") == sent.count(b"\n") == sent.count(b"\r\n")
        assert as_sent(sent) is sent
        assert sent.replace(b"\r\n", b"") == data.replace(b"\r", b"").replace(b"\n", b"")
