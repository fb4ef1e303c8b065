from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryMode
from mmcore.services.subscription_notices import say_goodbye
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

    @pytest.mark.parametrize("wanted", [False, True])
    def test_whether_its_sender_names_the_member_is_for_the_site_to_say(
        self, engine, site, mlist, anne, wanted
    ):
        engine.settings.mta.verp_delivery_interval = 1
        engine.settings.mta.verp_personalized_deliveries = wanted
        send_welcome(engine, anne)
        say_goodbye(engine, mlist, anne.email, "", "en")
        assert [msgdata["verp"] for _msg, msgdata in queued(engine, site, "virgin")] == [
            wanted, wanted,
        ]  # fmt: skip

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
