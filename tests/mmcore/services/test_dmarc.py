from __future__ import annotations

import logging
from datetime import timedelta

import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.services.dmarc import (
    Record,
    find_policy,
    organizational_domain,
    policy_wants_mitigation,
)
from mmcore.services.dns_answers import DnsUnavailableError, answers
from tests.support.malformed import MALFORMED


@pytest.fixture
def known(engine, nameserver):
    engine.settings.dmarc.resolver_timeout = timedelta(seconds=5)
    engine.settings.dmarc.resolver_lifetime = timedelta(seconds=10)
    return answers(engine)


def record(nameserver, domain, text, **options):
    nameserver.txt(f"_dmarc.{domain}", text, **options)


class TestRecord:
    @pytest.mark.parametrize(
        "text",
        [
            b"v=DMARC1",
            b"v=DMARC1;",
            b"v = DMARC1 ; p=none",
            b"V=DMARC1; p=reject; nonsense; =; x=1=2; ;;",
        ],
    )
    def test_what_begins_with_the_version_is_one(self, text):
        assert Record.read("a.org", text) is not None

    @pytest.mark.parametrize(
        "text", [b"", b"p=reject; v=DMARC1", b"v=DMARC2; p=reject", b"v=DMARC12", b"v=dmarc1"]
    )
    def test_everything_else_is_none(self, text):
        assert Record.read("a.org", text) is None

    def test_names_of_tags_are_of_any_case_and_the_first_counts(self):
        found = Record.read("a.org", b"v=DMARC1;P=Reject;p=none; sP = quarantine ;PSD=Y;t=y")
        assert found.policy() == "reject"
        assert found.policy("sp") == "quarantine"
        assert found.policy("np", "sp") == "quarantine"
        assert found.psd == "y"

    @pytest.mark.parametrize(
        "text", [b"v=DMARC1", b"v=DMARC1; p=drop", b"v=DMARC1; p=reject; sp=drop",
                 b"v=DMARC1; p=reject; np="],
    )  # fmt: skip
    def test_a_policy_that_nobody_knows_asks_for_nothing(self, text):
        found = Record.read("a.org", text)
        assert found.policy() == "none"
        assert not found.applies
        assert Record.read("a.org", text + b"; rua=mailto:d@a.org").applies

    def test_strictness(self):
        found = Record.read("a.org", b"v=DMARC1; p=none; adkim=s; aspf=S")
        assert found.strict_dkim
        assert found.strict_spf
        assert not Record.read("a.org", b"v=DMARC1; p=none").strict_dkim
        assert not Record.read("a.org", b"v=DMARC1; p=none").strict_spf

    @given(st.binary(max_size=200))
    def test_any_bytes_can_be_read(self, data):
        for text in (data, b"v=DMARC1;" + data):
            found = Record.read("a.org", text)
            assert found is None or found.policy("sp") in ("none", "quarantine", "reject")


class TestFindPolicy:
    def test_the_domains_own_record_comes_first(self, known, nameserver):
        record(nameserver, "mail.example.org", "v=DMARC1; p=quarantine; sp=none")
        record(nameserver, "example.org", "v=DMARC1; p=reject")
        assert find_policy(known, "Mail.Example.Org.").action == "quarantine"
        assert nameserver.names() == ["_dmarc.mail.example.org"]

    def test_then_that_of_the_organization(self, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=reject")
        record(nameserver, "b.example.org", "v=DMARC1; p=none")
        found = find_policy(known, "a.b.example.org")
        # The record with the fewest labels counts, not the nearest.
        assert (found.action, found.record.domain) == ("reject", "example.org")

    def test_which_may_treat_subdomains_differently(self, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=reject; sp=none")
        assert find_policy(known, "a.example.org").action == "none"
        assert find_policy(known, "example.org").action == "reject"

    def test_and_subdomains_that_do_not_exist(self, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=none; sp=quarantine; np=reject")
        nameserver.add("real.example.org", "MX", "5 mx.example.org.")
        assert find_policy(known, "real.example.org").action == "quarantine"
        assert find_policy(known, "unreal.example.org").action == "reject"

    def test_a_tree_that_ends_at_psd_n_is_looked_at_no_further(self, known, nameserver):
        record(nameserver, "dept.example.org", "v=DMARC1; p=none; psd=n")
        record(nameserver, "example.org", "v=DMARC1; p=reject")
        assert find_policy(known, "a.dept.example.org").action == "none"
        assert "_dmarc.example.org" not in nameserver.names()

    def test_the_organization_below_a_public_suffix(self, known, nameserver):
        record(nameserver, "bank", "v=DMARC1; p=reject; psd=y; sp=quarantine; np=reject")
        record(nameserver, "example.bank", "v=DMARC1; p=none")
        nameserver.add("a.other.bank", "A", "192.0.2.1")
        assert find_policy(known, "a.example.bank").action == "none"
        assert find_policy(known, "a.other.bank").action == "quarantine"
        assert find_policy(known, "gone.other.bank").action == "reject"
        assert find_policy(known, "bank").action == "reject"

    def test_long_names_take_eight_queries(self, known, nameserver):
        find_policy(known, "a.b.c.d.e.f.g.h.i.j.mail.example.com")
        assert nameserver.names() == [
            "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
            "_dmarc.g.h.i.j.mail.example.com",
            "_dmarc.h.i.j.mail.example.com",
            "_dmarc.i.j.mail.example.com",
            "_dmarc.j.mail.example.com",
            "_dmarc.mail.example.com",
            "_dmarc.example.com",
            "_dmarc.com",
        ]

    def test_eight_labels_are_walked_one_by_one(self, known, nameserver):
        find_policy(known, "a.b.c.d.e.f.g.com")
        assert nameserver.names()[:2] == ["_dmarc.a.b.c.d.e.f.g.com", "_dmarc.b.c.d.e.f.g.com"]
        assert len(nameserver.asked) == 8

    def test_several_records_are_as_good_as_none(self, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=reject")
        record(nameserver, "example.org", "v=DMARC1; p=quarantine")
        found = find_policy(known, "example.org")
        assert (found.action, found.record) == ("none", None)

    def test_other_texts_beside_a_record_do_not_count(self, known, nameserver):
        record(nameserver, "example.org", "v=spf1 -all")
        record(nameserver, "example.org", "v=DMARC1; p=reject")
        assert find_policy(known, "example.org").action == "reject"

    def test_malformed_records_ask_for_nothing(self, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=refuse")
        assert find_policy(known, "example.org").record is None

    def test_test_mode_counts_because_it_asks_for_another_from(self, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=quarantine; t=y")
        assert find_policy(known, "example.org").action == "quarantine"

    def test_aliases_are_followed(self, known, nameserver):
        nameserver.add("_dmarc.example.org", "CNAME", "policies.example.net.")
        nameserver.txt("policies.example.net", "v=DMARC1; p=reject")
        assert find_policy(known, "example.org").action == "reject"

    def test_nobody_answers(self, known, nameserver):
        nameserver.codes["_dmarc.org"] = dns.rcode.SERVFAIL
        with pytest.raises(DnsUnavailableError):
            find_policy(known, "example.org")


class TestOrganizationalDomain:
    @pytest.mark.parametrize(
        ("records", "expected"),
        [
            ({}, "a.mail.example.com"),
            ({"mail.example.com": "p=none", "example.com": "p=none"}, "example.com"),
            ({"mail.example.com": "p=none; psd=n", "example.com": "p=none"}, "mail.example.com"),
            ({"com": "p=none; psd=y"}, "example.com"),
            ({"a.mail.example.com": "p=none; psd=y", "com": "p=none"}, "a.mail.example.com"),
            ({"a.mail.example.com": "p=none"}, "a.mail.example.com"),
        ],
    )
    def test_as_in_the_examples_of_the_rfc(self, known, nameserver, records, expected):
        for domain, text in records.items():
            record(nameserver, domain, f"v=DMARC1; {text}")
        assert organizational_domain(known, "a.mail.example.com") == expected

    def test_of_a_long_name_below_a_public_suffix(self, known, nameserver):
        record(nameserver, "com", "v=DMARC1; p=none; psd=y")
        assert organizational_domain(known, "a.b.c.d.e.f.g.h.i.example.com") == "example.com"


class TestPolicyWantsMitigation:
    @pytest.mark.parametrize(
        ("policy", "wanted"), [("none", False), ("quarantine", True), ("reject", True)]
    )
    def test_where_changed_copies_would_be_refused(
        self, engine, known, nameserver, caplog, policy, wanted
    ):
        record(nameserver, "example.org", f"v=DMARC1; p={policy}")
        with caplog.at_level(logging.INFO, "mmcore.vette"):
            assert policy_wants_mitigation(engine, "anne@Example.org") is wanted
        assert len(caplog.messages) == wanted

    def test_not_where_there_is_no_policy(self, engine, known):
        assert policy_wants_mitigation(engine, "anne@example.org") is False

    def test_where_nobody_can_say(self, engine, known, nameserver, caplog):
        nameserver.codes["_dmarc.example.org"] = dns.rcode.SERVFAIL
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert policy_wants_mitigation(engine, "anne@example.org") is True
        assert len(caplog.messages) == 1

    @pytest.mark.parametrize(
        "address", ["", "anne", "@", "anne@", "anne@[192.0.2.1]", "\udcff@\x00"]
    )
    def test_never_raises_whatever_the_address(self, engine, known, address):
        assert policy_wants_mitigation(engine, address) is False

    def test_it_asks_once(self, engine, known, nameserver):
        record(nameserver, "example.org", "v=DMARC1; p=reject")
        for _ in range(3):
            policy_wants_mitigation(engine, "anne@example.org")
        assert len(nameserver.asked) == 1

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_it_copes_with_the_authors_of_malformed_messages(self, engine, known, sample):
        text = MALFORMED[sample].decode("utf-8", "surrogateescape")
        assert policy_wants_mitigation(engine, text) in (True, False)
