from __future__ import annotations

import re

import pytest

from mmcore.interfaces.member import MemberRole
from mmcore.message.message import Message
from mmcore.services.unsubscribe_tokens import read_token

TEXT = "Subject: x\nList-Unsubscribe: <mailto:test-leave@example.com>\nList-Post: NO\n\n"


@pytest.fixture
def enabled(engine):
    engine.settings.public.url = "https://lists.example.com"


class TestOneClick:
    def test_the_copy_of_a_member_has_her_own_uri(self, handle, enabled, site, mlist, anne):
        msg, _msgdata = handle("one-click", TEXT, member=anne)
        assert msg["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        found = re.fullmatch(
            r"<https://lists\.example\.com/unsubscribe/([^>]+)>,\s+<mailto:test-leave@example\.com>",
            msg["list-unsubscribe"],
        )
        token = read_token(site, found[1])
        assert (token.list_id, token.member_id) == (mlist.list_id, anne.member_id)
        assert msg.keys() == ["Subject", "List-Unsubscribe", "List-Post", "List-Unsubscribe-Post"]

    def test_it_is_written_so_that_it_can_be_read_again(self, handle, enabled, anne):
        msg, _msgdata = handle("one-click", TEXT, member=anne)
        again = Message.parse(msg.as_bytes())["list-unsubscribe"]
        assert again.replace("\t", " ") == msg["list-unsubscribe"].replace("\n\t", " ")

    def test_a_copy_for_many_has_none(self, handle, enabled):
        assert not handle("one-click", TEXT)[0].header_changed

    def test_nor_that_of_an_owner(self, handle, enabled, member):
        owner = member("olga@example.org", MemberRole.owner)
        assert not handle("one-click", TEXT, member=owner)[0].header_changed

    def test_nor_any_where_the_site_has_no_page_for_it(self, handle, anne):
        assert not handle("one-click", TEXT, member=anne)[0].header_changed

    def test_nor_where_the_list_wants_no_such_fields(self, handle, enabled, mlist, anne):
        assert not handle("one-click", "Subject: x\n\n", member=anne)[0].header_changed
        mlist.include_rfc2369_headers = False
        assert not handle("one-click", TEXT, member=anne)[0].header_changed

    def test_whatever_came_before_is_replaced(self, handle, enabled, anne):
        msg, _msgdata = handle("one-click", "List-Unsubscribe-Post: x\n" + TEXT, member=anne)
        assert msg.get_all("list-unsubscribe-post") == ["List-Unsubscribe=One-Click"]
