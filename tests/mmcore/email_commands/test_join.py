"""join and subscribe."""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryMode
from mmcore.interfaces.subscription import SubscriptionPolicy

NEW = "New.Person@example.net"


@pytest.fixture
def policy(mlist):
    """Set the policy of the list."""

    def policy(name):
        mlist.subscription_policy = SubscriptionPolicy[name]

    return policy


class TestJoin:
    @pytest.mark.parametrize("command", ["join", "subscribe"])
    def test_a_confirmation_is_asked_for_and_that_is_said(self, site, mlist, mail, command):
        sent = mail(f"Subject: {command}\n\n", sender=f"New <{NEW}>")
        assert sent.said == f"A confirmation mail was sent to {NEW}."
        [question] = sent.others.values()
        assert question["to"] == NEW
        assert question["from"].startswith("test-confirm+")
        assert len(mlist.members) == 0
        assert site.addresses.get(NEW).original_email == NEW

    def test_the_subaddress_is_enough(self, mail):
        sent = mail("X-Mailer: x\n\n", to="join", sender=NEW)
        assert sent.results is None
        assert list(sent.others) == [NEW]

    def test_a_known_person_joins_an_open_list_at_once(self, site, mlist, policy, mail):
        policy("open")
        user = site.users.make(NEW, "Nell")
        site.addresses.get(NEW).verify()
        user.preferred_address = site.addresses.get(NEW)
        sent = mail("Subject: join digest=mime\n\n", sender=f"Nell <{NEW}>")
        assert sent.said == f"Nell <{NEW}> is now a member of this list."
        [member] = mlist.members.members()
        assert member.user_id == user.user_id
        assert member.delivery_mode is DeliveryMode.mime_digests

    def test_an_address_that_is_not_preferred_joins_as_itself(self, site, mlist, policy, mail):
        policy("open")
        site.users.make(NEW)
        site.addresses.get(NEW).verify()
        mail("Subject: join digest=plain\n\n", sender=NEW)
        [member] = mlist.members.members()
        assert member.user_id is None
        assert member.delivery_mode is DeliveryMode.plaintext_digests

    def test_moderators_may_have_to_decide(self, site, policy, mail):
        policy("moderate")
        site.users.make(NEW)
        site.addresses.get(NEW).verify()
        said = mail("Subject: join\n\n", sender=NEW).said
        assert said == f"The moderators will decide about {NEW}."

    def test_twice_in_one_mail_is_once(self, mail):
        sent = mail("Subject: join\n\nsubscribe\njoin\n", sender=NEW)
        assert sent.said.count("\n") == 0

    def test_who_waits_already_is_told_to_answer(self, mail):
        mail("Subject: join\n\n", sender=NEW)
        sent = mail("Subject: join\n\n", to="join", sender=NEW)
        assert "has asked to join already" in sent.said
        assert sent.others == {}

    def test_who_is_banned_is_told(self, mlist, mail):
        mlist.bans.add(NEW.lower())
        sent = mail("Subject: join\n\n", to="join", sender=NEW)
        assert sent.said == f"{NEW} is banned from this list."

    def test_who_is_a_member_is_told(self, anne, mail):
        sent = mail("Subject: join\n\n", to="subscribe")
        assert "try" in sent.text or "already a member" in sent.said

    @pytest.mark.parametrize(
        "argument", ["digest=yes", "digest=", "address=x", "nonsense", "digest"]
    )
    def test_what_cannot_be_understood_ends_it(self, anne, mail, argument):
        sent = mail(f"Subject: join {argument}\n\necho 1\n")
        assert sent.said == f"join: bad argument: {argument}"
        assert sent.others == {}

    def test_without_an_address_there_is_nobody_to_subscribe(self, mail):
        assert mail("Subject: join\n\n", sender="nobody").others == {}

    @pytest.mark.parametrize("sender", ["test@example.com", "x-request@example.net"])
    def test_robots_are_not_subscribed(self, site, mlist, mail, sender):
        sent = mail("Subject: join\n\n", sender=sender)
        assert (sent.results, sent.others) == (None, {})
        assert len(site.pendings) == 0


class TestJoiningSomebodyElse:
    """`address=` names somebody who has not asked."""

    UNIFORM = "If it can be subscribed, that address gets a confirmation mail."

    def test_that_one_is_asked(self, mail):
        sent = mail(f"Subject: join address={NEW}\n\n", sender="bart@example.net")
        assert list(sent.others) == [NEW.lower()]
        assert sent.said == self.UNIFORM

    def test_also_on_an_open_list(self, site, mlist, policy, mail):
        policy("open")
        site.users.make(NEW)
        site.addresses.get(NEW).verify()
        sent = mail(f"Subject: join address={NEW}\n\n", sender="bart@example.net")
        assert list(sent.others) == [NEW]
        assert len(mlist.members) == 0

    def test_nothing_is_told_about_that_one(self, mlist, anne, mail):
        mlist.bans.add("banned@example.net")
        for email in ("aperson@example.com", "banned@example.net", "test@example.com"):
            sent = mail(f"Subject: join address={email}\n\n", sender="bart@example.net")
            assert sent.said == self.UNIFORM
            assert sent.others == {}

    def test_the_own_address_is_nobody_else(self, mail):
        sent = mail(f"Subject: join address={NEW}\n\n", sender=f"New <{NEW}>")
        assert sent.said == f"A confirmation mail was sent to {NEW}."
