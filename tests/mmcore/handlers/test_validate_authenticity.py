from __future__ import annotations

import time
from datetime import timedelta

import dns.rcode
import pytest

from mmcore.handlers.validate_authenticity import host_name
from mmcore.message.message import Message
from tests.support.keys import ED25519, RSA, publish, sign
from tests.support.malformed import MALFORMED, malformed

TEXT = b"From: Anne <anne@mail.example.org>\r\nSubject: Hi\r\nMessage-ID: <1>\r\n\r\nHi.\r\n"


@pytest.fixture
def arc(engine, nameserver):
    """The settings of an engine that validates."""
    engine.settings.dmarc.resolver_timeout = timedelta(seconds=5)
    engine.settings.dmarc.resolver_lifetime = timedelta(seconds=10)
    section = engine.settings.ARC
    section.enabled = True
    section.authserv_id = "lists.example.com"
    return section


@pytest.fixture
def results(handle, arc):
    """results(message) -> what the handler has written, one result an entry."""

    def results(msg, **msgdata):
        msg = Message.parse(msg) if isinstance(msg, bytes) else msg
        handle("validate-authenticity", msg, **msgdata)
        [value] = msg.get_all("authentication-results")
        assert msg.keys()[0] == "Authentication-Results"
        authserv_id, *found = [each.strip() for each in value.split(";")]
        assert authserv_id == "lists.example.com"
        return found

    return results


class TestDKIM:
    @pytest.mark.parametrize("path", [RSA, ED25519])
    def test_a_signature_that_holds(self, results, nameserver, path):
        publish(nameserver, path, "s", "example.org")
        dkim, arc, dmarc = results(sign(TEXT, path, "s", "example.org"))
        assert dkim.startswith("dkim=pass header.d=example.org header.i=@example.org")
        assert arc == "arc=none"
        assert dmarc == "dmarc=none header.from=mail.example.org"

    def test_one_that_does_not(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.org")
        changed = sign(TEXT, RSA, "s", "example.org") + b"more\r\n"
        assert results(changed)[0].startswith("dkim=fail header.d=example.org")

    def test_each_has_its_result(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.org")
        twice = sign(sign(TEXT, RSA, "s", "example.org"), RSA, "gone", "example.net")
        found = results(twice)
        assert found[0].startswith("dkim=fail header.d=example.net")
        assert found[1].startswith("dkim=pass header.d=example.org")

    def test_no_more_than_ten_are_looked_at(self, results, nameserver):
        msg = Message.parse(b"DKIM-Signature: x\r\n" * 30 + TEXT)
        assert [each.split("=")[0] for each in results(msg)].count("dkim") == 10

    def test_a_line_of_blanks_takes_no_time(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.org")
        text = sign(TEXT, RSA, "s", "example.org", canonicalize=(b"relaxed", b"relaxed"))
        start = time.process_time()
        assert results(text + b" " * 300_000 + b"x\r\n")[0].startswith("dkim=fail")
        assert time.process_time() - start < 5

    def test_a_signature_that_is_too_long_is_not_read(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.org")
        signed = sign(TEXT, RSA, "s", "example.org")
        long = signed.replace(b"a=rsa-sha256;", b"a=rsa-sha256; x=1" + b"\r\n " * 50_000 + b";")
        assert long != signed
        start = time.process_time()
        assert results(long)[0] == "dkim=permerror"
        assert time.process_time() - start < 5

    def test_none(self, results):
        assert results(TEXT)[0] == "dkim=none"

    def test_a_nameserver_that_does_not_answer(self, results, nameserver):
        nameserver.codes["s._domainkey.example.org"] = dns.rcode.SERVFAIL
        assert results(sign(TEXT, RSA, "s", "example.org"))[0].startswith("dkim=temperror")

    @pytest.mark.parametrize(
        "record", ["", "v=DKIM1", "v=DKIM1; p=", "v=DKIM1; p=!", "v=DKIM1; k=x; p=AA", "p", "v=2"]
    )
    def test_records_that_are_no_keys(self, results, nameserver, record):
        nameserver.txt("s._domainkey.example.org", record)
        found = results(sign(TEXT, RSA, "s", "example.org"))[0]
        assert found.startswith(("dkim=fail", "dkim=permerror"))

    def test_what_a_signature_says_cannot_become_a_result(self, results):
        evil = b"DKIM-Signature: v=1; d=a.org spf=pass; i=x@a.org dmarc=pass (; s=x; a=y\r\n"
        assert results(evil + TEXT)[0] == "dkim=fail header.a=y header.s=x"

    def test_a_header_that_no_server_can_read(self, results):
        text = b"DKIM-Signature: v=1\r\nSubject: x\ry\r\n\r\n"
        assert results(text)[0] == "dkim=permerror"

    def test_may_be_switched_off(self, results, arc):
        arc.dkim = False
        assert [each.split("=")[0] for each in results(TEXT)] == ["arc", "dmarc"]


class TestDMARC:
    def test_a_signature_of_the_same_organization_will_do(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.org")
        nameserver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        found = results(sign(TEXT, RSA, "s", "example.org"))[-1]
        assert found == "dmarc=pass header.from=mail.example.org policy.dmarc=reject"

    def test_unless_the_domain_is_strict(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.org")
        nameserver.txt("_dmarc.example.org", "v=DMARC1; p=reject; adkim=s")
        found = results(sign(TEXT, RSA, "s", "example.org"))[-1]
        assert found == "dmarc=fail header.from=mail.example.org policy.dmarc=reject"

    def test_a_signature_of_somebody_else_will_not(self, results, nameserver):
        publish(nameserver, RSA, "s", "example.net")
        nameserver.txt("_dmarc.example.org", "v=DMARC1; p=quarantine")
        assert results(sign(TEXT, RSA, "s", "example.net"))[-1].startswith("dmarc=fail")

    def test_spf_counts_if_a_server_that_is_trusted_has_looked(self, results, arc, nameserver):
        arc.trusted_authserv_ids = ("mx.example.com",)
        nameserver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        field = b"Authentication-Results: MX.example.com; spf=pass smtp.mailfrom=a@example.org\r\n"
        found = results(field + TEXT)
        assert found[0] == "spf=pass smtp.mailfrom=a@example.org"
        assert found[-1].startswith("dmarc=pass")

    def test_other_results_do_not(self, results, nameserver):
        nameserver.txt("_dmarc.example.org", "v=DMARC1; p=reject; aspf=s")
        field = (
            b"Authentication-Results: lists.example.com; iprev=pass policy.iprev=192.0.2.1;\r\n"
            b" spf=pass smtp.mailfrom=a@example.org\r\n"
        )
        assert results(field + TEXT)[-1].startswith("dmarc=fail")

    def test_two_authors_are_an_error(self, results):
        text = TEXT.replace(b"Subject", b"From: b@example.net\r\nSubject")
        assert results(text)[-1] == "dmarc=permerror"

    def test_a_nameserver_that_does_not_answer(self, results, nameserver):
        nameserver.codes["_dmarc.mail.example.org"] = dns.rcode.SERVFAIL
        assert results(TEXT)[-1] == "dmarc=temperror header.from=mail.example.org"

    def test_may_be_switched_off(self, results, arc):
        arc.dmarc = False
        assert [each.split("=")[0] for each in results(TEXT)] == ["dkim", "arc"]


class TestARC:
    def test_a_chain_that_holds_and_one_that_does_not(self, results, handle, arc, nameserver):
        arc.privkey, arc.selector, arc.domain = str(RSA), "arc", "example.com"
        publish(nameserver, RSA, "arc", "example.com")
        msg = Message.parse(TEXT)
        assert "arc=none" in results(msg)
        handle("arc-sign", msg, authserv_id="lists.example.com")
        sealed = msg.as_bytes()
        assert "arc=pass" in results(sealed)
        assert "arc=fail" in results(sealed + b"more\r\n")

    def test_a_chain_that_nobody_would_make_is_not_read(self, results):
        start = time.process_time()
        long = b"ARC-Seal: i=1; b=" + b"\r\n " * 50_000 + b"x\r\n"
        many = b"ARC-Seal: i=1; cv=none; a=b\r\n" * 200
        assert "arc=fail" in results(long + TEXT)
        assert "arc=fail" in results(many + TEXT)
        assert time.process_time() - start < 5

    @pytest.mark.parametrize("seal", [b"i=1", b"i=99999999999", b"i=1; cv=none; a=b"])
    def test_nonsense_is_a_chain_that_does_not_hold(self, results, seal):
        assert "arc=fail" in results(b"ARC-Seal: " + seal + b"\r\n" + TEXT)


class TestEarlierResults:
    def test_are_removed_whoever_wrote_them(self, results):
        fields = (
            b"Authentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n"
            b"Received: by x\r\n"
            b"authentication-results: ((((; dkim=pass\r\n"
            b"Authentication-Results: other; dmarc=pass (" + b"x" * 5000 + b")\r\n"
        )
        assert results(fields + TEXT)[0] == "dkim=none"

    def test_are_taken_over_from_servers_that_are_trusted(self, results):
        fields = (
            b"Authentication-Results: lists.example.com; dkim=pass header.d=example.org;\r\n"
            b" dmarc=pass header.from=example.org\r\n"
            b"Authentication-Results: Lists.example.com; arc=pass; dmarc=fail\r\n"
        )
        assert results(fields + TEXT) == [
            "dkim=pass header.d=example.org",
            "dmarc=pass header.from=example.org",
            "arc=pass",
        ]

    def test_what_stands_below_a_seal_of_ours_is_of_the_past(self, results, arc):
        arc.domain = "example.com"
        past = b"Authentication-Results: lists.example.com; dkim=pass header.d=example.org\r\n"
        for domain, outcome in ((b"Example.COM", "none"), (b"example.net", "pass")):
            seal = b"ARC-Seal: i=1; cv=none;\r\n d=" + domain + b"; s=x\r\n"
            assert results(seal + past + TEXT)[0].startswith(f"dkim={outcome}")

    def test_many_of_them_are_not_all_read(self, results):
        field = b"Authentication-Results: lists.example.com; %s=pass\r\n"
        ours = field % b"dkim"
        assert "dkim=pass" in results(ours + field % b"x" * 60 + TEXT)
        assert "dkim=none" in results(field % b"x" * 60 + ours + TEXT)

    def test_none_says_nothing(self, results, arc):
        assert results(b"Authentication-Results: lists.example.com; none\r\n" + TEXT)[0] == (
            "dkim=none"
        )


class TestValidateAuthenticity:
    def test_nothing_happens_unless_arc_is_enabled(self, handle, arc):
        arc.enabled = False
        msg, msgdata = handle("validate-authenticity", "Authentication-Results: x\n\n")
        assert not msg.header_changed
        assert msgdata == {}

    def test_the_sealer_is_told_whose_results_these_are(self, handle, arc):
        msg, msgdata = handle("validate-authenticity", "From: a@example.org\n\n")
        assert msgdata == {"authserv_id": "lists.example.com"}
        arc.authserv_id = ""
        msg, msgdata = handle("validate-authenticity", msg)
        assert msgdata == {"authserv_id": host_name()}

    def test_nameservers_that_are_away_cost_a_bounded_time(self, results, engine, nameserver):
        engine.settings.dmarc.resolver_timeout = timedelta(seconds=0.1)
        engine.settings.dmarc.resolver_lifetime = timedelta(seconds=0.3)
        nameserver.silent.add("*")
        signed = sign(sign(TEXT, RSA, "a", "example.org"), RSA, "b", "example.net")
        found = results(signed)
        assert [each.split()[0] for each in found] == [
            "dkim=temperror", "dkim=temperror", "arc=none", "dmarc=temperror",
        ]  # fmt: skip

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_it_copes_with_malformed_messages(self, handle, arc, sample):
        msg = malformed(sample)
        body = msg.body_bytes()
        handle("validate-authenticity", msg)
        assert msg.keys()[0] == "Authentication-Results"
        assert msg.body_bytes() == body
