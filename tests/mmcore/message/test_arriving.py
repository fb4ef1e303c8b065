"""What messages get when they arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.arriving import arrive, host_name
from mmcore.message.message import Message
from mmcore.message.structure import MAX_FIELDS

POST = b"From: anne@example.com\nMessage-ID: <ant>\n\nHello.\n"
NO_ID = b"From: anne@example.com\n\nHello.\n"
RELAYED = b"Received: from a by b with ESMTP id 1; Mon, 20 Nov 2023 10:00:00 +0100\n" + NO_ID


class TestArrive:
    def test_the_hash_and_the_envelope_sender(self):
        msg = arrive(POST, "anne@example.com", "host")
        assert msg["message-id"] == "<ant>"
        assert msg["message-id-hash"] == msg["x-message-id-hash"]
        assert msg["x-mailfrom"] == "anne@example.com"

    def test_the_null_sender(self):
        msg = arrive(POST, "", "host")
        assert msg["x-mailfrom"] == "<>"
        assert msg.get_unixfrom() == "<>"

    def test_everything_else_stays(self):
        data = arrive(POST, "", "host").as_bytes()
        assert data.startswith(b"From: anne@example.com\nMessage-ID: <ant>\n")
        assert data.endswith(b"\nHello.\n")

    def test_a_field_behind_a_carriage_return_is_one(self):
        data = b"Subject: x\rApproved: y\r\n\r\none\rtwo\nthree\r\r\n"
        msg = arrive(data, "", "host")
        assert (msg["subject"], msg["approved"]) == ("x", "y")
        assert msg.body_bytes() == b"one\r\ntwo\r\nthree\r\n"

    def test_an_id_in_square_brackets_is_repaired(self):
        msg = arrive(POST.replace(b"<ant>", b"<[ant]>"), "", "host")
        assert msg["message-id"] == "<ant>"

    def test_a_missing_id_is_made(self):
        one, other = (arrive(NO_ID, "", "host")["message-id"] for _ in range(2))
        assert one.endswith("@host>")
        assert one != other

    def test_without_a_domain_a_missing_id_is_refused(self):
        assert arrive(NO_ID, "", None) is None
        assert arrive(POST, "", None) is not None

    def test_what_is_sent_again_gets_the_same_id(self):
        first, again = (arrive(RELAYED, "a@b.example", "host")["message-id"] for _ in range(2))
        assert first == again
        assert arrive(RELAYED, "c@b.example", "host")["message-id"] != first
        assert arrive(RELAYED + b"\n", "a@b.example", "host")["message-id"] != first

    @given(st.binary(max_size=200))
    def test_never_raises(self, data):
        assert arrive(data, "a@b.example", "host")["x-mailfrom"] == "a@b.example"

    def test_the_host_is_asked_for_once(self):
        assert host_name() is host_name()

    def test_a_header_without_end_is_the_same_when_it_is_read_again(self):
        msg = arrive(b"A: b\n" * 2 * MAX_FIELDS + b"\nHello.\n", "", "host")
        again = Message.parse(msg.as_bytes())
        assert again.keys() == msg.keys()
        assert again.body_bytes() == msg.body_bytes()
        assert again.body_bytes().startswith(b"A: b\n")
