"""Who the recipients of a post are, beside what the memberships themselves say."""

from __future__ import annotations

import random

import pytest

from mmcore.interfaces.member import Addressee, MemberRole
from mmcore.services.personal import NEEDS

EVERYTHING = frozenset().union(*NEEDS.values()) - {"name"}


@pytest.fixture
def many(session, site, mlist):
    """Some hundred members; every seventh is a user as such, every fifth an address alone."""
    for number in range(400):
        email = f"Member{number:04d}@example.com"
        if number % 5 == 0:
            mlist.subscribe(site.addresses.add(email, f"Name {number}"))
            continue
        user = site.users.make(email, "" if number % 3 == 0 else f"User {number}")
        if number % 7:
            mlist.subscribe(site.addresses.get(email))
        else:
            user.addresses[0].verify()
            user.preferred_address = user.addresses[0]
            mlist.subscribe(user)
    session.commit()
    return session.begin().lists.get(mlist.list_id)


def known(mlist, email):
    """What the membership itself says."""
    member = mlist.members.get(email)
    if member is None:
        return None
    user_id = "" if member.user is None else member.user.user_id
    return Addressee(
        member.member_id, user_id, member.display_name,
        member.address.original_email, member.preferred_language,
    )  # fmt: skip


def short(addressee):
    return addressee and addressee._replace(original_email="", language="")


class TestAddressees:
    @pytest.mark.parametrize("step", [1, 7, 150, 399])
    def test_in_order(self, many, step):
        emails = [f"member{number:04d}@example.com" for number in range(0, 400, step)]
        found = list(many.members.addressees(emails))
        assert found == [short(known(many, email)) for email in emails]

    def test_in_any_order_strangers_among_them(self, many):
        emails = [f"Member{number:04d}@example.com" for number in range(390, 410)]
        emails += ["", "\0", "zzz@example.com", "a@example.com", "ä", "member0003@example.com"] * 2
        random.Random(1).shuffle(emails)
        found = list(many.members.addressees(emails))
        assert found == [short(known(many, email)) for email in emails]
        assert None in found

    def test_nobody(self, many):
        assert list(many.members.addressees([])) == []

    def test_a_list_without_members(self, mlist):
        assert list(mlist.members.addressees(["a@example.com", "b@example.com"])) == [None, None]

    def test_more_only_for_those_who_ask(self, many):
        emails = [f"member{number:04d}@example.com" for number in range(0, 400, 9)]
        many.members.get(emails[3]).preferences.preferred_language = "de"
        found = list(many.members.addressees(emails, EVERYTHING))
        assert found == [known(many, email) for email in emails]
        for addressee in many.members.addressees(emails, frozenset({"nameless"})):
            assert bool(addressee.original_email) == (not addressee.display_name)
            assert addressee.language == ""

    def test_the_membership_of_the_address_goes_before_its_users(self, site, mlist, anne):
        mlist.subscribe(anne.user)
        for email in ("a@example.com", "z@example.com"):
            mlist.subscribe(site.addresses.add(email))
        [found] = mlist.members.addressees(["aperson@example.com"])
        assert found.member_id == anne.member_id
        user = anne.user
        anne.unsubscribe()
        [found] = mlist.members.addressees(["aperson@example.com"])
        assert site.members[found.member_id].user_id == user.user_id

    def test_twice_in_the_list_also_across_leaves(self, session, site, mlist):
        for number in range(400):
            user = site.users.make(f"m{number:03d}@example.com", f"User {number}")
            address = site.addresses.get(f"m{number:03d}@example.com")
            address.verify()
            user.preferred_address = address
            mlist.subscribe(address)
            mlist.subscribe(user)
        session.commit()
        mlist = session.begin().lists.get(mlist.list_id)
        emails = [f"m{number:03d}@example.com" for number in range(400)]
        found = list(mlist.members.addressees(emails))
        assert found == [short(known(mlist, email)) for email in emails]

    def test_other_roles(self, site, mlist):
        mlist.subscribe(site.addresses.add("o@example.com", "Olga"), MemberRole.owner)
        [found] = mlist.owners.addressees(["o@example.com"])
        assert found.display_name == "Olga"
        assert list(mlist.members.addressees(["o@example.com"])) == [None]


class TestMemory:
    def test_leaves_are_let_go_again(self, session, many):
        session.abort()
        many = session.begin().lists.get(many.list_id)
        session.connection.cacheMinimize()
        emails = [f"member{number:04d}@example.com" for number in range(400)]
        before = session.connection._cache.cache_non_ghost_count
        assert len(list(many.members.addressees(emails))) == 400
        assert session.connection._cache.cache_non_ghost_count - before < 10

    def test_what_was_changed_is_not(self, many):
        member = many.members.get("member0003@example.com")
        member.address.display_name = "Changed"
        emails = [f"member{number:04d}@example.com" for number in range(400)]
        list(many.members.addressees(emails, EVERYTHING))
        [found] = many.members.addressees(["member0003@example.com"])
        assert found.display_name == "Changed"
