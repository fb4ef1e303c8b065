"""What an explanation says of one member, and of the author's domain."""

from __future__ import annotations

import pytest

from mmcore.explain.rehearse import Question
from mmcore.interfaces.mailing_list import DMARCMitigateAction
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from mmcore.services.dmarc import Policy, Record
from mmcore.services.dns_answers import DnsUnavailableError
from tests.mmcore.explain.test_telling import POST


class TestMember:
    def why(self, house, ant, email, post=POST):
        told = house.explained(ant, post, Question(member=email))
        if not told.asked.receives:
            assert told.copy is None
        return told.asked.why

    def test_who_gets_it(self, house, ant):
        told = house.explained(ant, POST, Question(member="Bart@Example.com"))
        assert (told.asked.email, told.asked.receives) == ("bart@example.com", True)
        assert told.asked.why is None
        assert told.copy is not None

    def test_why_not(self, house, ant):
        with house.transaction() as site:
            members = site.lists.get(ant).members
            members.get("anne@example.com").preferences.receive_own_postings = False
            bart = members.get("bart@example.com").preferences
            bart.delivery_mode = DeliveryMode.mime_digests
            cris = members.get("cris@example.com").preferences
            cris.delivery_status = DeliveryStatus.by_user
        post = POST.replace(b"anne@", b"dave@")
        assert "Nobody gets" in self.why(house, ant, "bart@example.com", post)
        with house.transaction() as site:
            site.lists.get(ant).subscribe(site.addresses.add("dave@example.com"))
        assert "not a member" in self.why(house, ant, "eve@example.com")
        assert "digests" in self.why(house, ant, "bart@example.com")
        assert "switched off" in self.why(house, ant, "cris@example.com")
        assert "own posts" in self.why(house, ant, "anne@example.com")

    def test_who_was_addressed_directly(self, house, ant):
        with house.transaction() as site:
            bart = site.lists.get(ant).members.get("bart@example.com")
            bart.preferences.receive_list_copy = False
        post = POST.replace(b"Subject", b"Cc: bart@example.com\nSubject")
        assert "another way" in self.why(house, ant, "bart@example.com", post)


class TestDmarc:
    @pytest.fixture
    def policy(self, monkeypatch):
        def found(policy):
            def find_policy(known, domain, deadline=None):
                if isinstance(policy, Exception):
                    raise policy
                return policy

            monkeypatch.setattr("mmcore.explain.conclusions.find_policy", find_policy)
            monkeypatch.setattr("mmcore.services.dmarc.find_policy", find_policy)

        return found

    def dmarc(self, house, post=POST, **settings):
        return house.explained(house.new_list(**settings), post).dmarc

    def test_a_list_that_does_nothing_asks_nobody(self, house):
        found = self.dmarc(house)
        assert (found.author, found.policy) == ("anne@example.com", None)
        assert (found.setting, found.action) == ("no_mitigation", "no_mitigation")

    def test_a_policy_that_asks_for_it(self, house, policy):
        policy(Policy("reject", Record("example.com", {"p": "reject"})))
        found = self.dmarc(house, dmarc_mitigate_action=DMARCMitigateAction.munge_from)
        assert (found.policy, found.domain, found.action) == (
            "reject",
            "example.com",
            "munge_from",
        )

    def test_a_policy_that_does_not(self, house, policy):
        policy(Policy())
        found = self.dmarc(house, dmarc_mitigate_action=DMARCMitigateAction.munge_from)
        assert (found.policy, found.domain, found.action) == ("none", None, "no_mitigation")

    def test_when_the_dns_cannot_say(self, house, policy):
        policy(DnsUnavailableError("away"))
        found = self.dmarc(house, dmarc_mitigate_action=DMARCMitigateAction.reject)
        assert (found.policy, found.action) == ("unknown", "reject")

    def test_whatever_the_policy(self, house, policy):
        policy(Policy())
        always = {
            "dmarc_mitigate_action": DMARCMitigateAction.wrap_message,
            "dmarc_mitigate_unconditionally": True,
        }
        assert self.dmarc(house, **always).action == "wrap_message"
        # There is no author to protect.
        assert self.dmarc(house, anonymous_list=True, **always).action == "no_mitigation"

    def test_nothing_to_say_of_a_message_without_an_author(self, house):
        assert self.dmarc(house, post=POST.replace(b"anne@example.com", b"anne@[1.2.3.4]")) is None
