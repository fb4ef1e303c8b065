from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.config import Settings
from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.message import Message
from mmcore.services import verp
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

PLAIN = "test-bounces@example.com"
STOCK = Settings.defaults(Path("var"))


class OfTest:
    """As much of the list test@example.com as is asked for."""

    bounces_address = PLAIN
    confirm_address = "test-confirm@example.com"


def report(address: str, field: str = "To") -> Message:
    return Message.parse(f"{field}: {address}\r\n\r\n".encode("utf-8", "replace"))


class TestSenders:
    @pytest.mark.parametrize(
        ("recipient", "sender"),
        [
            ("anne@example.org", "test-bounces+anne=example.org@example.com"),
            ("anne+ants@example.org", "test-bounces+anne+ants=example.org@example.com"),
            ("o'hara.x@example.org", "test-bounces+o'hara.x=example.org@example.com"),
        ],
    )
    def test_they_name_the_recipient(self, settings, recipient, sender):
        assert verp.verp_sender(settings, PLAIN, recipient) == sender

    @pytest.mark.parametrize(
        "recipient",
        ["a=b@example.org", '"a b"@example.org', "änne@example.org", "anne@exämple.org",
         "anne%here@example.org", "far!anne@example.org", "a..b@example.org", "anne@[192.0.2.1]",
         "@example.org", "a@b@c", f"{'a' * 230}@example.org", "anne@", ""],
    )  # fmt: skip
    def test_what_could_not_be_read_back_gets_the_plain_one(self, settings, recipient):
        assert verp.verp_sender(settings, PLAIN, recipient) == PLAIN

    def test_without_a_domain_the_log_says_so(self, settings, caplog):
        assert verp.verp_sender(settings, PLAIN, "anne") == PLAIN
        assert "'anne', which has no domain" in caplog.text

    def test_the_site_may_have_another_format(self, settings, mlist):
        settings.mta.verp_format = "${bounces}--${domain}--${local}"
        settings.mta.verp_regexp = "^(?P<bounces>.+?)--(?P<domain>.+?)--(?P<local>.+)@.*$"
        sender = verp.verp_sender(settings, PLAIN, "a=b@example.org")
        assert sender == "test-bounces--example.org--a=b@example.com"
        assert verp.verp_recipients(settings, mlist, report(sender)) == {"a=b@example.org"}

    @given(
        st.one_of(
            st.text(),
            st.from_regex(re.compile(r"[-a-z0-9.+=_\"%!'/]{1,20}@[a-z0-9.-]{1,20}", re.ASCII)),
            st.emails(),
        )
    )
    def test_whoever_is_named_can_be_read_back(self, recipient):
        sender = verp.verp_sender(STOCK, PLAIN, recipient)
        found = verp.verp_recipients(STOCK, OfTest, report(sender, "Delivered-To"))
        assert found == (set() if sender == PLAIN else {recipient})


class TestReading:
    @pytest.mark.parametrize("field", ["To", "Delivered-To", "Envelope-To", "Apparently-To"])
    def test_wherever_the_address_stands(self, settings, mlist, field):
        text = "Somebody <Test-Bounces+anne=example.org@lists.example.com>, x@example.org"
        assert verp.verp_recipients(settings, mlist, report(text, field)) == {"anne@example.org"}

    def test_all_of_them(self, settings, mlist):
        msg = message("""\
            To: test-bounces+anne=example.org@example.com
            To: test-bounces+bart=example.org@example.com
            Delivered-To: test-bounces+anne=example.org@example.com
            Envelope-To: test-bounces+cris=example.org@example.com
            Cc: test-bounces+dirk=example.org@example.com

            """)
        found = verp.verp_recipients(settings, mlist, msg)
        assert found == {"anne@example.org", "bart@example.org", "cris@example.org"}

    @pytest.mark.parametrize(
        "address",
        ["other-bounces+anne=example.org@example.com", PLAIN, "test+anne=example.org@example.com",
         "test-bounces+anne@example.com", "test-bounces+@example.com", ""],
    )  # fmt: skip
    def test_what_is_none_of_the_lists(self, settings, mlist, address):
        assert verp.verp_recipients(settings, mlist, report(address)) == set()

    def test_a_pattern_without_its_groups_reads_nothing_and_the_log_says_so(
        self, settings, mlist, caplog
    ):
        settings.mta.verp_regexp = r"^(?P<bounces>[^+]+)\+anything-without-groups"
        sender = "test-bounces+anne=example.org@example.com"
        assert verp.verp_recipients(settings, mlist, report(sender)) == set()
        assert "needs the groups bounces, local, domain" in caplog.text
        assert verp.verp_sender(settings, PLAIN, "anne@example.org") == PLAIN

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_any_message(self, settings, mlist, sample):
        assert verp.verp_recipients(settings, mlist, malformed(sample)) == set()
        assert verp.probe_tokens(settings, mlist, malformed(sample)) == []


class TestProbes:
    def test_there_and_back(self, settings, mlist):
        sender = verp.probe_sender(settings, mlist, "0123ab")
        assert sender == "test-bounces+0123ab@example.com"
        msg = message(f"To: {sender}\nDelivered-To: {sender}\n\n")
        assert verp.probe_tokens(settings, mlist, msg) == ["0123ab"]

    def test_those_of_other_lists_are_none(self, settings, mlist):
        assert verp.probe_tokens(settings, mlist, report("other-bounces+0123ab@example.com")) == []


class TestConfirmations:
    def test_there_and_back(self, settings, mlist):
        address = verp.confirm_address(settings, mlist, "0123ab")
        assert address == "test-confirm+0123ab@example.com"
        assert verp.confirm_token(settings, mlist, address) == "0123ab"
        assert verp.confirm_token(settings, mlist, address.upper()) == "0123ab"

    @pytest.mark.parametrize(
        "address",
        [
            "test-confirm@example.com",
            "other-confirm+0123ab@example.com",
            "test-confirm+@x",
            "",
            "@",
        ],
    )
    def test_other_addresses_have_none(self, settings, mlist, address):
        assert verp.confirm_token(settings, mlist, address) is None

    def test_the_site_may_have_another_format(self, settings, mlist):
        settings.mta.verp_confirm_format = "$address-ticket-$cookie"
        settings.mta.verp_confirm_regexp = "^(?P<addr>.*)-ticket-(?P<cookie>[^@]+)@"
        address = verp.confirm_address(settings, mlist, "0123ab")
        assert address == "test-confirm-ticket-0123ab@example.com"
        assert verp.confirm_token(settings, mlist, address) == "0123ab"


class TestWhoWantsIt:
    @pytest.mark.parametrize(
        ("interval", "post", "wanted"),
        [(0, 1, False), (1, 1, True), (1, 2, True), (3, 1, False), (3, 3, True), (3, 6, True)],
    )
    def test_every_so_many_th_post(self, settings, mlist, interval, post, wanted):
        settings.mta.verp_delivery_interval = interval
        while mlist.post_id < post:
            mlist.count_post()
        assert verp.wants_verp(settings, mlist, {}) is wanted

    @pytest.mark.parametrize("kind", [Personalization.individual, Personalization.full])
    def test_lists_that_personalise_have_a_setting_of_their_own(self, settings, mlist, kind):
        mlist.personalize = kind
        settings.mta.verp_delivery_interval = 1
        assert not verp.wants_verp(settings, mlist, {})
        settings.mta.verp_personalized_deliveries = True
        settings.mta.verp_delivery_interval = 0
        assert verp.wants_verp(settings, mlist, {})

    def test_the_metadata_go_before_all_settings(self, settings, mlist):
        settings.mta.verp_delivery_interval = 1
        assert not verp.wants_verp(settings, mlist, {"verp": False})
        settings.mta.verp_delivery_interval = 0
        assert verp.wants_verp(settings, mlist, {"verp": True})
