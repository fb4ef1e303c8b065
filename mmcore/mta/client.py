"""Setting a connection up: greeting, EHLO, STARTTLS (RFC 3207), AUTH (RFC 4954).

smtplib does it, within a time that is limited as a whole.
"""

from __future__ import annotations

import functools
import smtplib
import socket
import ssl
import threading
from contextlib import suppress

from mmcore.config import Section


@functools.cache
def _own_name() -> str:
    """Our name for EHLO; asked once, because a resolver may take its time."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


class Client(smtplib.SMTP):
    """smtplib's client, with implicit TLS as an option and a limit on the set-up.

    smtplib's own time-out begins anew with every byte that comes in.
    """

    def __init__(self, mta: Section) -> None:
        self._mta = mta
        self._guard: socket.socket | None = None
        timeout = mta.smtp_timeout.total_seconds()
        super().__init__(timeout=timeout, local_hostname=_own_name())
        # Both TLS variants check the certificate against this name.
        self._host: str = mta.smtp_host
        self._timer = threading.Timer(timeout, self._cut)
        self._timer.daemon = True

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A handle of its own on the connection: TLS takes the first one away.
        self._guard = sock.dup()
        self._timer.start()
        if self._mta.smtp_secure_mode != "smtps":
            return sock
        return self._tls_context().wrap_socket(sock, server_hostname=host)

    def _cut(self) -> None:
        """End the connection from the timer's thread: whoever waits on it wakes up."""
        if self._guard is not None:
            with suppress(OSError):
                self._guard.shutdown(socket.SHUT_RDWR)

    def _tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = self._mta.smtp_verify_cert and self._mta.smtp_verify_hostname
        if not self._mta.smtp_verify_cert:
            context.verify_mode = ssl.CERT_NONE
        return context

    def set_up(self) -> None:
        """Connect, greet, encrypt, log in; raises OSError (SMTPException is one)."""
        mta = self._mta
        try:
            code, text = self.connect(mta.smtp_host, mta.smtp_port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, text)
            self.ehlo_or_helo_if_needed()
            if mta.smtp_secure_mode == "starttls":
                self.starttls(context=self._tls_context())
                self.ehlo_or_helo_if_needed()
            if mta.smtp_user and mta.smtp_pass:
                self.login(mta.smtp_user, mta.smtp_pass)
        except BaseException:
            self.close()
            raise
        finally:
            self._timer.cancel()
            if self._guard is not None:
                self._guard.close()
