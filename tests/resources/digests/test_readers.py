"""Who gets digests: known from an index, whatever changes."""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole

PLAIN, MIME = DeliveryMode.plaintext_digests, DeliveryMode.mime_digests
SUMMARY, REGULAR = DeliveryMode.summary_digests, DeliveryMode.regular
LIST_ID = "test.example.com"


@pytest.fixture
def readers(mlist):
    return lambda: list(mlist.digest_recipients())


def collect(site, mlist):
    site.digests.of(mlist).add("s:a:0:1", None, 1)


def last_readers(site):
    """Who gets what has been collected although they get posts as they come."""
    return list(site.digests.issue(site.digests.take(LIST_ID)).last_readers())


class TestDigestReaders:
    def test_a_new_list_has_none(self, readers, mlist, anne):
        assert readers() == []
        assert list(mlist.owners.digest_readers) == []

    @pytest.mark.parametrize("mode", [PLAIN, MIME, SUMMARY])
    @pytest.mark.parametrize("level", ["member", "address", "user"])
    def test_every_level_of_preferences_counts(self, readers, mlist, anne, mode, level):
        preferring = {"member": anne, "address": anne.address, "user": anne.user}[level]
        preferring.preferences.delivery_mode = mode
        assert readers() == [("aperson@example.com", mode)]
        assert list(mlist.regular_recipients()) == []
        preferring.preferences.delivery_mode = None
        assert readers() == []
        assert list(mlist.regular_recipients()) == ["aperson@example.com"]

    def test_who_gets_no_mail_gets_no_digest(self, readers, anne):
        anne.preferences.delivery_mode = MIME
        anne.address.preferences.delivery_status = DeliveryStatus.by_bounces
        assert readers() == []
        anne.address.preferences.delivery_status = None
        assert readers() == [("aperson@example.com", MIME)]

    def test_addresses_are_as_they_were_first_written_and_in_order(self, site, mlist, readers):
        for name in ("Zoe.Z@Example.com", "bart@example.com"):
            mlist.subscribe(site.addresses.add(name)).preferences.delivery_mode = PLAIN
        assert readers() == [("bart@example.com", PLAIN), ("Zoe.Z@Example.com", PLAIN)]

    def test_who_leaves_is_gone(self, readers, anne):
        anne.preferences.delivery_mode = MIME
        anne.unsubscribe()
        assert readers() == []

    def test_owners_and_nonmembers_get_none(self, site, mlist, readers):
        for role in (MemberRole.owner, MemberRole.moderator, MemberRole.nonmember):
            member = mlist.subscribe(site.addresses.add(f"{role.name}@example.com"), role)
            member.preferences.delivery_mode = MIME
            member.preferences.delivery_mode = REGULAR
        assert readers() == []

    def test_an_address_and_its_user_get_one_digest_as_the_address_wants_it(
        self, mlist, readers, anne
    ):
        as_user = mlist.subscribe(anne.user)
        as_user.preferences.delivery_mode = MIME
        assert readers() == [("aperson@example.com", MIME)]
        # The membership of the address still wants the posts as they come.
        assert list(mlist.regular_recipients()) == ["aperson@example.com"]
        anne.preferences.delivery_mode = PLAIN
        assert readers() == [("aperson@example.com", PLAIN)]
        anne.unsubscribe()
        assert readers() == [("aperson@example.com", MIME)]

    def test_the_index_can_be_made_anew(self, mlist, readers, anne):
        anne.preferences.delivery_mode = MIME
        mlist.members._digest_readers = None
        assert readers() == []
        mlist.members.index_digests()
        mlist.members.index_digests()
        mlist.owners.index_digests()
        assert readers() == [("aperson@example.com", MIME)]
        mlist.members.reindex()
        assert readers() == [("aperson@example.com", MIME)]


class TestLeavingDigests:
    @pytest.mark.parametrize("level", ["member", "address", "user"])
    def test_what_was_collected_until_then_is_sent(self, site, mlist, anne, level):
        preferring = {"member": anne, "address": anne.address, "user": anne.user}[level]
        preferring.preferences.delivery_mode = PLAIN
        collect(site, mlist)
        preferring.preferences.delivery_mode = REGULAR
        assert last_readers(site) == [("aperson@example.com", PLAIN)]

    def test_nothing_collected_is_nothing_missed(self, site, mlist, anne):
        anne.preferences.delivery_mode = PLAIN
        anne.preferences.delivery_mode = REGULAR
        collect(site, mlist)
        assert last_readers(site) == []

    def test_from_one_form_to_the_other_is_not_leaving(self, site, mlist, anne):
        anne.preferences.delivery_mode = PLAIN
        collect(site, mlist)
        anne.preferences.delivery_mode = MIME
        assert last_readers(site) == []

    def test_who_wanted_no_mail_or_wants_none_gets_none(self, site, mlist, anne):
        anne.preferences.delivery_mode = PLAIN
        collect(site, mlist)
        anne.preferences.delivery_status = DeliveryStatus.by_user
        anne.preferences.delivery_mode = REGULAR
        anne.preferences.delivery_status = None
        assert last_readers(site) == []

    def test_other_changes_do_not_count(self, site, mlist, anne):
        anne.preferences.delivery_mode = PLAIN
        collect(site, mlist)
        anne.bounce_score = 2
        anne.user.display_name = "Anna"
        assert last_readers(site) == []

    def test_who_leaves_the_list_meanwhile_is_forgotten(self, site, mlist, anne):
        anne.preferences.delivery_mode = PLAIN
        collect(site, mlist)
        anne.preferences.delivery_mode = REGULAR
        anne.unsubscribe()
        assert last_readers(site) == []
