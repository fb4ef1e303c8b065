"""The archiver `mhonarc`: a command gets each message on its standard input.

By default that is MHonArc, which keeps a message once by its Message-ID.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from string import Template
from typing import Any, ClassVar
from urllib.parse import quote, urljoin

from mmcore.archivers.base import Archiver, message_hash, with_slash
from mmcore.directives import archiver
from mmcore.errors import ConfigurationError
from mmcore.interfaces.archiver import ArchiverUnavailableError, Mailing

#: So much of what a command complains about is told.
_MOST_COMPLAINT = 2000
#: A command that takes longer would be given up by the archive runner before it is killed.
_MOST_SECONDS = 50.0


@archiver
class MHonArc(Archiver):
    """Runs a shell command for each message."""

    name = "mhonarc"
    defaults: ClassVar[dict[str, str]] = {
        "base_url": "",
        "command": 'mkdir -p "$archive_dir/mhonarc/$fqdn_listname" && exec /usr/bin/mhonarc -quiet'
        ' -add -umask 007 -outdir "$archive_dir/mhonarc/$fqdn_listname"',
        "timeout": "30",
    }
    required = ("command",)

    def check(self) -> None:
        """See `Archiver`."""
        super().check()
        self._seconds()

    def list_url(self, mlist: Any) -> str | None:
        """See `IArchiver`."""
        values = {name: quote(value) for name, value in _values(mlist).items()}
        # With a slash, because a name is joined to it: else that would replace the last one.
        return with_slash(Template(self.options["base_url"]).safe_substitute(values)) or None

    def permalink(self, mlist: Any, msg: Any) -> str | None:
        """See `IArchiver`."""
        base, value = self.list_url(mlist), message_hash(msg)
        return None if base is None or value is None else urljoin(base, value)

    def archive_message(self, mlist: Any, msg: Any) -> Mailing | None:
        """See `IArchiver`.  Raises ArchiverUnavailableError and OSError."""
        # The shell replaces the names by what is in its environment: whatever a list is called,
        # it cannot become a command.
        values = _values(mlist) | {"archive_dir": str(self.engine.settings.paths.archive_dir)}
        with tempfile.TemporaryFile() as message, tempfile.TemporaryFile() as complaint:
            # Not over a pipe: if we die meanwhile, the command must not take the beginning of a
            # message for all of it.
            message.write(msg.as_bytes())
            message.seek(0)
            process = subprocess.Popen(
                ["/bin/sh", "-c", self.options["command"]],
                stdin=message, stdout=subprocess.DEVNULL, stderr=complaint,
                env=os.environ | values, start_new_session=True,
            )  # fmt: skip
            try:
                process.wait(self._seconds())
            except subprocess.TimeoutExpired:
                raise ArchiverUnavailableError(
                    f"the command took longer than {self._seconds():g} s"
                ) from None
            finally:
                _end(process)
            if process.returncode:
                complaint.seek(0)
                text = complaint.read(_MOST_COMPLAINT).decode("utf-8", "replace").strip()
                raise ArchiverUnavailableError(
                    f"the command ended with status {process.returncode}: {text}"
                )
        return None

    def _seconds(self) -> float:
        try:
            seconds = float(self.options["timeout"])
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= _MOST_SECONDS:
            raise ConfigurationError(
                f"[archiver.{self.name}] configuration: timeout = {self.options['timeout']!r}"
                f" is not a number of seconds up to {_MOST_SECONDS:g}"
            )
        return seconds


def _values(mlist: Any) -> dict[str, str]:
    """What commands and URLs may name."""
    return {
        "listname": mlist.list_name,
        "hostname": mlist.mail_host,
        "fqdn_listname": mlist.posting_address,
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a command, with all that it started, if it has not ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
