"""The text of a message for readers of nothing but text."""

from __future__ import annotations

import pytest

from i18n import using
from mmcore.message.message import Message
from mmcore.message.scrubbing import scrubbed
from tests.mmcore.message.samples import SAMPLES
from tests.support.malformed import MALFORMED
from tests.support.messages import message

LEFT_OUT = "[A part of this message that is not plain text was left out.]"
DIVIDER = "\n-------------- next part --------------\n"


class TestScrubbed:
    def test_plain_text_stays(self):
        assert scrubbed(message("Subject: x\n\nOne.\n\nTwo.\n")) == "One.\n\nTwo.\n"

    def test_text_is_decoded(self):
        text = scrubbed(
            message("""\
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            Gr=FC=DFe
            """)
        )
        assert text == "Grüße\n"

    def test_other_parts_are_described(self):
        text = scrubbed(
            message("""\
            Content-Type: multipart/mixed; boundary=b

            --b

            Look:
            --b
            Content-Type: image/png; name="=?utf-8?q?B=C3=BCro=2Epng?="
            Content-Description: =?utf-8?q?das_B=C3=BCro?=
            Content-Transfer-Encoding: base64

            AAAA
            --b
            Content-Type: text/html

            <p>x</p>
            --b--
            """)
        )
        assert text.split(DIVIDER) == [
            "Look:\n",
            f"{LEFT_OUT}\n    Name: Büro.png\n    Type: image/png\n    Size: 3 bytes\n"
            "    Description: das Büro\n",
            f"{LEFT_OUT}\n    Type: text/html\n    Size: 8 bytes\n",
        ]

    def test_of_nothing_but_html_the_text_is_shown(self):
        html = "Content-Type: text/html; charset=utf-8\n\n<p>Grüße</p><p>Anne</p>\n"
        assert scrubbed(message(html)) == "[This was HTML.]\n\nGrüße\n\nAnne\n"
        assert scrubbed(message("Content-Type: text/html\n\n<p></p>\n")).startswith(LEFT_OUT)
        long = message("Content-Type: text/html\n\n<p>" + "x" * 1_000_001 + "\n")
        assert scrubbed(long).startswith(LEFT_OUT)

    def test_of_two_pages_the_first_is_shown(self):
        text = scrubbed(
            message("""\
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/html

            <p>one
            --b
            Content-Type: text/html

            <p>two
            --b--
            """)
        )
        first, second = text.split(DIVIDER)
        assert first == "[This was HTML.]\n\none\n"
        assert second.startswith(LEFT_OUT)

    def test_an_enclosed_message_is_introduced(self):
        text = scrubbed(
            message("""\
            Content-Type: message/rfc822

            From: Bart <bart@example.com>
            Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
            X-Other: x

            Hello.
            """)
        )
        assert text == "From: Bart <bart@example.com>\nSubject: Grüße\n\nHello.\n"

    def test_notes_are_in_the_language_that_is_current(self, monkeypatch):
        monkeypatch.setattr("mmcore.message.scrubbing._", lambda text: f"<{text}>")
        with using("de"):
            text = scrubbed(message("Content-Type: image/png\n\nx\n"))
        assert text.startswith("<[A part")

    def test_unknown_charsets_and_bad_bytes_are_shown_as_well_as_it_goes(self):
        assert "help" in scrubbed(Message.parse(MALFORMED["unknown charset"]))
        text = scrubbed(message("Content-Type: text/plain; charset=utf-8\n\na\udcffb\n"))
        assert text == "a\ufffdb\n"

    @pytest.mark.parametrize("name", [*MALFORMED, *SAMPLES])
    def test_nothing_makes_it_raise(self, name):
        text = scrubbed(Message.parse((MALFORMED | SAMPLES)[name]))
        assert text.encode("utf-8").decode("utf-8") == text
