"""leave and unsubscribe."""

from __future__ import annotations

import pytest

from mmcore.interfaces.subscription import SubscriptionPolicy

ANNE = "aperson@example.com"


class TestLeave:
    @pytest.mark.parametrize("command", ["leave", "unsubscribe"])
    def test_a_confirmation_is_asked_for_and_that_is_said(self, mlist, anne, mail, command):
        sent = mail(f"Subject: {command}\n\n", sender=f"Anne <{ANNE}>")
        assert sent.said == f"A confirmation mail was sent to Anne <{ANNE}>."
        assert list(sent.others) == [ANNE]
        assert len(mlist.members) == 1

    def test_the_subaddress_is_enough(self, anne, mail):
        sent = mail("X-Mailer: x\n\n", to="leave")
        assert sent.results is None
        assert list(sent.others) == [ANNE]

    def test_an_open_list_is_left_at_once(self, mlist, anne, mail):
        mlist.unsubscription_policy = SubscriptionPolicy.open
        sent = mail("Subject: leave\n\n")
        assert sent.said == f"{ANNE} has left this list."
        assert len(mlist.members) == 0

    def test_moderators_may_have_to_decide(self, mlist, anne, mail):
        mlist.unsubscription_policy = SubscriptionPolicy.moderate
        assert mail("Subject: leave\n\n").said == f"The moderators will decide about {ANNE}."

    def test_another_verified_address_of_the_same_person_will_do(self, site, mlist, anne, mail):
        mlist.unsubscription_policy = SubscriptionPolicy.open
        other = site.addresses.add("anne@example.net")
        other.verify()
        anne.user.link(other)
        assert "has left" in mail("Subject: leave\n\n", sender="anne@example.net").said
        assert len(mlist.members) == 0

    def test_twice_in_one_mail_is_once(self, anne, mail):
        sent = mail("Subject: leave\n\nunsubscribe\n")
        assert sent.said.count("\n") == 0

    def test_who_is_no_member_is_told(self, site, mlist, anne, mail):
        anne.unsubscribe()
        assert mail("Subject: leave\n\n").said == f"{ANNE} is not a member of test@example.com."

    def test_whoever_is_not_known_is_told_also_by_the_subaddress(self, mlist, mail):
        sent = mail("Subject: x\n\n", to="leave", sender="x@example.net")
        assert sent.said == "No user is registered for x@example.net."

    def test_an_address_that_was_never_verified_proves_nothing(self, site, mlist, mail):
        site.users.make("x@example.net")
        mlist.subscribe(site.addresses.get("x@example.net"))
        sent = mail("Subject: x\n\n", to="leave", sender="x@example.net")
        assert sent.said == "The address x@example.net has not been verified."
        assert len(mlist.members) == 1

    def test_without_an_address_nobody_leaves(self, mail):
        assert mail("Subject: leave\n\n", sender="nobody").results is None
