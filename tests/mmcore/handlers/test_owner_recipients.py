from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryStatus, MemberRole


class TestOwnerRecipients:
    def test_owners_and_moderators_get_it_once_each(self, handle, member):
        member("o@example.com", MemberRole.owner)
        member("m@example.com", MemberRole.moderator)
        member("o@example.com", MemberRole.moderator)
        member("a@example.com")
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata == {
            "recipients": ["m@example.com", "o@example.com"],
            "nodecorate": True,
            "verp": True,
        }

    @pytest.mark.parametrize(
        "status", [status for status in DeliveryStatus if status is not DeliveryStatus.enabled]
    )
    def test_disabled_owners_do_not_get_it(self, handle, member, status):
        member("o@example.com", MemberRole.owner, delivery_status=status)
        member("m@example.com", MemberRole.moderator)
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata["recipients"] == ["m@example.com"]

    def test_owner_of_the_site_is_the_last_resort(self, handle):
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata["recipients"] == ["changeme@example.com"]

    def test_recipients_that_are_known_stay(self, handle):
        assert handle("owner-recipients", "\n", recipients=[])[1] == {"recipients": []}

    def test_when_all_are_disabled_the_owner_of_the_site_gets_it(self, handle, member, settings):
        settings.mmcore.site_owner = "root@example.org"
        for role in (MemberRole.owner, MemberRole.moderator):
            member("o@example.com", role, delivery_status=DeliveryStatus.by_user)
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata["recipients"] == ["root@example.org"]
        assert msgdata["verp"] is msgdata["nodecorate"] is True

    def test_whoever_disabled_one_of_two_roles_gets_it_in_the_other(self, handle, member):
        member("o@example.com", MemberRole.owner, delivery_status=DeliveryStatus.by_user)
        member("o@example.com", MemberRole.moderator)
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata["recipients"] == ["o@example.com"]

    def test_the_message_is_not_touched(self, handle, member):
        member("O@Example.com", MemberRole.owner)
        msg, msgdata = handle("owner-recipients", "From: x@example.com\n\nHi.\n")
        assert msgdata["recipients"] == ["o@example.com"]
        assert not msg.header_changed
