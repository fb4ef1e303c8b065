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

    def test_folded_fields_are_read_as_one(self, handle, people):
        text = "To: test@example.com,\n\t=?utf-8?q?Ann=2C?=\n <a@example.com>\n\n"
        _msg, msgdata = handle("avoid-duplicates", text, recipients=people)
        assert msgdata["recipients"] == ["b@example.com", "c@example.com"]

    def test_dropped_and_marked_at_once(self, handle, people):
        text = "To: a@example.com, b@example.com\nCc: b@example.com, c@example.com\n\n"
        msg, msgdata = handle("avoid-duplicates", text, recipients=people)
        assert msgdata == {"recipients": ["b@example.com"], "add-dup-header": ["b@example.com"]}
        assert msg["cc"] == "b@example.com"
        # Only Cc: what To says is what the author wrote.
        assert msg["to"] == "a@example.com, b@example.com"

    def test_members_without_regular_delivery_are_nothing_to_it(self, handle, people, member):
        member("d@example.com", receive_list_copy=False)
        text = "Cc: d@example.com, a@example.com\n\n"
        msg, msgdata = handle("avoid-duplicates", text, recipients=["b@example.com"])
        assert msgdata == {"recipients": ["b@example.com"]}
        assert not msg.header_changed

    @pytest.mark.parametrize("recipients", [None, []])
    def test_without_recipients_there_is_nothing_to_do(self, handle, people, recipients):
        msgdata = {} if recipients is None else {"recipients": recipients}
        msg, after = handle("avoid-duplicates", "Cc: a@example.com\n\n", **msgdata)
        assert after == msgdata
        assert not msg.header_changed

    @pytest.mark.parametrize(
        "address", ["test-owner", "test-bounces", "test-request", "TEST-Owner"]
    )
    def test_addresses_of_the_list_stay_in_cc(self, handle, mlist, member, address):
        email = f"{address}@example.com".lower()
        member(email, receive_list_copy=False)
        msg, msgdata = handle(
            "avoid-duplicates", f"Cc: {address}@example.com\n\n", recipients=[email]
        )
        assert msgdata == {"recipients": [email]}
        assert not msg.header_changed
