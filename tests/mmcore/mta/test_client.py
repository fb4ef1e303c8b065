"""Tests of mmcore.mta.client, against a server that does as it is told."""

from __future__ import annotations

import ssl
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from mmcore.config import Settings
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import A, B, C, Recorder, post
from tests.support.smtpd import BYE, DROP, ENDLESS, EXTENSIONS, HALF_CLOSE, RAW, ScriptedServer


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    command += ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("mode", ["smtps", "starttls"])
class TestTLS:
    @pytest.fixture(autouse=True)
    def encrypt(
        self,
        mode: str,
        server: ScriptedServer,
        mta_settings: Settings,
        certificate: tuple[Path, Path],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        server.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.tls.load_cert_chain(*certificate)
        server.implicit_tls = mode == "smtps"
        server.extensions = [*EXTENSIONS, "STARTTLS", "AUTH PLAIN"]
        mta_settings.mta.smtp_secure_mode = mode
        mta_settings.mta.smtp_host = "localhost"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    def test_mail_goes_through_it(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        large = b"0123456789\r\n" * 50_000
        transport.run([post(A, B), post(C, content=large)], recorder)
        assert server.accepted == [A, B, C]
        assert server.transactions[1].content == large

    def test_an_unknown_certificate_is_refused(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert "MAIL" not in server.verbs()

    def test_an_unknown_certificate_may_be_allowed(
        self,
        transport: SMTPTransport,
        recorder: Recorder,
        mta_settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        mta_settings.mta.smtp_verify_cert = False
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 250}

    @pytest.mark.parametrize(("verify", "code"), [(True, 444), (False, 250)])
    def test_the_name_in_it_is_checked_as_configured(
        self,
        transport: SMTPTransport,
        recorder: Recorder,
        mta_settings: Settings,
        verify: bool,
        code: int,
    ) -> None:
        mta_settings.mta.smtp_host = "127.0.0.1"
        mta_settings.mta.smtp_verify_hostname = verify
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: code}

    def test_the_login_is_inside(
        self,
        mode: str,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"
        transport.run([post(A)], recorder)
        verbs = server.verbs()
        assert "AUTH" in verbs
        assert mode == "smtps" or verbs.index("STARTTLS") < verbs.index("AUTH")
        assert recorder.codes() == {A: 250}

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_the_login_works_with_each_mechanism(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
        mechanism: str,
    ) -> None:
        server.extensions = [*server.extensions[:-1], f"AUTH {mechanism}"]
        server.users = {"user": "secret"}
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"
        transport.run([post(A)], recorder)
        assert server.logins == [(mechanism, "user", True)]
        assert recorder.codes() == {A: 250}

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_a_login_that_is_refused_leaves_mail_for_later(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
        mechanism: str,
    ) -> None:
        server.extensions = [*server.extensions[:-1], f"AUTH {mechanism}"]
        server.users = {"user": "other"}
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert recorder.replies[A].text.endswith(": 535 5.7.8 Wrong credentials")

    def test_a_hidden_handshake_cannot_hang_us(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mode: str,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.smtp_timeout = timedelta(seconds=0.3)
        mta_settings.mta.smtp_data_timeout = timedelta(seconds=0.3)
        server.stall_in_handshake = True
        start = time.monotonic()
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert time.monotonic() - start < 3


class TestLogin:
    @pytest.fixture(autouse=True)
    def credentials(self, mta_settings: Settings) -> None:
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"

    def test_that_fails_is_temporary(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = [*EXTENSIONS, "AUTH PLAIN"]
        server.script("AUTH", "535 5.7.8 Wrong")
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert recorder.replies[A].text == (
            f"no connection to 127.0.0.1:{server.port}: 535 5.7.8 Wrong"
        )

    def test_that_is_not_offered_is_temporary(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}

    def test_that_cannot_be_encoded_is_temporary(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        server.extensions = [*EXTENSIONS, "AUTH PLAIN"]
        mta_settings.mta.smtp_pass = "geheimß"
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}

    def test_needs_user_and_password(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.smtp_pass = ""
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 250}


class TestWithoutEncryption:
    @pytest.fixture(autouse=True)
    def demand(self, mta_settings: Settings) -> None:
        mta_settings.mta.smtp_secure_mode = "starttls"
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"

    def test_neither_mail_nor_password_is_sent(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        server.extensions = [*EXTENSIONS, "AUTH PLAIN LOGIN"]
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert not {"MAIL", "AUTH"} & set(server.verbs())
        assert "STARTTLS extension not supported by server" in caplog.text

    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            ("454 4.7.0 TLS not available", "454 4.7.0 TLS not available"),
            # Words in clear that would be taken for the server's.
            ("220 Go ahead\r\n250 AUTH PLAIN", "replies in clear"),
        ],
    )
    def test_nor_when_it_fails(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        reply: str,
        why: str,
    ) -> None:
        server.extensions = [*EXTENSIONS, "AUTH PLAIN LOGIN", "STARTTLS"]
        server.script("STARTTLS", f"{reply}{BYE}")
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert not {"MAIL", "AUTH"} & set(server.verbs())
        if "454" in reply:
            assert why in recorder.replies[A].text


class TestGreeting:
    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
    @pytest.mark.parametrize(
        "action",
        [ENDLESS, f"{RAW}{'x' * 70_000}", "000 what", f"220 hi{BYE}", HALF_CLOSE, "299 hm"],
    )
    def test_that_makes_no_sense_is_an_end_of_it(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        verb: str,
        action: str,
    ) -> None:
        server.script(verb, action)
        server.script("HELO", DROP)
        transport.run([post(A)], recorder)
        assert recorder.codes() == ({A: 250} if (verb, action) == ("EHLO", "299 hm") else {A: 444})

    def test_with_surplus_replies_is_not_trusted(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("EHLO", "250 hello\r\n250 2.1.0 Sender ok", times=1)
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 250}
        assert server.connections == 2
        assert [number for number, line in server.commands if line.startswith("MAIL")] == [2]
