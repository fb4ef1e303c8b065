"""A whole engine in processes of its own, on ports of its own."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]

INI = """\
[mmcore]
site_owner = owner@example.com

[paths]
var_dir = {var}

[mta]
outgoing = {outgoing}
smtp_host = 127.0.0.1
smtp_port = {smtp}
lmtp_host = 127.0.0.1
lmtp_port = {lmtp}
max_recipients = {max_recipients}
retry_first = 1s
retry_max = 2s

[webservice]
hostname = 127.0.0.1
port = {rest}
admin_pass = restpass
"""


def until(condition: Any, seconds: float = 60, what: str = "it did not happen") -> Any:
    """Wait for a condition to become true; returns its value, fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether a process has ended, even if nobody has taken note of it yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat[stat.rindex(")") + 2] in "ZX"


class RunningEngine:
    """`mmcore-master` with everything it starts, and clients to talk to it."""

    def __init__(self, directory: Path, smtp: int | None = None, **values: object) -> None:
        """With `smtp` mail leaves through that port, else it is caught in a maildir."""
        self.directory = directory
        self.rest_port, self.lmtp_port = free_port(), free_port()
        self.config = directory / "test.ini"
        more = values.pop("more", "")
        fields: dict[str, object] = {
            "var": directory / "v",
            "rest": self.rest_port,
            "lmtp": self.lmtp_port,
            "smtp": smtp or 25,
            "outgoing": "smtp" if smtp else "maildir",
            "max_recipients": 10,
            **values,
        }
        self.config.write_text(INI.format(**fields) + str(more))
        self.process: subprocess.Popen | None = None
        #: Added to the environment of what is started.
        self.environment: dict[str, str] = {}

    def set(self, section: str, **values: object) -> None:
        """Put settings into the ini file."""
        text, header = self.config.read_text(), f"[{section}]\n"
        lines = "".join(f"{key} = {value}\n" for key, value in values.items())
        if header not in text:
            text += f"\n{header}"
        self.config.write_text(text.replace(header, header + lines))

    @property
    def var(self) -> Path:
        """The engine's directory."""
        return self.directory / "v"

    def start(self, *options: str) -> RunningEngine:
        """Start the master and wait until REST and LMTP answer."""
        with (self.directory / "master.out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mmcore.master", "-c", self.config, *options],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, env=os.environ | self.environment,
            )  # fmt: skip
        self.wait_up()
        return self

    def mmcore(self, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command `mmcore` in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "mmcore.commands.main", "-C", self.config, *arguments],
            cwd=ROOT, env=os.environ | self.environment, input=input, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip

    def wait_up(self) -> None:
        """Wait until REST and LMTP answer."""
        for port in (self.rest_port, self.lmtp_port):
            until(lambda port=port: self._answers(port), what=self.output())

    def _answers(self, port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def output(self) -> str:
        """What the master printed."""
        path = self.directory / "master.out"
        return path.read_text() if path.exists() else ""

    def log(self) -> str:
        """What the processes logged."""
        return "".join(path.read_text() for path in sorted((self.var / "logs").glob("*.log")))

    def stop(self) -> int:
        """SIGTERM to the master; returns its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to everything of the engine that is left."""
        if self.process is None:
            return
        while pids := [pid for pid, _ in self.processes()]:
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.02)
        self.process.wait()
        self.process = None

    def processes(self) -> list[tuple[int, str]]:
        """(pid, title) of every process of the engine, master first."""
        if self.process is None:
            return []
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
                fields = stat[stat.rindex(")") + 2 :].split()
                if int(fields[3]) == self.process.pid and fields[0] not in "ZX":
                    title = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ")
                    found.append((int(entry), title.decode().strip()))
            except OSError:
                continue
        return sorted(found)

    def pid_of(self, title: str) -> int | None:
        """The process whose title contains `title`."""
        return next((pid for pid, name in self.processes() if title in name), None)

    def rest(self, method: str, path: str, **form: object) -> tuple[int, Any]:
        """A call of the REST API, version 3.1; returns (status, decoded body)."""
        body = urllib.parse.urlencode(form, doseq=True) if form else None
        return self._call(method, path, body, "application/x-www-form-urlencoded")

    def rest_json(self, method: str, path: str, value: object) -> tuple[int, Any]:
        """The same with a body of JSON."""
        return self._call(method, path, json.dumps(value), "application/json")

    def _call(self, method: str, path: str, body: str | None, kind: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=30)
        token = base64.b64encode(b"restadmin:restpass").decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": kind}
        try:
            connection.request(method, f"/3.1{path}", body, headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        return response.status, json.loads(data) if data else None

    def create_list(self, fqdn: str, members: list[str]) -> None:
        """A list with members, in the default style."""
        domain = fqdn.partition("@")[2]
        self.rest("POST", "/domains", mail_host=domain)
        status, answer = self.rest("POST", "/lists", fqdn_listname=fqdn)
        assert status == 201, answer
        for email in members:
            status, answer = self.rest(
                "POST", "/members", list_id=fqdn.replace("@", "."), subscriber=email,
                pre_verified="true", pre_confirmed="true", pre_approved="true",
                send_welcome_message="false",
            )  # fmt: skip
            assert status == 201, answer

    def queue(self, name: str) -> int:
        """How many entries a queue has."""
        return int(self.rest("GET", f"/queues/{name}")[1]["count"])

    def lmtp(self) -> smtplib.LMTP:
        """A new LMTP session."""
        return smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=30)

    def post(self, sender: str, recipients: list[str], text: str) -> dict:
        """Post a message over LMTP; returns the refused recipients."""
        with self.lmtp() as session:
            return session.sendmail(sender, recipients, text.replace("\n", "\r\n").encode())

    def caught(self) -> list[bytes]:
        """The messages in the maildir."""
        return [path.read_bytes() for path in sorted((self.var / "caught" / "new").glob("*"))]
