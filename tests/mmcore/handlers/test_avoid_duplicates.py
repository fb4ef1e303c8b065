from __future__ import annotations

import pytest


@pytest.fixture
def people(member):
    member("a@example.com", receive_list_copy=False)
    member("b@example.com")
    member("c@example.com", receive_list_copy=False)
    return ["a@example.com", "b@example.com", "c@example.com"]


class TestAvoidDuplicates:
    def test_nobody_named_changes_nothing(self, handle, people):
        msg, msgdata = handle(
            "avoid-duplicates", "To: test@example.com\n\nHi.\n", recipients=people
        )
        assert msgdata == {"recipients": people}
        assert not msg.header_changed

    @pytest.mark.parametrize("name", ["To", "Cc", "Resent-To", "Resent-Cc"])
    def test_named_member_who_wants_no_list_copy_is_dropped(self, handle, people, name):
        _msg, msgdata = handle("avoid-duplicates", f"{name}: A@Example.com\n\n", recipients=people)
        assert msgdata["recipients"] == ["b@example.com", "c@example.com"]
        assert "add-dup-header" not in msgdata

    def test_named_member_who_wants_both_is_marked(self, handle, people):
        msg, msgdata = handle("avoid-duplicates", "Cc: b@example.com\n\n", recipients=people)
        assert msgdata["recipients"] == people
        assert msgdata["add-dup-header"] == ["b@example.com"]
        assert not msg.header_changed

    def test_who_is_dropped_leaves_cc(self, handle, people):
        msg, msgdata = handle(
            "avoid-duplicates",
            """\
            To: test@example.com
            Cc: Ann <a@example.com>, "B, Person" <b@example.com>,
             =?utf-8?q?C=C3=A9?= <c@example.com>, X <x@example.org>
            Cc: y@example.org

            """,
            recipients=people,
        )
        assert msgdata["recipients"] == ["b@example.com"]
        assert msg.get_all("cc") == [
            '"B, Person" <b@example.com>, X <x@example.org>, y@example.org'
        ]

    def test_empty_cc_is_removed(self, handle, people):
        msg, _msgdata = handle("avoid-duplicates", "Cc: a@example.com\n\n", recipients=people)
        assert "cc" not in msg

    def test_encoded_names_survive(self, handle, people):
        msg, _msgdata = handle(
            "avoid-duplicates",
            "Cc: a@example.com, =?iso-8859-1?q?Andr=E9?= <x@example.org>\n\n",
            recipients=people,
        )
        assert msg.decoded("cc") == "André <x@example.org>"

    def test_addresses_of_the_list_do_not_count(self, handle, mlist, member):
        member("test-owner@example.com", receive_list_copy=False)
        recipients = ["test-owner@example.com"]
        _msg, msgdata = handle(
            "avoid-duplicates",
            "Cc: test-owner@example.com, test-bounces@example.com\n\n",
            recipients=recipients,
        )
        assert msgdata == {"recipients": recipients}
