"""who: the members, for those who may see them."""

from __future__ import annotations

import pytest

from mmcore.email_commands import who
from mmcore.interfaces.mailing_list import RosterVisibility
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole

OWNER = "olga@example.net"
NOT_ALLOWED = "You are not authorized to see the members of this list."


@pytest.fixture
def members(site, mlist, anne):
    """Anne, Bart with digests, Cris without delivery; and the owner, Olga."""
    for name in ("bart", "cris"):
        mlist.subscribe(site.addresses.add(f"{name}@example.com"))
    mlist.members.get("bart@example.com").preferences.delivery_mode = DeliveryMode.mime_digests
    cris = mlist.members.get("cris@example.com")
    cris.preferences.delivery_status = DeliveryStatus.by_user
    site.users.make(OWNER)
    site.addresses.get(OWNER).verify()
    mlist.subscribe(site.addresses.get(OWNER), MemberRole.owner)


def names(said):
    heading, *lines = said.split("\n")
    assert heading == "Members of the list test@example.com:"
    assert all(line.startswith("    ") for line in lines)
    return [line.split("@")[0].split("<")[-1].strip() for line in lines]


class TestWho:
    def test_owners_see_all_members(self, members, mail):
        said = mail("Subject: who\n\n", sender=OWNER).said
        assert names(said) == ["aperson", "bart", "cris"]
        assert "    Anne Person <aperson@example.com>" in said

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ("delivery=enabled", ["aperson", "bart"]),
            ("delivery=disabled", ["cris"]),
            ("mode=digest", ["bart"]),
            ("mode=regular", ["aperson", "cris"]),
            ("mode=regular delivery=enabled", ["aperson"]),
            ("mode=regular mode=digest", ["bart"]),
        ],
    )
    def test_they_can_choose(self, members, mail, options, found):
        assert names(mail(f"Subject: who {options}\n\n", sender=OWNER).said) == found

    def test_what_cannot_be_understood_ends_it(self, members, mail):
        sent = mail("Subject: who mode=x delivery=enabled y\n\necho 1\n", sender=OWNER)
        assert sent.said == "who: bad arguments: mode=x y"

    def test_members_may_not_see_it_unless_the_list_wants_that(self, mlist, members, mail):
        assert mail("Subject: who\n\n").said == NOT_ALLOWED
        mlist.member_roster_visibility = RosterVisibility.members
        assert names(mail("Subject: who\n\n").said) == ["aperson", "bart", "cris"]
        assert mail("Subject: who\n\n", sender="x@example.net").said == NOT_ALLOWED

    def test_a_public_list_is_public(self, mlist, members, mail):
        mlist.member_roster_visibility = RosterVisibility.public
        assert len(names(mail("Subject: who\n\n", sender="x@example.net").said)) == 3

    def test_an_owner_may_write_from_another_address(self, site, members, mail):
        other = site.addresses.add("olga@example.org")
        site.users.by_email(OWNER).link(other)
        assert len(names(mail("Subject: who\n\n", sender="olga@example.org").said)) == 3

    def test_a_small_mail_does_not_become_a_large_one(self, mlist, members, mail, monkeypatch):
        monkeypatch.setattr(who, "MOST_MEMBERS", 2)
        mlist.member_roster_visibility = RosterVisibility.public
        said = mail("Subject: who\n\n", sender="x@example.net").said
        assert said.split("\n")[-1] == "and one more"
        assert len(names(mail("Subject: who\n\n", sender=OWNER).said)) == 3
