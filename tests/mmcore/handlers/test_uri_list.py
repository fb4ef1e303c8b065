from __future__ import annotations

from mmcore.handlers.base import mailto, uri_list
from mmcore.message.message import Message


class TestURIList:
    def test_what_fits_stands_on_one_line(self):
        assert uri_list("List-Help", ["a:b", "c:d"]) == "<a:b>, <c:d>"

    def test_what_does_not_has_a_line_for_each(self):
        uris = ["https://example.com/" + "x" * 40, "https://example.org/" + "y" * 100]
        msg = Message()
        msg["List-Archive"] = uri_list("List-Archive", uris)
        assert msg.header_bytes() == (
            f"List-Archive: <{uris[0]}>,\r\n\t<{uris[1]}>\r\n\r\n".encode("ascii")
        )


class TestMailto:
    def test_plain_addresses_are_as_they_are(self):
        assert mailto("a-b_c.d+e@example.com") == "mailto:a-b_c.d+e@example.com"

    def test_what_means_something_else_in_uris_is_encoded(self):
        assert mailto("a={b}&?%@example.com") == "mailto:a%3D%7Bb%7D%26%3F%25@example.com"
