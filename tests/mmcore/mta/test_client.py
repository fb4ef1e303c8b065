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
from tests.support.smtpd import EXTENSIONS, ScriptedServer


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
        assert "5.7.8" in recorder.replies[A].text

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


def test_without_starttls_nothing_is_sent_in_clear(
    transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, mta_settings: Settings
) -> None:
    mta_settings.mta.smtp_secure_mode = "starttls"
    transport.run([post(A)], recorder)
    assert recorder.codes() == {A: 444}
    assert "MAIL" not in server.verbs()
