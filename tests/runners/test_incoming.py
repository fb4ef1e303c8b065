"""The incoming runner: posts are judged, their authors become known."""

from __future__ import annotations

from mmcore.chains.judging import MAX_SENDERS
from runners.incoming import IncomingRunner


class TestIncoming:
    def test_a_members_post_goes_to_the_pipeline(self, opened, enqueue, anne, now_in):
        enqueue("in")
        opened(IncomingRunner).iterate()
        [msgdata] = now_in("pipeline")
        assert msgdata["envsender"] == "noreply@example.com"
        assert msgdata["rule_hits"] == []
        assert now_in("in") == []

    def test_a_strangers_post_is_held_and_announced(self, opened, enqueue, session, now_in):
        enqueue("in", "From: x@example.net\nTo: test@example.com\nSubject: a\n\nHello.\n")
        opened(IncomingRunner).iterate()
        assert len(now_in("virgin")) == 2
        assert len(session.site.held) == 1
        assert now_in("pipeline") == []

    def test_mail_to_the_owners_is_judged_by_the_owners_chain(self, opened, enqueue, now_in):
        enqueue(
            "in", "From: x@example.net\nTo: test-owner@example.com\n\nHelp.\n",
            to_owner=True, envsender="site@example.com",
        )  # fmt: skip
        opened(IncomingRunner).iterate()
        [msgdata] = now_in("pipeline")
        assert (msgdata["to_owner"], msgdata["envsender"]) == (True, "site@example.com")

    def test_authors_become_known_addresses_without_a_user(self, opened, enqueue, session, now_in):
        text = "From: new@example.net, Odd One <odd>\nTo: test-owner@example.com\n\nHello.\n"
        enqueue("in", text, to_owner=True)
        opened(IncomingRunner).iterate()
        assert now_in("in") == []
        address = session.site.addresses.get("new@example.net")
        assert (address.user, address.verified_on) == (None, None)

    def test_a_forged_list_of_authors_does_not_fill_the_database(
        self, opened, enqueue, session, now_in
    ):
        authors = ", ".join(f"a{number}@example.net" for number in range(50))
        enqueue("in", f"From: {authors}\nTo: test@example.com\n\nHello.\n")
        opened(IncomingRunner).iterate()
        assert now_in("in") == []
        known = [n for n in range(50) if session.site.addresses.get(f"a{n}@example.net")]
        assert len(known) == MAX_SENDERS
