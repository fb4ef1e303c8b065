"""A real Postfix in a directory of its own, on a high port.

It takes mail over SMTP, hands mail for lists to mmcore over LMTP, takes what
mmcore sends, and delivers to maildirs.  Postfix wants to be started by root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.engine import until
from tests.support.ports import free_port

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {base}/log/mail.log
maillog_file_prefixes = {base}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
virtual_mailbox_domains = {member_domain}
virtual_mailbox_base = {base}/mail
virtual_mailbox_maps = texthash:{base}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_peername_lookup = no
recipient_delimiter = +
{lists}
"""

#: How mail for lists finds us where nothing is generated: the whole domain goes to LMTP.
WHOLE_DOMAIN = """\
relay_domains = {list_domain}
transport_maps = texthash:{base}/etc/transport
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance; use as a context manager."""

    def __init__(
        self, list_domain: str, member_domain: str, lmtp: int, lists: str = WHOLE_DOMAIN
    ) -> None:
        """Mail for `list_domain` goes to LMTP, for `member_domain` into maildirs.

        `lists` are the lines of `main.cf` that say so.
        """
        # Daemons run as other users, who have to get into the directory.
        self.base = Path(tempfile.mkdtemp(prefix="pf-"))
        self.base.chmod(0o755)
        self.port = free_port()
        self.list_domain, self.member_domain, self.lmtp = list_domain, member_domain, lmtp
        self.lists = lists
        self.mailboxes: list[str] = []

    def add_mailbox(self, local_part: str) -> str:
        """Create a maildir (before the start); returns the address."""
        self.mailboxes.append(local_part)
        return f"{local_part}@{self.member_domain}"

    def __enter__(self) -> Postfix:
        nobody = pwd.getpwnam("nobody")
        for name in ("etc", "spool", "data", "log", "mail"):
            (self.base / name).mkdir()
            # Whatever umask a test before us has left.
            (self.base / name).chmod(0o755)
        os.chown(self.base / "data", pwd.getpwnam("postfix").pw_uid, -1)
        os.chown(self.base / "mail", nobody.pw_uid, nobody.pw_gid)
        etc = self.base / "etc"
        values = {
            "base": self.base,
            "daemons": "/usr/lib/postfix/sbin",
            "list_domain": self.list_domain,
            "member_domain": self.member_domain,
            "uid": nobody.pw_uid,
            "gid": nobody.pw_gid,
            "port": self.port,
        }
        values["lists"] = self.lists.format(**values)
        (etc / "main.cf").write_text(MAIN_CF.format(**values))
        (etc / "master.cf").write_text(MASTER_CF.format(**values))
        (etc / "transport").write_text(f"{self.list_domain} lmtp:inet:127.0.0.1:{self.lmtp}\n")
        (etc / "mailboxes").write_text(
            "".join(f"{name}@{self.member_domain} {name}/\n" for name in self.mailboxes)
        )
        self.command("start")
        until(self._answers, 20, "Postfix does not answer")
        return self

    def __exit__(self, *exc: object) -> None:
        self.command("stop")
        shutil.rmtree(self.base, ignore_errors=True)

    def _answers(self) -> bool:
        import socket

        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as sock:
                sock.settimeout(2)
                return sock.recv(4).startswith(b"220")
        except OSError:
            return False

    def command(self, command: str) -> None:
        """Call `postfix(1)`."""
        done = subprocess.run(
            ["/usr/sbin/postfix", "-c", self.base / "etc", command],
            capture_output=True, text=True, check=False, umask=0o022,
        )  # fmt: skip
        assert done.returncode == 0, f"postfix {command}: {done.stderr}{self.log()}"

    def log(self) -> str:
        """The mail log."""
        path = self.base / "log" / "mail.log"
        return path.read_text() if path.exists() else ""

    def mail_of(self, local_part: str) -> list[bytes]:
        """The messages that a mailbox got, oldest first."""
        folder = self.base / "mail" / local_part / "new"
        return [path.read_bytes() for path in sorted(folder.glob("*"))]
