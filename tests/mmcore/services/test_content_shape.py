from __future__ import annotations

import pytest

from mmcore.message.message import Message
from mmcore.services.content_shape import shape
from tests.support.messages import message

ALTERNATIVE = """\
    From: anne@example.com
    Subject: Hello
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary=a

    --a
    Content-Type: text/plain; charset=iso-8859-1
    Content-Transfer-Encoding: quoted-printable

    Caf=E9
    --a
    Content-Type: text/html

    <p>Caf&eacute;</p>
    --a--
    """


@pytest.fixture
def shaped(mlist):
    """shaped(message, most bytes of HTML) -> (the message as it is received again, changes)."""
    mlist.collapse_alternatives = False

    def shaped(msg, most=0):
        msg = message(msg) if isinstance(msg, str) else msg
        done = shape(mlist, msg, most)
        return Message.parse(msg.as_bytes()), done

    return shaped


def structure(part):
    """Types as nested lists."""
    kind = part.get_content_type()
    return [kind, *map(structure, part.get_payload())] if part.is_multipart() else kind


class TestAlternatives:
    @pytest.fixture(autouse=True)
    def collapse(self, mlist, shaped):
        mlist.collapse_alternatives = True

    def test_first_version_takes_the_place_of_all(self, shaped):
        msg, done = shaped(ALTERNATIVE)
        assert msg.as_bytes() == (
            b"From: anne@example.com\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: text/plain; charset=iso-8859-1\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\nCaf=E9"
        )
        assert done.alternatives == [("multipart/alternative", "text/plain")]

    def test_first_version_that_says_something(self, shaped):
        text = ALTERNATIVE.replace("Caf=E9", "  ")
        assert shaped(text)[0].get_content_type() == "text/html"

    def test_alternatives_in_other_parts_are_replaced(self, shaped):
        msg, _done = shaped(
            """\
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: multipart/alternative; boundary=a

            --a
            X-First: yes

            text
            --a
            Content-Type: multipart/related; boundary=r

            --r
            Content-Type: text/html

            <p>text</p>
            --r--
            --a--
            --b
            Content-Type: image/png

            x
            --b--
            """
        )
        assert structure(msg) == ["multipart/mixed", "text/plain", "image/png"]
        assert msg.get_payload(0).as_bytes() == b"X-First: yes\r\n\r\ntext"

    def test_enclosed_message_keeps_its_header(self, shaped):
        msg, _done = shaped(
            """\
            Content-Type: message/rfc822

            Subject: inside
            Received: here
            Content-Type: multipart/alternative; boundary=a

            --a

            text
            --a
            Content-Type: text/html

            <p>text</p>
            --a--
            """
        )
        assert structure(msg) == ["message/rfc822", "text/plain"]
        inner = msg.get_payload(0)
        assert inner.items() == [("Subject", "inside"), ("Received", "here")]
        assert inner.get_payload() == "text"

    def test_not_unless_the_list_says_so(self, mlist, shaped):
        mlist.collapse_alternatives = False
        msg, done = shaped(ALTERNATIVE)
        assert msg.as_bytes() == message(ALTERNATIVE).as_bytes()
        assert not done.changed


class TestRecast:
    def test_multipart_of_one_part_becomes_that_part(self, shaped):
        msg, done = shaped(
            """\
            Content-Type: multipart/mixed; boundary=b
            X-Mine: yes

            --b
            Content-Type: multipart/related; boundary=r

            --r
            Content-Type: application/pdf; name=a.pdf
            Content-Disposition: attachment; filename=a.pdf
            Content-Transfer-Encoding: base64
            Content-Description: A

            QQ==
            --r--
            --b--
            """
        )
        assert msg.items() == [
            ("X-Mine", "yes"),
            ("Content-Type", "application/pdf; name=a.pdf"),
            ("Content-Disposition", "attachment; filename=a.pdf"),
            ("Content-Transfer-Encoding", "base64"),
            ("Content-Description", "A"),
        ]
        assert msg.body_bytes() == b"QQ=="
        assert done.recast == 2

    def test_multipart_of_one_multipart_keeps_its_bytes(self, shaped):
        inner = b"--i\r\n\r\none\n\r\n--i\r\nX-A:  b\r\n\r\ntwo\r\n--i--\r\nepilogue"
        msg, _done = shaped(
            Message.parse(
                b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                b'Content-Type: multipart/parallel; boundary="i"\r\n\r\n'
                + inner
                + b"\r\n--b--\r\n"
            )
        )
        assert msg.as_bytes() == b'Content-Type: multipart/parallel; boundary="i"\r\n\r\n' + inner

    def test_enclosed_message_is_not_taken_out(self, shaped):
        text = "Content-Type: message/rfc822\n\nSubject: x\n\ntext\n"
        msg, done = shaped(text)
        assert structure(msg) == ["message/rfc822", "text/plain"]
        assert not done.changed

    def test_message_of_a_digest_says_what_it_is(self, shaped):
        msg, _done = shaped(
            """\
            Content-Type: multipart/digest; boundary=d

            --d

            Subject: inside

            text
            --d--
            """
        )
        assert structure(msg) == ["message/rfc822", "text/plain"]
        assert msg.get_payload(0)["subject"] == "inside"

    def test_empty_text_before_another_part_goes(self, shaped):
        msg, _done = shaped(
            """\
            Content-Type: multipart/mixed; boundary=b

            --b


            --b
            Content-Type: image/png

            x
            --b--
            """
        )
        assert structure(msg) == "image/png"
        assert msg.body_bytes() == b"x"


class TestHTML:
    @pytest.fixture(autouse=True)
    def convert(self, mlist, shaped):
        mlist.convert_html_to_plaintext = True

    def test_page_becomes_plain_text(self, shaped):
        msg, done = shaped(
            "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
            "PHA+R3LDvMOfZSA8YSBocmVmPSJodHRwOi8vZXhhbXBsZS5jb20vIj5oZXJlPC9hPjwvcD4=\n"
        )
        assert msg.get_content_type() == "text/plain"
        assert msg.get_content_charset() == "utf-8"
        assert msg.text_lines() == ["Grüße here <http://example.com/>"]
        assert done.converted == 1

    def test_charset_of_the_page_is_kept_if_it_is_enough(self, shaped):
        msg, _done = shaped("Content-Type: text/html; charset=iso-8859-1\n\n<p>&eacute;</p>\n")
        assert msg.get_content_charset() == "iso-8859-1"
        msg, _done = shaped("Content-Type: text/html; charset=iso-8859-1\n\n<p>&#x141;</p>\n")
        assert msg.get_content_charset() == "utf-8"

    @pytest.mark.parametrize("charset", ["x-none", "hex", "punycode", "utf-16", "\x00"])
    def test_charset_that_makes_no_sense(self, shaped, charset):
        text = f'Content-Type: text/html; charset="{charset}"\n\n<p>text</p>\n'
        assert shaped(text)[0].get_content_type() == "text/plain"

    def test_page_in_an_enclosed_message(self, shaped):
        text = "Content-Type: message/rfc822\n\nContent-Type: text/html\n\n<b>x</b>\n"
        msg, _done = shaped(text)
        assert msg.get_payload(0).get_content_type() == "text/plain"

    def test_pages_stay_that_are_together_larger_than_allowed(self, shaped):
        part = "--b\nContent-Type: text/html\n\n<p>1234567</p>\n"
        text = f"Content-Type: multipart/mixed; boundary=b\n\n{part * 3}--b--\n"
        kinds = ["text/plain", "text/plain", "text/html"]
        assert structure(shaped(text, 30)[0]) == ["multipart/mixed", *kinds]
        assert structure(shaped(text)[0]) == ["multipart/mixed", *["text/plain"] * 3]

    def test_not_unless_the_list_says_so(self, mlist, shaped):
        mlist.convert_html_to_plaintext = False
        assert shaped("Content-Type: text/html\n\n<p>x</p>\n")[0].get_content_type() == (
            "text/html"
        )
