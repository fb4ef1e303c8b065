from __future__ import annotations

from mmcore.interfaces.member import DeliveryMode
from mmcore.services.welcome import send_welcome
from tests.support.queues import queued


class TestWelcome:
    def test_it_greets_by_name_from_the_request_address(self, engine, site, mlist, anne):
        send_welcome(engine, anne)
        [(msg, msgdata)] = queued(engine, site, "virgin")
        assert msg["To"] == "Anne Person <aperson@example.com>"
        assert msg["From"] == "test-request@example.com"
        assert msg["Subject"] == "Welcome to Test"
        assert msg["Precedence"] == "bulk"
        assert msgdata["recipients"] == ["aperson@example.com"]
        assert msgdata["nodecorate"] is True
        text = msg.get_payload(decode=True).decode()
        assert "test@example.com" in text
        assert "aperson@example.com" in text
        assert "$" not in text

    def test_who_gets_digests_is_told_so(self, engine, site, mlist, anne):
        anne.preferences.delivery_mode = DeliveryMode.mime_digests
        send_welcome(engine, anne)
        [(msg, _)] = queued(engine, site, "virgin")
        assert msg["Subject"].endswith("as a digest")

    def test_names_cannot_add_header_fields(self, engine, site, mlist, anne):
        anne.address.display_name = "Anne\nBcc: x@example.com"
        mlist.display_name = "Test\r\nX-Bad: yes"
        send_welcome(engine, anne)
        [(msg, msgdata)] = queued(engine, site, "virgin")
        assert "bcc" not in msg
        assert "x-bad" not in msg
        assert msgdata["recipients"] == ["aperson@example.com"]
