from __future__ import annotations

import base64

import pytest

from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.headers import decode
from mmcore.message.message import Message
from mmcore.pipelines.finishing import depart
from mmcore.services.personal import Person, Personal
from tests.support.messages import message

ANNE = Person("anne@example.com", "0" * 32, 'Änne "A" <b> & c', "Anne@example.com", "de")
MIXED = """\
X-Mail-Merge: yes
Subject: To $user_name
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c

Dear $user_name,
--c
Content-Type: text/html; charset=utf-8

<p title="$user_name">Dear $user_name,</p><!-- $user_name --><script>"$user_name"</script>
<style>$user_name</style>$user_email
--c--
--b
Content-Disposition: attachment

$user_name
--b
Content-Type: text/x-code

$user_name
--b
Content-Type: message/rfc822

Subject: x

$user_name
--b
Content-Type: multipart/signed; boundary=d

--d

$user_name
--d--
--b--
"""


@pytest.fixture
def merge(handle, mlist):
    """merge(text or message) -> the message of a list that personalises."""
    mlist.personalize = Personalization.individual

    def merge(msg, person=ANNE):
        return handle("mail-merge", msg, _personal=Personal(person))[0]

    return merge


def text_of(msg):
    return msg.get_payload(decode=True).decode(msg.get_content_charset() or "us-ascii")


class TestMailMerge:
    def test_subject_and_text(self, merge):
        msg = merge("X-Mail-Merge: Yes\nSubject: =?utf-8?q?F=C3=BCr?= $user_name\n\n$member!\n")
        assert decode(msg["subject"]) == f"Für {ANNE.name}"
        assert text_of(msg) == f"{ANNE.name} <Anne@example.com>!\r\n"
        assert "x-mail-merge" not in msg
        assert msg["mime-version"] == "1.0"
        assert all(len(line) <= 76 for line in msg.as_bytes().split(b"\r\n"))

    @pytest.mark.parametrize("field", ["", "X-Mail-Merge: no\n", "X-Mail-Merge:\n"])
    def test_only_if_the_post_asks_for_it(self, merge, field):
        text = f"{field}Subject: $user_name\n\n$user_name\n"
        assert merge(text).as_bytes() == message(text).as_bytes()

    def test_lists_with_one_copy_for_all_leave_it_as_it_is(self, handle, mlist):
        text = "X-Mail-Merge: yes\nSubject: $user_name\n\n$user_name\n"
        for metadata in ({}, {"_personal": Personal(ANNE)}):
            assert handle("mail-merge", text, **metadata)[0].as_bytes() == message(text).as_bytes()

    def test_strangers_read_it_as_it_was_written(self, merge):
        text = "Subject: $user_name\n\n$user_name\n"
        msg = merge(f"X-Mail-Merge: yes\n{text}", Person("x@example.com"))
        assert msg.as_bytes() == message(text).as_bytes()

    def test_what_has_no_placeholders_keeps_its_bytes(self, merge):
        text = "Subject: =?utf-8?q?=24?=  100$\n\n100$, $list_name, $$user_name, %(user_name)s\n"
        assert merge(f"X-Mail-Merge: yes\n{text}").as_bytes() == message(text).as_bytes()

    def test_only_what_people_read(self, merge):
        before = message(MIXED)
        msg = merge(MIXED)
        alternative, *others = msg.get_payload()
        plain, html = alternative.get_payload()
        assert text_of(plain) == f"Dear {ANNE.name},"
        assert text_of(html) == (
            '<p title="$user_name">Dear &#196;nne &quot;A&quot; &lt;b&gt; &amp; c,</p>'
            '<!-- $user_name --><script>"$user_name"</script>\r\n'
            "<style>$user_name</style>anne@example.com"
        )
        kept = before.get_payload()[1:]
        assert [part.as_bytes() for part in others] == [part.as_bytes() for part in kept]

    @pytest.mark.parametrize(
        "html",
        ["<a href=$user_name", "<!-- $user_name", "<SCRIPT>$user_name", "<style >$user_name</x>"],
    )
    def test_tags_without_end_hold_all_that_follows(self, merge, html):
        text = f"X-Mail-Merge: yes\nContent-Type: text/html\n\n{html}\n"
        assert text_of(merge(text)) == f"{html}\r\n"

    @pytest.mark.parametrize(
        ("charset", "encoding"),
        [("utf-8", "base64"), ("iso-8859-1", "base64"), ("utf-16", "base64"),
         ("utf-8", "8bit"), ("iso-8859-1", "8bit"), ("iso-8859-1", "quoted-printable")],
    )  # fmt: skip
    @pytest.mark.parametrize("name", ["Anne", "山田"])
    def test_charsets(self, merge, charset, encoding, name):
        data = "Größe $user_name\r\n".encode(charset)
        if encoding == "base64":
            data = base64.encodebytes(data)
        elif encoding == "quoted-printable":
            data = "".join(f"={octet:02X}" for octet in data).encode()
        head = (
            f"X-Mail-Merge: yes\r\nContent-Type: text/plain; charset={charset}; format=flowed\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
        )
        msg = merge(Message.parse(head.encode() + data), ANNE._replace(name=name))
        assert text_of(msg) == f"Größe {name}\r\n"
        assert msg.get_param("format") == "flowed"
        assert msg["content-transfer-encoding"] == "quoted-printable"

    @pytest.mark.parametrize("charset", ["nonesuch", "us-ascii", "utf-8"])
    def test_what_cannot_be_read_stays(self, merge, charset):
        head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
        body = b"\xff$user_name\r\n"
        msg = merge(Message.parse(b"X-Mail-Merge: yes\r\n" + head + body))
        assert msg.as_bytes() == head + body


class TestCopies:
    @pytest.fixture
    def copies(self, engine, site, mlist):
        """copies(text, name, …) -> the messages that members of these names get."""
        mlist.personalize = Personalization.full

        def copies(text, *names):
            recipients = []
            for number, name in enumerate(names):
                recipients.append(f"m{number}@example.com")
                site.users.make(recipients[-1], name)
                mlist.subscribe(site.addresses.get(recipients[-1]))
            msg = message(text) if isinstance(text, str) else text
            departure = depart(engine, mlist, msg, {"recipients": recipients})
            contents = [departure.copy(index)[1] for index in range(len(names))]
            return [Message.parse(content) for content in contents]

        return copies

    @pytest.mark.parametrize(
        "name", ["Anne", "", "Änne <b>", "山田 太郎", "x" * 100, "$user_email"]
    )
    def test_everything_is_what_the_handlers_make_one_by_one(
        self, engine, mlist, copies, merge, name
    ):
        [found] = copies(MIXED, name)
        person = Person("m0@example.com", "0" * 32, name, "", "en")
        expected = merge(MIXED, person)
        engine.handlers["decorate"].process(mlist, expected, {"_personal": Personal(person)})
        assert decode(found["subject"]) == decode(expected["subject"])
        for one, other in zip(found.walk(), expected.walk(), strict=True):
            assert one.get_content_type() == other.get_content_type()
            if not one.is_multipart():
                assert text_of(one) == text_of(other)

    @pytest.mark.parametrize(
        "subject",
        ["$user_name", "Hello $user_name, and welcome", "word " * 30 + "$user_name",
         "[$user_name]", "=?utf-8?q?Gr=C3=BC=C3=9Fe=2C_?= $user_name"],
    )  # fmt: skip
    def test_subjects(self, copies, subject):
        text = f"X-Mail-Merge: yes\nSubject: {subject}\n\n"
        for msg, name in zip(copies(text, "Anne", "Änne"), ("Anne", "Änne"), strict=True):
            assert decode(msg["subject"]) == decode(subject).replace("$user_name", name)
            assert all(len(line) <= 78 for line in msg.header_bytes().split(b"\r\n"))

    def test_posts_of_others_are_not_merged(self, copies):
        [msg] = copies("Subject: $user_name\n\n$user_name\n", "Anne")
        assert msg["subject"] == "$user_name"
        assert b"\r\n$user_name\r\n" in msg.as_bytes()
