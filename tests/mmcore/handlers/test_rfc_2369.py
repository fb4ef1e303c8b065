from __future__ import annotations

from urllib.parse import unquote

import pytest

from mmcore.interfaces.mailing_list import ArchivePolicy
from mmcore.message.addresses import parse_addresses
from mmcore.message.message import Message
from mmcore.services.archivers import set_archivers
from tests.support.messages import message


class TestRFC2369:
    def test_fields_of_the_list(self, handle, mlist):
        mlist.description = "About tests"
        assert handle("rfc-2369", "Subject: x\n\n")[0].as_string() == (
            "Subject: x\n"
            "List-Id: About tests <test.example.com>\n"
            "List-Help: <mailto:test-request@example.com?subject=help>\n"
            "List-Owner: <mailto:test-owner@example.com>\n"
            "List-Post: <mailto:test@example.com>\n"
            "List-Subscribe: <mailto:test-join@example.com>\n"
            "List-Unsubscribe: <mailto:test-leave@example.com>\n"
            "\n"
        )

    def test_fields_of_another_list_go(self, handle):
        msg, _msgdata = handle(
            "rfc-2369",
            """\
            List-Id: <other.example.org>
            LIST-POST: <mailto:other@example.org>
            List-Archive: <https://example.org>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            Archived-At: <https://example.org/1>

            """,
        )
        assert b"example.org" not in msg.as_bytes()
        assert "list-archive" not in msg
        assert "list-unsubscribe-post" not in msg

    @pytest.mark.unsound
    def test_id_is_the_stored_one(self, handle, mlist):
        mlist.list_name = "renamed"
        msg = handle("rfc-2369", "\n")[0]
        assert msg["list-id"] == "<test.example.com>"
        assert msg["list-post"] == "<mailto:renamed@example.com>"

    def test_notices_carry_fewer(self, handle):
        msg = handle("rfc-2369", "\n", reduced_list_headers=True)[0]
        assert "list-post" not in msg
        assert "list-help" in msg

    def test_list_that_takes_no_posts_says_so(self, handle, mlist):
        mlist.allow_list_posts = False
        assert handle("rfc-2369", "\n")[0]["list-post"] == "NO"

    def test_list_that_wants_none_gets_none(self, handle, mlist):
        mlist.include_rfc2369_headers = False
        assert not handle("rfc-2369", "List-Id: <a.b>\n\n")[0].header_changed

    def test_description_is_encoded_and_cannot_add_fields(self, handle, mlist):
        mlist.description = 'Größe, "alles"\r\nBcc: x@example.com'
        msg = handle("rfc-2369", "\n")[0]
        assert msg.decoded("list-id") == 'Größe, "alles" ... <test.example.com>'
        assert "bcc" not in msg

    def test_id_is_not_folded_however_long(self, handle, mlist):
        mlist.description = "A list about many things, " * 8 + "and about Größe"
        [line] = [
            line
            for line in handle("rfc-2369", "\n")[0].header_bytes().split(b"\r\n")
            if b"List-Id" in line
        ]
        assert line.endswith(b" <test.example.com>")
        assert len(line) > 200
        mlist.description = "x " * 600
        written = handle("rfc-2369", "\n")[0].header_bytes()
        assert max(map(len, written.split(b"\r\n"))) <= 998

    def test_fields_stand_in_the_order_of_the_alphabet_after_the_id(self, handle):
        names = handle("rfc-2369", "List-Post: NO\nSubject: x\n\n")[0].keys()
        assert names[:2] == ["Subject", "List-Id"]
        assert names[2:] == sorted(names[2:])

    def test_parents_fields_go_also_from_notices(self, handle):
        msg = handle("rfc-2369", "List-Archive: <x:y>\nArchived-At: <x:y>\n\n",
                     reduced_list_headers=True)[0]  # fmt: skip
        assert "list-archive" not in msg
        assert "archived-at" not in msg


class Kept:
    """An archiver with URLs."""

    is_enabled = True

    def __init__(self, name):
        self.name = name

    def list_url(self, mlist):
        return f"https://{self.name}.example.net/{mlist.list_name}/"

    def permalink(self, mlist, msg):
        return f"https://{self.name}.example.net/{msg['message-id-hash']}"


@pytest.fixture
def archivers(engine):
    """Two that have URLs, and one that has none."""
    for name in ("mbox", "mhonarc", "prototype"):
        engine.settings.archivers[name].enable = True
    engine.archivers |= {name: Kept(name) for name in ("mbox", "mhonarc")}


POST = "Subject: x\nMessage-ID-Hash: ABC\n\n"


class TestArchives:
    def test_one_field_for_the_lists_and_one_for_each_message(self, handle, archivers):
        msg = handle("rfc-2369", POST)[0]
        (value,) = msg.get_all("list-archive")
        assert value.split() == [
            "<https://mbox.example.net/test/>,", "<https://mhonarc.example.net/test/>",
        ]  # fmt: skip
        assert msg.get_all("archived-at") == [
            "<https://mbox.example.net/ABC>", "<https://mhonarc.example.net/ABC>",
        ]  # fmt: skip

    def test_they_are_in_order_and_not_too_wide(self, handle, archivers):
        lines = handle("rfc-2369", POST)[0].as_bytes().decode().split("\r\n")
        names = [line.partition(":")[0] for line in lines if line[:1].strip()]
        assert names[2:6] == ["List-Id", "Archived-At", "Archived-At", "List-Archive"]
        at = next(number for number, line in enumerate(lines) if line.startswith("List-Archive"))
        assert lines[at] == "List-Archive: <https://mbox.example.net/test/>,"
        assert lines[at + 1].strip() == "<https://mhonarc.example.net/test/>"

    def test_a_digest_is_not_in_the_archive(self, handle, archivers):
        msg = handle("rfc-2369", POST, isdigest=True)[0]
        assert "archived-at" not in msg
        assert "list-archive" in msg

    def test_what_its_author_keeps_out_is_not_either(self, handle, archivers):
        msg = handle("rfc-2369", "X-No-Archive: yes\n" + POST)[0]
        assert "archived-at" not in msg
        assert "list-archive" in msg

    def test_notices_have_neither(self, handle, archivers):
        msg = handle("rfc-2369", POST, reduced_list_headers=True)[0]
        assert "archived-at" not in msg
        assert "list-archive" not in msg

    def test_nor_have_posts_of_a_list_without_an_archive(self, handle, archivers, mlist):
        mlist.archive_policy = ArchivePolicy.never
        msg = handle("rfc-2369", "List-Archive: <https://a.b>\nArchived-At: <https://a.b>\n\n")[0]
        assert "archived-at" not in msg
        assert "list-archive" not in msg

    def test_the_list_chooses(self, handle, archivers, engine, mlist):
        set_archivers(engine, mlist, {"mbox": False})
        msg = handle("rfc-2369", POST)[0]
        assert msg["list-archive"] == "<https://mhonarc.example.net/test/>"
        assert msg.get_all("archived-at") == ["<https://mhonarc.example.net/ABC>"]


class TestOddNames:
    @pytest.mark.parametrize(
        ("name", "local_part"),
        [
            ("a.b-c_d", "a.b-c_d"),
            ("c++", "c++"),
            ("2+2=4", "2%2B2%3D4"),
            ("{x}~!$*", "%7Bx%7D~!$*"),
            ("owner", "owner"),
        ],
    )
    def test_their_uris_can_be_read(self, handle, engine, site, mlist, name, local_part):
        other = site.lists.add(f"{name}@example.com")
        other.allow_list_posts = other.include_rfc2369_headers = True
        msg = message("Subject: x\n\n")
        engine.handlers["rfc-2369"].process(other, msg, {})
        assert msg["list-id"] == f"<{name}.example.com>"
        for field, rest in (
            ("List-Post", "@example.com>"),
            ("List-Owner", "-owner@example.com>"),
            ("List-Help", "-request@example.com?subject=help>"),
        ):
            assert unquote(msg[field]) == f"<mailto:{name}{rest}"
            assert msg[field].replace("%2B", "+") == (
                f"<mailto:{local_part}{rest}".replace("%2B", "+")
            )


class TestDescriptions:
    @pytest.mark.parametrize(
        "description",
        [
            "plain",
            "Größe",
            "日本語の" * 20,
            'with "quotes", and (more)',
            "a <b@example.com>",
            "x" * 300,
        ],
    )
    def test_whatever_they_are_the_id_can_be_found_and_the_text_be_read(
        self, handle, mlist, description
    ):
        mlist.description = description
        msg = Message.parse(handle("rfc-2369", "\n")[0].as_bytes())
        assert msg["list-id"].endswith("<test.example.com>")
        assert msg["list-id"].isascii()
        ((name, list_id),) = parse_addresses(msg["list-id"])
        assert (name, list_id) == (description, "test.example.com")

    @pytest.mark.parametrize("description", ["", "   "])
    def test_without_one_there_is_only_the_id(self, handle, mlist, description):
        mlist.description = description
        assert handle("rfc-2369", "\n")[0]["list-id"] == "<test.example.com>"
