from __future__ import annotations

import logging
import time

import pytest

from tests.mmcore.handlers.test_dkim_sign import on_the_wire
from tests.support.keys import ED25519, RSA, chain_state, publish
from tests.support.malformed import MALFORMED, malformed

TEXT = """\
Authentication-Results: lists.example.com; dkim=pass header.d=example.org; arc=none
From: anne@example.org
Subject: Hi
Message-ID: <1>

Hi.
"""
OURS = {"authserv_id": "lists.example.com"}


@pytest.fixture
def sealing(engine, nameserver):
    """The settings of an engine that seals, with its key in the DNS."""
    section = engine.settings.ARC
    section.enabled = True
    section.privkey = str(RSA)
    section.selector = "arc"
    section.domain = "example.com"
    publish(nameserver, RSA, "arc", "example.com")
    return section


class TestARCSign:
    def test_the_seal_holds(self, handle, sealing, nameserver):
        msg, msgdata = handle("arc-sign", TEXT, **OURS)
        assert msg.keys()[:3] == [
            "ARC-Seal",
            "ARC-Message-Signature",
            "ARC-Authentication-Results",
        ]
        assert "dkim=pass" in msg["arc-authentication-results"]
        assert "cv=none" in msg["arc-seal"]
        assert msgdata["arc_signed"] is True
        assert chain_state(on_the_wire(msg), nameserver) == b"pass"

    def test_of_a_line_of_blanks_as_well(self, handle, sealing, nameserver):
        start = time.process_time()
        blanks = " " * 300_000
        msg, _msgdata = handle("arc-sign", f"{TEXT}{blanks}x{blanks}\n", **OURS)
        assert chain_state(on_the_wire(msg), nameserver) == b"pass"
        assert time.process_time() - start < 5

    def test_and_breaks_with_what_it_covers(self, handle, sealing, nameserver):
        msg, _msgdata = handle("arc-sign", TEXT, **OURS)
        assert chain_state(on_the_wire(msg) + b"more\r\n", nameserver) == b"fail"

    def test_the_next_server_adds_to_the_chain(self, handle, sealing, nameserver):
        first, _msgdata = handle("arc-sign", TEXT, **OURS)
        second = first.__class__.parse(first.as_bytes())
        del second["authentication-results"]
        second["Authentication-Results"] = "lists.example.com; arc=pass"
        handle("arc-sign", second, **OURS)
        assert len(second.get_all("arc-seal")) == 2
        assert chain_state(on_the_wire(second), nameserver) == b"pass"

    def test_a_broken_chain_is_sealed_as_broken(self, handle, sealing):
        first, _msgdata = handle("arc-sign", TEXT, **OURS)
        second = first.__class__.parse(first.as_bytes() + b"more\r\n")
        del second["authentication-results"]
        second["Authentication-Results"] = "lists.example.com; arc=fail"
        handle("arc-sign", second, **OURS)
        assert "cv=fail" in second["arc-seal"]

    def test_results_that_we_did_not_write_are_not_sealed(self, handle, sealing):
        assert not handle("arc-sign", TEXT)[0].header_changed
        msg, msgdata = handle("arc-sign", TEXT, authserv_id="other.example.com")
        assert not msg.header_changed
        assert msgdata["arc_signed"] is False

    def test_once_is_enough(self, handle, sealing):
        msg, msgdata = handle("arc-sign", TEXT, **OURS)
        handle("arc-sign", msg, **msgdata)
        assert len(msg.get_all("arc-seal")) == 1

    def test_no_seal_unless_enabled(self, handle, sealing):
        sealing.enabled = False
        assert not handle("arc-sign", TEXT, **OURS)[0].header_changed

    def test_standard_form_on_demand(self, handle, sealing, nameserver):
        msg, _msgdata = handle("arc-sign", TEXT, **OURS, **{"ARC-Standardize": True})
        assert msg["arc-seal"].lstrip().startswith("a=rsa-sha256; b=")
        assert chain_state(on_the_wire(msg), nameserver) == b"pass"

    @pytest.mark.parametrize("content", [None, b"no key", ED25519.read_bytes()])
    def test_without_a_key_for_it_mail_goes_out_unsealed(
        self, handle, sealing, tmp_path, caplog, content
    ):
        path = tmp_path / "key.pem"
        if content is not None:
            path.write_bytes(content)
        sealing.privkey = str(path)
        with caplog.at_level(logging.ERROR):
            msg, msgdata = handle("arc-sign", TEXT, **OURS)
        assert not msg.header_changed
        assert "arc_signed" not in msgdata
        assert caplog.messages[0].startswith("<1> leaves without ARC seal: ")

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_malformed_messages_are_sealed_rightly_or_not_at_all(
        self, handle, sealing, nameserver, sample
    ):
        msg = malformed(sample)
        msg["Authentication-Results"] = "lists.example.com; none"
        before = msg.as_bytes()
        _msg, msgdata = handle("arc-sign", msg, **OURS)
        if msgdata.get("arc_signed"):
            assert chain_state(on_the_wire(msg), nameserver) == b"pass"
        else:
            assert msg.as_bytes() == before
