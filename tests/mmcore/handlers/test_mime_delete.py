from __future__ import annotations

import pytest

from mmcore import __version__
from mmcore.interfaces.handler import DiscardMessage
from mmcore.message.message import Message
from mmcore.services.content_filter import Filtered

MIXED = """\
From: anne@example.com
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

text
--b
Content-Type: multipart/alternative; boundary=a

--a

one
--a
Content-Type: text/html

<p>one</p>
--a--
--b
Content-Type: application/zip; name="f\u00fcr=?utf-8?q?_Anne=0ABcc=3A_x?=.zip"

PK
--b--
"""
SINGLE = """\
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=us-ascii

one
--a
Content-Type: text/html

<p>one</p>
--a--
"""


@pytest.fixture
def filtering(mlist):
    mlist.filter_content = True
    mlist.filter_extensions = ("zip",)
    return mlist


class TestMimeDelete:
    def test_filtered_post_says_so(self, handle, filtering):
        msg, _msgdata = handle("mime-delete", MIXED)
        assert msg["x-content-filtered-by"] == f"Mailman/MimeDel {__version__}"
        assert b"PK" not in msg.as_bytes()

    def test_post_that_is_let_through_is_not_touched(self, handle, filtering):
        text = "From: anne@example.com\nContent-Type: text/html\n\n<p>x</p>\n"
        msg, _msgdata = handle("mime-delete", text)
        assert not msg.header_changed
        assert not msg.body_changed

    def test_nothing_is_done_unless_the_list_filters(self, handle, filtering):
        filtering.filter_content = False
        assert not handle("mime-delete", MIXED)[0].body_changed

    def test_digests_are_not_filtered(self, handle, filtering):
        assert not handle("mime-delete", MIXED, isdigest=True)[0].body_changed

    def test_side_effects_can_be_forbidden(self, handle, filtering, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "mmcore.handlers.mime_delete.filter_message",
            lambda *_args, side_effects: asked.append(side_effects) or Filtered(),
        )
        for msgdata in ({}, {"fwd_preserve": False}):
            handle("mime-delete", MIXED, **msgdata)
        assert asked == [True, False]

    def test_post_of_which_nothing_is_left_is_disposed_of(self, handle, filtering):
        filtering.filter_types = ("text", "multipart")
        with pytest.raises(DiscardMessage):
            handle("mime-delete", MIXED)


class TestFilterReport:
    @pytest.fixture(autouse=True)
    def report(self, settings, filtering):
        settings.mmcore.filter_report = True

    def test_it_is_attached_to_a_multipart(self, handle):
        msg, _msgdata = handle("mime-delete", MIXED)
        again = Message.parse(msg.as_bytes())
        assert [part.get_content_type() for part in again.get_payload()] == ["text/plain"] * 3
        report = again.get_payload(2)
        assert report.get_payload(decode=True).decode() == (
            "The content filter of Test changed this message:\r\n"
            "- A part of type application/zip was removed: für Anne Bcc: x.zip\r\n"
            "- Of a part of type multipart/alternative, only the text/plain version was kept\r\n"
        )

    def test_it_is_added_to_a_text(self, handle):
        msg, _msgdata = handle("mime-delete", SINGLE)
        assert msg.get_content_type() == "text/plain"
        assert msg.text_lines()[0] == "one"
        assert msg.text_lines()[-1].startswith("- Of a part of type multipart/alternative")

    def test_anything_else_is_wrapped(self, handle, filtering):
        filtering.filter_types = ("text/plain",)
        msg, _msgdata = handle("mime-delete", SINGLE)
        again = Message.parse(msg.as_bytes())
        assert [part.get_content_type() for part in again.walk()] == [
            "multipart/mixed",
            "text/html",
            "text/plain",
        ]

    def test_there_is_none_if_nothing_was_removed(self, handle, filtering):
        filtering.convert_html_to_plaintext = True
        msg, _msgdata = handle("mime-delete", "Content-Type: text/html\n\n<p>x</p>\n")
        assert "x-content-filtered-by" in msg
        assert msg.text_lines() == ["x"]
