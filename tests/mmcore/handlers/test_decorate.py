from __future__ import annotations

import pytest

from mmcore.message.message import Message
from tests.support.malformed import MALFORMED, malformed

STOCK = (
    "__________________________________________________________\r\n"
    "Sent over the mailing list Test, test@example.com\r\n"
    "To leave it, write to test-leave@example.com\r\n"
)


def shown(part):
    """What a reader sees of a part."""
    charset = part.get_content_charset() or "us-ascii"
    try:
        return part.get_payload(decode=True).decode(charset, "replace")
    except (LookupError, ValueError):
        return ""


@pytest.fixture
def template(engine):
    """template(name, text): a text of the site."""

    def template(name, text):
        folder = engine.settings.paths.template_dir / "site" / "en"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")

    return template


class TestDecorate:
    def test_stock_footer_is_added_once(self, handle):
        msg, msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert msg.body_bytes().decode() == "Hi.\r\n" + STOCK
        assert msgdata["nodecorate"]
        handle("decorate", msg, **msgdata)
        assert msg.body_bytes().decode() == "Hi.\r\n" + STOCK

    @pytest.mark.parametrize("key", ["isdigest", "nodecorate"])
    def test_digests_and_notices_get_none(self, handle, key):
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n", **{key: True})
        assert msg.body_bytes() == b"Hi.\r\n"

    def test_blank_templates_change_nothing(self, handle, template):
        template("list.member.regular.footer", " \n\n")
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert not msg.body_changed

    def test_header_and_footer_with_their_values(self, handle, template, mlist):
        mlist.description = "All\r\nabout tests"
        template("list.member.regular.header", "$list_name at $mail_host\r\n")
        template(
            "list.member.regular.footer",
            "$fqdn_listname|$request_address|$description|$colour|$nonesuch\n",
        )
        msg, _msgdata = handle(
            "decorate", "Subject: x\n\nHi.\n", **{"decoration-data": {"colour": "red\nblue"}}
        )
        assert msg.body_bytes() == (
            b"test at example.com\r\nHi.\r\n"
            b"test@example.com|test-request@example.com|All about tests|red blue|$nonesuch\r\n"
        )

    def test_changed_list_has_its_new_footer_at_once(self, handle, mlist):
        handle("decorate", "Subject: x\n\nHi.\n")
        mlist.display_name = "Other"
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert b" mailing list Other, " in msg.body_bytes()

    def test_personal_copy(self, handle, template, anne):
        template(
            "list.member.regular.footer",
            "$member|$user_email|$user_delivered_to|$user_name|$user_name_or_email|$user_language",
        )
        msg, _msgdata = handle(
            "decorate", "Subject: x\n\nHi.\n", member=anne, recipient="aperson@example.com"
        )
        assert msg.body_bytes() == (
            b"Hi.\r\nAnne Person <aperson@example.com>|aperson@example.com|aperson@example.com|"
            b"Anne Person|Anne Person|English (USA)\r\n"
        )

    @pytest.mark.parametrize("footer", ["plain\n", "Größe\n"])
    def test_malformed_mail_is_decorated_and_its_text_survives(self, handle, template, footer):
        template("list.member.regular.footer", footer)
        for sample in MALFORMED:
            before = malformed(sample)
            msg, _msgdata = handle("decorate", malformed(sample))
            again = Message.parse(msg.as_bytes())
            texts = [shown(part) for part in again.walk() if not part.is_multipart()]
            assert any(footer.strip() in text for text in texts), sample
            if before.get_content_type() == "text/plain" and before.body_bytes().isascii():
                assert before["subject"] == again["subject"]


class TestPlaceholders:
    @pytest.fixture
    def shows(self, handle, template, mlist):
        """shows(text, **metadata): what the footer becomes."""

        def shows(text, **msgdata):
            template("list.member.regular.footer", text + "\n")
            msg = handle("decorate", "Subject: x\n\nHi.\n", **msgdata)[0]
            return msg.get_payload(decode=True).decode().removeprefix("Hi.\r\n").rstrip("\r\n")

        return shows

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("fqdn_listname", "test@example.com"),
            ("list_name", "test"),
            ("mail_host", "example.com"),
            ("display_name", "Test"),
            ("request_address", "test-request@example.com"),
            ("description", "About"),
            ("info", "More"),
            ("listname", "test@example.com"),
            ("list_id", "test.example.com"),
            ("domain", "example.com"),
            ("short_listname", "test"),
            ("language", "en"),
            ("owner_email", "test-owner@example.com"),
            ("site_email", "changeme@example.com"),
        ],
    )
    def test_of_the_list(self, shows, mlist, name, value):
        mlist.description, mlist.info = "About", "More"
        assert shows(f"<${name}>") == shows(f"<${{{name}}}>") == f"<{value}>"

    @pytest.mark.parametrize(
        "text", ["$nonesuch", "${none such}", "100$", "$", "$1", "%(list_name)s", "{list_name}"]
    )
    def test_what_is_none_stays(self, shows, text):
        assert shows(text) == text

    def test_two_dollars_are_one(self, shows):
        assert shows("$$list_name") == "$list_name"

    def test_values_are_not_looked_through_again(self, shows, mlist):
        mlist.description = "$list_name ${info} $$"
        assert shows("$description") == "$list_name ${info} $$"

    def test_data_of_callers_go_before_the_lists(self, shows):
        data = {"decoration-data": {"list_name": "mine", "number": 3}}
        assert shows("$list_name $number", **data) == "mine 3"

    def test_of_a_member_without_a_name(self, shows, member):
        bart = member("Bart@Example.com")
        text = "$member|$user_name|$user_name_or_email|$user_name_or_address|$user_address"
        assert shows(text, member=bart) == (
            "Bart@Example.com||Bart@Example.com|Bart@Example.com|bart@example.com"
        )

    def test_of_a_member_in_another_language(self, shows, member):
        bart = member("bart@example.com", preferred_language="de")
        assert shows("$user_language $language", member=bart) == "German en"

    def test_names_of_members_cannot_add_lines(self, shows, member, site):
        bart = member("bart@example.com")
        bart.address.display_name = "B\r\n-- \n$list_name"
        assert shows("$user_name", member=bart) == "B -- $list_name"

    def test_without_a_member_they_stay(self, shows):
        assert shows("$user_name $member") == "$user_name $member"


class TestTemplates:
    def test_line_ends_of_windows(self, handle, template, engine):
        folder = engine.settings.paths.template_dir / "site" / "en"
        folder.mkdir(parents=True)
        (folder / "list.member.regular.footer.txt").write_bytes(b"one\r\ntwo\r\n")
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert msg.body_bytes() == b"Hi.\r\none\r\ntwo\r\n"
        msg, _msgdata = handle("decorate", Message.parse(b"Subject: x\n\nHi.\n"))
        assert msg.body_bytes() == b"Hi.\none\ntwo\n"

    def test_header_alone(self, handle, template):
        template("list.member.regular.header", "Top\n")
        template("list.member.regular.footer", "\n \t\n")
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert msg.body_bytes() == b"Top\r\nHi.\r\n"

    def test_footer_in_the_language_of_the_list(self, handle, engine, mlist):
        mlist.preferred_language = "de"
        folder = engine.settings.paths.template_dir / "site" / "de"
        folder.mkdir(parents=True)
        (folder / "list.member.regular.footer.txt").write_text("Grüße\n", encoding="utf-8")
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert msg.get_payload(decode=True).decode() == "Hi.\r\nGrüße\r\n"

    def test_the_lists_own_goes_before_the_sites(self, handle, template, engine):
        template("list.member.regular.footer", "of the site\n")
        folder = engine.settings.paths.template_dir / "lists" / "test.example.com" / "en"
        folder.mkdir(parents=True)
        (folder / "list.member.regular.footer.txt").write_text("of the list\n")
        msg, _msgdata = handle("decorate", "Subject: x\n\nHi.\n")
        assert msg.body_bytes() == b"Hi.\r\nof the list\r\n"


class TestPermalinks:
    @pytest.fixture
    def footer(self, template):
        """A footer with the link of an archiver."""
        template("list.member.regular.footer", "Archived: $mail_archive_url\n")

    def test_the_footer_may_have_them(self, handle, engine, footer):
        engine.settings.archivers["mail-archive"].enable = True
        for value in ("ABC", "DEF"):
            msg = handle("decorate", f"Message-ID-Hash: {value}\n\nHello.\n")[0]
            expected = f"Hello.\r\nArchived: https://www.mail-archive.com/{value}\r\n"
            assert msg.body_bytes().decode() == expected

    def test_without_an_archiver_they_are_empty(self, handle, footer):
        msg = handle("decorate", "Message-ID-Hash: ABC\n\nHello.\n")[0]
        assert msg.body_bytes() == b"Hello.\r\nArchived: \r\n"
