from __future__ import annotations

import re

from mmcore.pipelines.finishing import FINAL_HANDLERS, finish
from tests.support.keys import RSA, holds, publish
from tests.support.messages import message

TEXT = (
    "From: anne@example.org\nMessage-ID: <1>\nList-Unsubscribe: <mailto:test-leave@example.com>\n"
    "\nHi.\n"
)


class TestFinalHandlers:
    def test_all_of_them_exist(self, engine):
        assert set(FINAL_HANDLERS) <= set(engine.handlers)

    def test_what_signs_comes_after_all_that_changes_something(self):
        assert FINAL_HANDLERS[-2:] == ("dkim-sign", "arc-sign")


class TestFinish:
    def test_the_signature_covers_the_footer_and_the_members_own_uri(
        self, engine, mlist, anne, nameserver
    ):
        engine.settings.public.url = "https://lists.example.com"
        dkim = engine.settings.DKIM
        dkim.enabled, dkim.privkey, dkim.selector = True, str(RSA), "s"
        publish(nameserver, RSA, "s", "example.com")
        msg = message(TEXT)
        finish(engine, mlist, msg, {"member": anne, "recipient": anne.email})
        content = msg.as_bytes()
        assert b"Sent over the mailing list" in content
        assert holds(content, nameserver)
        for field in (rb"List-Unsubscribe: <https", rb"List-Unsubscribe-Post: List"):
            assert re.search(rb"\r\n" + field, content)
            assert not holds(re.sub(rb"\r\n" + field, rb"\r\nX: ", content), nameserver)
