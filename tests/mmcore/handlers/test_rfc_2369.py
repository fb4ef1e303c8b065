from __future__ import annotations

import pytest


class TestRFC2369:
    def test_fields_of_the_list(self, handle, mlist):
        mlist.description = "About tests"
        assert handle("rfc-2369", "Subject: x\n\n")[0].as_string() == (
            "Subject: x\n"
            "List-Id: About tests <test.example.com>\n"
            "List-Help: <mailto:test-request@example.com?subject=help>\n"
            "List-Owner: <mailto:test-owner@example.com>\n"
            "List-Post: <mailto:test@example.com>\n"
            "List-Subscribe: <mailto:test-join@example.com>\n"
            "List-Unsubscribe: <mailto:test-leave@example.com>\n"
            "\n"
        )

    def test_fields_of_another_list_go(self, handle):
        msg, _msgdata = handle(
            "rfc-2369",
            """\
            List-Id: <other.example.org>
            LIST-POST: <mailto:other@example.org>
            List-Archive: <https://example.org>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            Archived-At: <https://example.org/1>

            """,
        )
        assert b"example.org" not in msg.as_bytes()
        assert "list-archive" not in msg
        assert "list-unsubscribe-post" not in msg

    @pytest.mark.unsound
    def test_id_is_the_stored_one(self, handle, mlist):
        mlist.list_name = "renamed"
        msg = handle("rfc-2369", "\n")[0]
        assert msg["list-id"] == "<test.example.com>"
        assert msg["list-post"] == "<mailto:renamed@example.com>"

    def test_notices_carry_fewer(self, handle):
        msg = handle("rfc-2369", "\n", reduced_list_headers=True)[0]
        assert "list-post" not in msg
        assert "list-help" in msg

    def test_list_that_takes_no_posts_says_so(self, handle, mlist):
        mlist.allow_list_posts = False
        assert handle("rfc-2369", "\n")[0]["list-post"] == "NO"

    def test_list_that_wants_none_gets_none(self, handle, mlist):
        mlist.include_rfc2369_headers = False
        assert not handle("rfc-2369", "List-Id: <a.b>\n\n")[0].header_changed

    def test_description_is_encoded_and_cannot_add_fields(self, handle, mlist):
        mlist.description = 'Größe, "alles"\r\nBcc: x@example.com'
        msg = handle("rfc-2369", "\n")[0]
        assert msg.decoded("list-id") == 'Größe, "alles" ... <test.example.com>'
        assert "bcc" not in msg
