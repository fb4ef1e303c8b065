"""Which lines of a mail are commands."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.email_commands.lines import Line, mentions_password, read_lines
from mmcore.message.message import Message
from tests.mmcore.message.samples import SAMPLES
from tests.support.malformed import MALFORMED
from tests.support.messages import message


def texts(msg, most=10):
    return [line.text for line in read_lines(msg, most).body]


class TestReadLines:
    def test_the_subject_and_the_lines_that_are_not_blank(self):
        found = read_lines(message("Subject: help\n\n\n  echo a  \n\nend\n"), 10)
        assert found.subject == Line("help")
        assert found.body == [Line("echo a"), Line("end")]
        assert found.ignored == []

    def test_an_encoded_subject_is_decoded(self):
        found = read_lines(message("Subject: =?utf-8?b?aGVscA==?=\n\n"), 10)
        assert found.subject.words == ["help"]

    def test_lines_beyond_the_limit_are_ignored(self):
        found = read_lines(message("Subject: x\n\n1\n2\n3\n4\n"), 2)
        assert [line.text for line in found.body] == ["1", "2"]
        assert found.ignored == ["3", "4"]

    def test_base64_is_decoded(self):
        body = base64.b64encode("echo Grüße\nend".encode()).decode()
        msg = message(
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + body
        )
        assert texts(msg) == ["echo Grüße", "end"]
        assert read_lines(msg, 10).body[0].words == ["echo", "gre"]

    @pytest.mark.parametrize("charset", ["x-unknown", "utf-99", "", '"', "unicode-1-1-utf-7"])
    def test_an_unknown_charset_is_no_obstacle(self, charset):
        assert texts(message(f"Content-Type: text/plain; charset={charset}\n\nhelp\n")) == ["help"]

    def test_quotations_are_told_apart(self):
        found = read_lines(message("Subject: x\n\nhelp\n> join\n > > confirm 1\n| who\n>\n"), 10)
        assert found.body == [
            Line("help"), Line("join", True), Line("confirm 1", True), Line("who", True),
        ]  # fmt: skip

    @pytest.mark.parametrize("dashes", ["-- ", "--"])
    def test_a_signature_holds_no_commands(self, dashes):
        assert texts(message(f"Subject: x\n\nhelp\n{dashes}\njoin\n")) == ["help"]

    def test_a_password_is_no_command_and_is_never_shown(self):
        found = read_lines(message("Subject: x\n\nApproved: secret\n1\n2\nX-Approve: s\n"), 1)
        assert [line.text for line in found.body] == ["1"]
        assert found.ignored == ["2"]

    def test_of_a_multipart_the_first_plain_text_is_read(self):
        msg = message(
            "Content-Type: multipart/alternative; boundary=b\n\n"
            "--b\nContent-Type: text/html\n\n<p>who</p>\n"
            "--b\nContent-Type: text/plain\n\nhelp\n--b--\n"
        )
        assert texts(msg) == ["help"]


class TestHTML:
    def read(self, html, charset="utf-8"):
        return texts(message(f"Content-Type: text/html; charset={charset}\n\n{html}\n"))

    @pytest.mark.parametrize(
        ("html", "lines"),
        [
            ("<p>help</p><p>end</p>", ["help", "end"]),
            ("help<br>echo&nbsp;&lt;a&gt;<BR/>end", ["help", "echo <a>", "end"]),
            ("<div>echo <b>a\n b</b></div>", ["echo a b"]),
            ("<head><title>who</title></head><style>p {}</style><p>help", ["help"]),
            ("<script>join</script><!-- who\n -->help", ["help"]),
            ("<script>join", []),
            ("<p>help</p><blockquote><p>join</p></blockquote>", ["help"]),
            ("<![odd <<>> help", ["<![odd <> help"]),
            ("<ul><li>help<li>end</ul>", ["help", "end"]),
            ("", []),
        ],
    )
    def test_what_a_reader_sees_is_read(self, html, lines):
        assert self.read(html) == lines

    def test_charsets_are_no_obstacle(self):
        assert self.read("<p>help", "x-unknown") == ["help"]

    def test_large_ones_are_read_in_part(self):
        assert self.read("help<br>" + "<" * 300_000)[0] == "help"


class TestMentionsPassword:
    @pytest.mark.parametrize(
        "text",
        [
            "Approved: x\n\nHi.\n",
            "X-Approve: x\n\nHi.\n",
            "Subject: x\n\nApproved: x\n",
            "Subject: x\n\nHello,\n\napprove: x\n",
            "Content-Type: text/html\n\n<p>Approved: x</p>\n",
        ],
    )
    def test_wherever_it_stands(self, text):
        assert mentions_password(message(text))

    @pytest.mark.parametrize(
        "text", ["Subject: Approved: x\n\nHi.\n", "Subject: x\n\n> Approved: x\n", "\n"]
    )
    def test_but_not_in_quotations(self, text):
        assert not mentions_password(message(text))


class TestAnything:
    @given(
        st.binary(max_size=300), st.sampled_from(["text/plain", "text/html", "x", "multipart/x"])
    )
    def test_no_bytes_make_it_raise(self, body, kind):
        data = b"Content-Type: " + kind.encode() + b"; charset=utf-7\r\n\r\n" + body
        msg = Message.parse(data)
        found = read_lines(msg, 3)
        assert len(found.body) <= 3
        assert all(word.isascii() for line in found.body for word in line.words)
        assert mentions_password(msg) in (True, False)

    @pytest.mark.parametrize("name", sorted(SAMPLES | MALFORMED))
    def test_nor_does_any_message(self, name):
        msg = Message.parse((SAMPLES | MALFORMED)[name])
        read_lines(msg, 10)
        mentions_password(msg)
