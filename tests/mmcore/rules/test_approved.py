from __future__ import annotations

import base64
import time

import pytest
from argon2 import PasswordHasher

from mmcore.services import passwords
from tests.support.messages import message

SECRET = "süper secret"


@pytest.fixture(scope="module")
def hashed():
    return passwords.hash(SECRET)


@pytest.fixture
def guarded(mlist, hashed):
    mlist.moderator_password = hashed
    return mlist


class TestApprovedField:
    @pytest.mark.parametrize("name", ["Approve", "Approved", "X-Approve", "x-approved"])
    def test_right_password_hits_and_is_removed(self, ask, guarded, name):
        msg = message(f"From: a@example.com\n{name}: {SECRET}\n\nHi.\n")
        hit, msgdata = ask("approved", msg)
        assert hit
        assert msgdata == {"has_approved": True}
        assert name not in msg

    def test_encoded_password_is_one(self, ask, guarded):
        msg = message("Approved: =?utf-8?q?s=C3=BCper_secret?=\n\nHi.\n")
        assert ask("approved", msg)[0]

    def test_field_goes_before_the_text_which_keeps_its_line(self, ask, guarded):
        msg = message(f"X-Approved: wrong\nSubject: x\n\nApproved: {SECRET}\n")
        assert not ask("approved", msg)[0]
        assert not msg.body_changed

    def test_wrong_password_misses_and_all_fields_are_removed(self, ask, guarded):
        msg = message("Approved: wrong\nX-Approve: other\nSubject: x\n\nHi.\n")
        hit, msgdata = ask("approved", msg)
        assert not hit
        assert msgdata == {"has_approved": True}
        assert list(msg) == ["Subject"]

    def test_list_without_a_password_leaves_the_message_alone(self, ask):
        msg = message("Approved: x\n\nApproved: x\n")
        before = msg.as_bytes()
        assert ask("approved", msg) == (False, {})
        assert msg.as_bytes() == before

    def test_message_without_a_password_is_not_touched(self, ask, guarded):
        msg = message("Subject: x\n\nNobody approved: this\n")
        before = msg.as_bytes()
        assert ask("approved", msg) == (False, {})
        assert msg.as_bytes() == before
        assert not msg.body_changed

    def test_outdated_hash_is_replaced(self, ask, mlist):
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(SECRET)
        mlist.moderator_password = weak
        assert ask("approved", f"Approved: {SECRET}\n\n")[0]
        assert mlist.moderator_password != weak
        assert passwords.verify(SECRET, mlist.moderator_password) == (True, None)


class TestApprovedLine:
    def test_first_line_that_is_not_blank_counts_and_is_removed(self, ask, guarded):
        head = "Subject: x\nContent-Type: text/plain; charset=utf-8; format=flowed\n\n"
        msg = message(f"{head}\n  \n x-APPROVED : {SECRET}\nHello.\n")
        hit, msgdata = ask("approved", msg)
        assert hit
        assert msgdata["has_approved"]
        assert msg.get_payload(decode=True) == b"\r\n\r\nHello.\r\n"
        assert msg["content-type"] == "text/plain; charset=utf-8; format=flowed"

    def test_later_lines_do_not_count(self, ask, guarded):
        assert not ask("approved", f"Subject: x\n\nHello.\nApproved: {SECRET}\n")[0]

    @pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
    def test_encoded_text_stays_encoded(self, ask, guarded, encoding):
        text = f"Approved: {SECRET}\nHällo.\n".encode()
        if encoding == "base64":
            body = base64.encodebytes(text).decode()
        else:
            body = "Approved: s=C3=BCper =\nsecret\nH=C3=A4llo.\n"
        msg = message(
            "Content-Type: text/plain; charset=utf-8\n"
            f"Content-Transfer-Encoding: {encoding}\n\n{body}"
        )
        assert ask("approved", msg)[0]
        assert msg["content-transfer-encoding"] == encoding
        assert msg.get_payload(decode=True).strip() == "Hällo.".encode()

    def test_password_is_removed_from_every_text_part(self, ask, mlist):
        mlist.moderator_password = passwords.hash("a<b")
        msg = message("""\
            Content-Type: multipart/alternative; boundary=B

            --B
            Content-Type: text/plain

            Approved: a<b
            Hello.
            --B
            Content-Type: text/html

            <p>Approved:&nbsp; a&lt;b<br>Hello.</p>
            --B
            Content-Type: image/png

            Approved: a<b
            --B--
            """)
        assert ask("approved", msg)[0]
        plain, rich, image = (part.get_payload() for part in msg.get_payload())
        assert plain == "Hello."
        assert rich == "<p><br>Hello.</p>"
        assert image == "Approved: a<b"

    def test_what_is_too_long_for_one_costs_nothing(self, ask, guarded):
        msg = message(f"Subject: x\n\nApproved: {'a' * 3_000_000}\nHello.\n")
        start = time.process_time()
        assert not ask("approved", msg)[0]
        assert time.process_time() - start < 1
        assert msg.get_payload().rstrip() == "Hello."

    def test_blanks_after_it_in_a_page_take_no_time(self, ask, guarded):
        page = f"<p>Approved:{'&nbsp; ' * 50}{chr(160) * 50}another</p>"
        msg = message(f"""\
            Content-Type: multipart/alternative; boundary=B

            --B
            Content-Type: text/plain

            Approved: one
            --B
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: base64

            {base64.b64encode(page.encode()).decode()}
            --B--
            """)
        assert not ask("approved", msg)[0]
        assert msg.get_payload(1).get_payload(decode=True) == page.encode()

    def test_unknown_charset_is_no_obstacle(self, ask, mlist):
        mlist.moderator_password = passwords.hash("plain")
        head = "Content-Type: text/plain; charset=x-nonesuch\n\n"
        msg = message(f"{head}Approved: plain\ncaf\udce9\n")
        assert ask("approved", msg)[0]
        assert msg.as_bytes().endswith(b"\r\n\r\ncaf\xe9\r\n")

    def test_unknown_transfer_encoding_is_no_obstacle(self, ask, mlist):
        mlist.moderator_password = passwords.hash("plain")
        msg = message("Content-Transfer-Encoding: x-what\n\nApproved: plain\nHello.\n")
        assert ask("approved", msg)[0]
        assert msg["content-transfer-encoding"] == "8bit"
        assert msg.body_bytes() == b"Hello.\r\n"

    @pytest.mark.parametrize(
        "password", ["", "x\udce9", "\x00", "x" * 5000, "=?utf-8?q?=ff?=", "(((", "\\"]
    )
    def test_strange_passwords_miss(self, ask, guarded, password):
        assert not ask("approved", f"Approved: {password}\n\n")[0]
        assert not ask("approved", f"Subject: x\n\nApproved: {password}\n")[0]
