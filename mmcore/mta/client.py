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
from mmcore.mta.replies import ReplyBuffer


@functools.cache
def _own_name() -> str:
    """Our name for EHLO; asked once, because a resolver may take its time."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


class Client(smtplib.SMTP):
    """smtplib's client, with implicit TLS as an option and a limit on the set-up.

    smtplib's own time-out begins anew with every byte that comes in, and it
    takes replies of any length.
    """

    def __init__(self, mta: Section) -> None:
        self._mta = mta
        self._guard: socket.socket | None = None
        #: What came in and was not asked for yet.
        self.replies = ReplyBuffer()
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

    def getreply(self) -> tuple[int, bytes]:
        """smtplib reads its replies here; raises OSError if none comes."""
        try:
            while (raw := self.replies.take()) is None:
                assert self.sock is not None  # It would have raised before.
                data = self.sock.recv(4096)
                if not data:
                    raise smtplib.SMTPServerDisconnected("closed by the server")
                self.replies.feed(data)
        except ValueError as error:
            raise smtplib.SMTPServerDisconnected(str(error)) from error
        lines = raw.split(b"\n")
        code = int(lines[-1][:3]) if lines[-1][:3].isdigit() else -1
        return code, b"\n".join(line[4:].strip() for line in lines)

    def _encrypt(self) -> None:
        """STARTTLS; raises OSError."""
        self.starttls(context=self._tls_context())
        if self.replies:
            # Somebody between us wants his words to be taken for the server's.
            raise smtplib.SMTPServerDisconnected("replies in clear after the one to STARTTLS")
        self.ehlo_or_helo_if_needed()

    def set_up(self) -> None:
        """Connect, greet, encrypt, log in; raises OSError (SMTPException is one)."""
        mta = self._mta
        try:
            code, text = self.connect(mta.smtp_host, mta.smtp_port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, text)
            self.ehlo_or_helo_if_needed()
            if mta.smtp_secure_mode == "starttls":
                self._encrypt()
            if mta.smtp_user and mta.smtp_pass:
                self.login(mta.smtp_user, mta.smtp_pass)
        except BaseException:
            self.close()
            raise
        finally:
            self._timer.cancel()
            if self._guard is not None:
                self._guard.close()


def in_words(error: Exception) -> str:
    """What went wrong during the set-up, with the server's words if it said any."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said if isinstance(said, str) else said.decode("utf-8", "replace")
        return f"{error.smtp_code} {' '.join(text.split())[:500]}"
    return str(error)
