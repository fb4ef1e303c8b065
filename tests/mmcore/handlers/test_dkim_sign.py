from __future__ import annotations

import logging

import pytest

from mmcore.mta.content import Content
from tests.support.keys import ED25519, RSA, holds, publish
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

TEXT = "From: anne@example.org\nSubject: Hi\nMessage-ID: <1>\n\nHi.\n"


@pytest.fixture
def signing(engine):
    """The settings of an engine that signs."""
    section = engine.settings.DKIM
    section.enabled = True
    section.privkey = str(RSA)
    section.selector = "mm"
    return section


def on_the_wire(msg) -> bytes:
    """What an SMTP server receives."""
    wire = b"".join(bytes(piece) for piece in Content(msg.as_bytes()).after_data())
    return wire.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


class TestDKIMSign:
    @pytest.mark.parametrize("path", [RSA, ED25519])
    def test_the_signature_of_the_lists_domain_holds(self, handle, signing, nameserver, path):
        signing.privkey = str(path)
        publish(nameserver, path, "mm", "example.com")
        msg, msgdata = handle("dkim-sign", TEXT)
        assert msg.keys()[0] == "DKIM-Signature"
        assert "d=example.com;" in msg["dkim-signature"]
        assert msgdata["dkim_signed"] is True
        assert holds(on_the_wire(msg), nameserver)

    def test_or_of_the_one_that_the_site_names(self, handle, signing, nameserver):
        signing.domain = "lists.example.net"
        publish(nameserver, RSA, "mm", "lists.example.net")
        assert holds(on_the_wire(handle("dkim-sign", TEXT)[0]), nameserver)

    def test_no_signature_unless_enabled(self, handle, signing):
        signing.enabled = False
        assert not handle("dkim-sign", TEXT)[0].header_changed

    def test_once_is_enough(self, handle, signing):
        msg, msgdata = handle("dkim-sign", TEXT)
        handle("dkim-sign", msg, **msgdata)
        assert len(msg.get_all("dkim-signature")) == 1

    def test_the_way_out_of_the_list_is_always_covered(self, handle, signing, nameserver):
        signing.sig_headers = ("From",)
        publish(nameserver, RSA, "mm", "example.com")
        msg, _msgdata = handle(
            "dkim-sign",
            "List-Unsubscribe: <https://example.com/u/1>\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" + TEXT,
        )
        tags = msg["dkim-signature"].replace(" ", "")
        assert "h=list-unsubscribe:list-unsubscribe-post:from:from;" in tags
        assert holds(on_the_wire(msg), nameserver)
        del msg["list-unsubscribe-post"]
        assert not holds(on_the_wire(msg), nameserver)

    def test_nobody_can_add_another_author(self, handle, signing, nameserver):
        publish(nameserver, RSA, "mm", "example.com")
        msg, _msgdata = handle("dkim-sign", TEXT)
        assert not holds(b"From: mallory@example.net\r\n" + on_the_wire(msg), nameserver)

    def test_fields_that_must_not_be_signed_are_left_out(self, handle, signing, nameserver):
        signing.sig_headers = ("From", "Received", "Return-Path")
        publish(nameserver, RSA, "mm", "example.com")
        msg, _msgdata = handle("dkim-sign", "Received: by x\nReturn-Path: <>\n" + TEXT)
        assert "h=from : from;" in msg["dkim-signature"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no line end",
            b"spaces at the end  \r\n\r\n\r\n\r\n",
            b"\r\n\r\n",
            b".dots\r\n..more\r\n.\r\n",
            b"From the start\r\n>From quoted\r\n",
            b"bare\nline\nends\n",
            b"bare\rcarriage returns\r",
            b"mixed\r\nline\nends\r",
            "Größe in 8 bits\r\n".encode(),
            b"\xff\xfe\x00\r\n",
            b"x" * 3000 + b"\r\n",
        ],
    )
    def test_any_body_is_signed_as_it_leaves(self, handle, signing, nameserver, body):
        publish(nameserver, RSA, "mm", "example.com")
        msg = message(TEXT).__class__.parse(b"From: a@example.org\r\nSubject: x\r\n\r\n" + body)
        handle("dkim-sign", msg)
        assert holds(on_the_wire(msg), nameserver)

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_malformed_messages_are_signed_rightly_or_not_at_all(
        self, handle, signing, nameserver, sample
    ):
        publish(nameserver, RSA, "mm", "example.com")
        msg = malformed(sample)
        before = msg.as_bytes()
        _msg, msgdata = handle("dkim-sign", msg)
        if msgdata.get("dkim_signed"):
            assert holds(on_the_wire(msg), nameserver)
        else:
            assert msg.as_bytes() == before


class TestBadKeys:
    @pytest.mark.parametrize("content", [None, b"", b"no key", b"-----BEGIN X-----\nAA\n-----END"])
    def test_mail_goes_out_unsigned_and_the_log_says_why(
        self, handle, signing, tmp_path, caplog, content
    ):
        path = tmp_path / "key.pem"
        if content is not None:
            path.write_bytes(content)
        signing.privkey = str(path)
        with caplog.at_level(logging.ERROR):
            msg, msgdata = handle("dkim-sign", TEXT)
        assert not msg.header_changed
        assert "dkim_signed" not in msgdata
        [text] = caplog.messages
        assert text.startswith("<1> leaves without DKIM signature: ")
        assert str(path) in text

    def test_settings_that_dkim_cannot_have_do_no_harm_either(self, handle, signing, caplog):
        signing.selector = "größe"
        assert not handle("dkim-sign", TEXT)[0].header_changed
        assert "leaves without DKIM signature" in caplog.text

    def test_relative_names_are_seen_from_the_ini_file(self, handle, signing, engine):
        engine.settings.source = RSA.parent / "some.ini"
        signing.privkey = RSA.name
        assert "dkim-signature" in handle("dkim-sign", TEXT)[0]
