"""Whoever complains has to be proven by something that we made for them."""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import MemberRole
from mmcore.message.feedback import read_feedback
from mmcore.services.bounce_complaints import complainants
from mmcore.services.unsubscribe_tokens import make_token
from tests.support.failure_reports import complaint

VERP = "test-bounces+aperson=example.com@example.com"


@pytest.fixture
def who(settings, mlist):
    def asking(enclosed: str, **more: str) -> list[str]:
        msg = complaint(enclosed, **more)
        return complainants(settings, mlist, msg, read_feedback(msg))

    return asking


@pytest.fixture
def link(site, mlist, anne):
    """The field of Anne's copies by which one click unsubscribes."""

    def making(member=anne, list_id=mlist.list_id) -> str:
        token = make_token(site, list_id, member.member_id)
        return (
            f"List-Unsubscribe: <https://lists.example.com/unsubscribe/{token}>,\n"
            " <mailto:test-leave@example.com>\nFrom: x@example.com\n\nHello.\n"
        )

    return making


class TestByLink:
    def test_the_member_of_the_link(self, who, link):
        assert who(link()) == ["aperson@example.com"]

    def test_a_link_that_was_folded_within(self, who, link):
        text = link()
        at = text.index("/unsubscribe/") + 30
        assert who(f"{text[:at]}\n {text[at:]}") == ["aperson@example.com"]

    def test_a_forged_one_proves_nothing(self, who, link):
        text = link()
        assert who(text.replace(">,", "x>,")) == []

    def test_one_of_another_list_proves_nothing(self, who, link):
        assert who(link(list_id="other.example.com")) == []

    def test_one_of_a_former_member_proves_nothing(self, who, link, anne):
        text = link()
        anne.unsubscribe()
        assert who(text) == []

    def test_one_of_an_owner_proves_nothing(self, who, link, site, mlist):
        owner = mlist.subscribe(site.addresses.add("owner@example.com"), MemberRole.owner)
        assert who(link(owner)) == []


class TestBySender:
    @pytest.mark.parametrize("name", ["Return-Path", "To", "Delivered-To", "X-Envelope-From"])
    def test_in_the_message(self, who, anne, name):
        assert who(f"{name}: <{VERP}>\n\nHello.\n") == ["aperson@example.com"]

    def test_in_the_report(self, who, anne):
        assert who("From: x@y.z\n\n", fields=f"Original-Mail-From: <{VERP}>\n") == [
            "aperson@example.com"
        ]

    def test_as_the_address_of_the_report(self, who, anne):
        assert who("From: x@y.z\n\n", to=VERP) == ["aperson@example.com"]

    def test_all_ways_at_once_are_one_complaint(self, who, link):
        assert who(f"Return-Path: <{VERP}>\n{link()}", to=VERP) == ["aperson@example.com"]

    def test_of_another_list_it_proves_nothing(self, who, anne):
        assert who(f"Return-Path: <{VERP.replace('test', 'other')}>\n\nHello.\n") == []

    def test_of_somebody_else_it_proves_nothing(self, who, anne):
        assert who(f"Return-Path: <{VERP.replace('aperson', 'bart')}>\n\nHello.\n") == []


class TestUnproven:
    def test_what_a_provider_says_by_itself(self, who, anne):
        fields = "Original-Rcpt-To: <aperson@example.com>\n"
        assert who("To: aperson@example.com\n\nHello.\n", fields=fields) == []

    def test_nothing_at_all(self, who, anne):
        assert who("Hello", enclosed_type="text/plain") == []
