"""Copies put together from pieces, beside those that the handlers make one by one."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.headers import decode
from mmcore.message.message import Message
from mmcore.message.writing import as_sent
from mmcore.pipelines.copies import StandIn
from mmcore.pipelines.finishing import depart, finish
from mmcore.services.personal import Personal
from tests.support.engine import ROOT
from tests.support.malformed import MALFORMED

CORPUS = {path.name: path.read_bytes() for path in sorted((ROOT / "tests/data").glob("*.eml"))}
CORPUS |= MALFORMED
POST = "Subject: x\n\nHi.\n"
NAMES = (
    "Anne Person", "", "Bärbel Groß", "山田太郎", 'A "B" <c@d>, e', "$user_email $$ =3D=",
    "x" * 400, "ö" * 300, "=?utf-8?q?x?=", ".", "From me", "a  b", "\u202eevil", "\u2042",
)  # fmt: skip


def texts(content):
    """What a reader sees of a message: its fields, decoded, and its texts."""
    msg = Message.parse(content)
    fields = [
        (name.lower(), decode(value).replace(" ", ""))
        for name, value in msg.items()
        if not name.lower().startswith("content-")
    ]
    return fields, [shown(part) for part in msg.walk() if not part.is_multipart()]


def shown(part):
    data = part.get_payload(decode=True) or b""
    try:
        text = data.decode(part.get_content_charset() or "us-ascii")
    except (LookupError, ValueError):
        text = data.decode("latin-1")
    return re.sub(r"={3}[0-9a-f]{24}==", "BOUNDARY", "\n".join(text.splitlines()))


def lines_of(content):
    return content.split(b"\r\n")


class TestEncodings:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("charset", "encoding", "body"),
        [
            ("us-ascii", "7bit", b"Hi.\r\n"),
            ("utf-8", "8bit", "Grüße\r\n".encode()),
            ("utf-8", "base64", b"R3LDvMOfZQ0K\r\n"),
            ("utf-8", "quoted-printable", b"Gr=C3=BC=C3=9Fe=\r\n"),
            ("iso-8859-1", "8bit", "Grüße\r\n".encode("latin-1")),
            ("iso-8859-1", "quoted-printable", b"Gr=FC=DFe\r\n"),
            ("utf-16", "base64", b"/v8ASABpAC4=\r\n"),
            ("iso-2022-jp", "7bit", "山田\r\n".encode("iso-2022-jp")),
            ("gb18030", "8bit", "山田\r\n".encode("gb18030")),
            ("nonesuch", "8bit", b"\xff\r\n"),
        ],
    )
    def test_every_value_in_every_text(
        self, leave, engine, mlist, join, personal, name, charset, encoding, body
    ):
        join("bart@example.com", name)
        content = (
            f"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
        ).encode() + body
        self.check(engine, mlist, content, "bart@example.com")

    @pytest.mark.parametrize("name", ["Anne", 'Ännchen, die "Große"', ""])
    @pytest.mark.parametrize("sample", CORPUS)
    def test_any_message(self, engine, mlist, join, personal, name, sample):
        join("bart@example.com", name)
        self.check(engine, mlist, CORPUS[sample], "bart@example.com")

    def check(self, engine, mlist, content, email):
        """Compare with what the handlers make of the values themselves."""
        if re.search(rb"\r(?!\n)", content):
            # So they arrive.
            content = as_sent(content)
        msgdata = {"recipients": [email]}
        departure = depart(engine, mlist, Message.parse(content), dict(msgdata))
        found = departure.copy(0)[1]
        person = departure.copies.person(0)
        msg = Message.parse(content)
        finish(engine, mlist, msg, {
            **msgdata, "_personal": Personal(person), "member": StandIn(person.member_id)
        })  # fmt: skip
        assert texts(found) == texts(as_sent(msg.as_bytes()))
        longest = max(map(len, lines_of(content.replace(b"\r", b"\n").replace(b"\n", b"\r\n"))))
        assert max(map(len, lines_of(found))) <= max(998, longest)

    @hypothesis_settings(
        max_examples=100, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(
        footer=st.lists(
            st.sampled_from(["$user_name", "$user_email", "$member", " ", "=", "x" * 30, "ö", "\n",
                             "$$", "$user_language", "-- \n", ".", "\t"]),
            max_size=12,
        ).map("".join),
        name=st.text(max_size=300) | st.sampled_from(NAMES),
        sample=st.sampled_from(sorted(CORPUS)),
    )  # fmt: skip
    def test_any_footer(self, engine, mlist, anne, personal, template, footer, name, sample):
        # What is kept for two seconds is of the footer before.
        engine.handlers["decorate"]._kept.clear()
        template(footer)
        anne.address.display_name = name
        self.check(engine, mlist, CORPUS[sample], anne.email)

    def test_a_line_never_gets_too_long_for_mail(self, leave, mlist, join, template):
        mlist.personalize = Personalization.individual
        join("bart@example.com", "B" * 400)
        template("x" * 900 + "$user_name$user_name" + "\n")
        content = leave(POST, "bart@example.com").copy(0)[1]
        assert b"x" * 900 + b"B" * 98 + b"\r\n" in content

    def test_nothing_is_cut_of_a_line_that_has_room_for_all(self, leave, mlist, join, template):
        mlist.personalize = Personalization.individual
        join("bart@example.com", "B" * 100)
        template("$user_name|$user_email|$user_address|$user_language|$user_name|$member|x\n")
        content = leave(POST, "bart@example.com").copy(0)[1]
        assert b"B" * 100 + b" <bart@example.com>|x" in content

    def test_the_longest_value_of_a_long_line_is_cut(self, leave, mlist, join, template):
        mlist.personalize = Personalization.individual
        join("bart@example.com", "B" * 100)
        template("x" * 900 + "$user_name$user_email" + "\n")
        content = leave(POST, "bart@example.com").copy(0)[1]
        assert b"x" * 900 + b"B" * 82 + b"bart@example.com\r\n" in content

    def test_quoted_printable_lines_stay_short(self, leave, mlist, join, template):
        mlist.personalize = Personalization.individual
        join("bart@example.com", "Ö" * 200)
        template("ä" + "x" * 90 + "$user_name$user_name.\n")
        content = leave(POST, "bart@example.com").copy(0)[1]
        assert all(len(line) <= 76 for line in lines_of(content.partition(b"\r\n\r\n")[2]))

    def test_a_signed_message_stays_signed(self, leave, anne, personal):
        content = CORPUS["pgp_signed.eml"]
        found = leave(content, anne.email).copy(0)[1]
        boundary = Message.parse(content).get_boundary().encode()
        inner = content.split(b"--" + boundary)[1].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert inner in found
