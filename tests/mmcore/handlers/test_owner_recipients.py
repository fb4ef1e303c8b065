from __future__ import annotations

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

    def test_disabled_owners_do_not_get_it(self, handle, member):
        member("o@example.com", MemberRole.owner, delivery_status=DeliveryStatus.by_user)
        member("m@example.com", MemberRole.moderator)
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata["recipients"] == ["m@example.com"]

    def test_owner_of_the_site_is_the_last_resort(self, handle):
        msgdata = handle("owner-recipients", "From: x@example.com\n\n")[1]
        assert msgdata["recipients"] == ["changeme@example.com"]

    def test_recipients_that_are_known_stay(self, handle):
        assert handle("owner-recipients", "\n", recipients=[])[1] == {"recipients": []}
