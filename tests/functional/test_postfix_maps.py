"""A real Postfix that reads the maps which we write."""

from __future__ import annotations

import re
import smtplib
import subprocess
from pathlib import Path

import pytest

from tests.support.engine import RunningEngine, until
from tests.support.ports import free_port
from tests.support.postfix import Postfix

MEMBERS = "members.example.org"
#: A domain of ours, and one that is delivered by another name.
LISTS, SHOP, ALIAS = "lists.example.com", "shop.example.com", "inner.example.com"

#: What stands in main.cf; see docs/mail-servers.md.  Nobody is trusted, as nobody is from outside.
MAPS = f"""\
transport_maps = {{kind}}:{{data}}/postfix_lmtp
relay_domains = {{kind}}:{{data}}/postfix_domains
relay_recipient_maps = {{kind}}:{{data}}/postfix_lmtp
virtual_alias_domains = {SHOP}
virtual_alias_maps = {{kind}}:{{data}}/postfix_vmap
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions =
"""
#: Where nobody tells a running Postfix of what has changed, the domain is enough to find us.
FALLBACK = "relay_transport = lmtp:[127.0.0.1]:{lmtp}\n"

POST = """\
From: anne@members.example.org
To: {to}
Subject: help
Message-ID: <{id}@members.example.org>

help
"""

#: Kinds that Postfix reads once, and those whose changes it finds out.
STATIC, DYNAMIC = ("texthash", "regexp"), ("hash", "lmdb")


def kinds() -> list[str]:
    """The kinds that this Postfix has."""
    done = subprocess.run(["/usr/sbin/postconf", "-m"], capture_output=True, text=True)
    known = done.stdout.split()
    return [kind for kind in (*STATIC, *DYNAMIC) if kind in known]


class Site:
    """An engine, and the Postfix in front of it."""

    def __init__(self, directory: Path, kind: str) -> None:
        self.kind = kind
        self.postfix = Postfix(LISTS, MEMBERS, 0)
        self.engine = RunningEngine(directory, smtp=self.postfix.port)
        self.engine.set("mta", incoming="postfix")
        self.engine.set("postfix", transport_file_type=kind)
        lines = MAPS.format(kind=kind, data=self.engine.var / "data")
        if kind in DYNAMIC:
            lines += FALLBACK.format(lmtp=self.engine.lmtp_port)
        self.postfix.lists = lines
        self.anne = self.postfix.add_mailbox("anne")

    def create(self, address: str) -> None:
        """Create a list, and have Postfix read maps that it would not read again by itself."""
        self.engine.create_list(address, [])
        self._changed()

    def remove(self, address: str) -> None:
        """The opposite."""
        status, _ = self.engine.rest("DELETE", f"/lists/{address.replace('@', '.')}")
        assert status == 204
        self._changed()

    def _changed(self) -> None:
        if self.kind in STATIC:
            self.postfix.command("reload")

    def ask(self, recipient: str) -> tuple[int, bytes]:
        """What Postfix says about a recipient."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as smtp:
            smtp.ehlo("client.example.net")
            smtp.mail(self.anne)
            return smtp.rcpt(recipient)

    def look_up(self, name: str, key: str) -> str:
        """What postmap finds in a map, which is nothing but a file for it."""
        query = ["/usr/sbin/postmap", "-q", key, f"{self.kind}:{self.engine.var}/data/{name}"]
        return subprocess.run(query, capture_output=True, text=True).stdout.strip()

    def send(self, recipient: str) -> str:
        """Send a mail; returns to whom Postfix has handed it over, and what was answered."""
        token = f"m{free_port()}"
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as smtp:
            smtp.sendmail(self.anne, [recipient], POST.format(to=recipient, id=token))
        pattern = re.compile(rf"(\w+): message-id=<{token}@.*?\n(?s:.*?) \1: (to=.*status=.*)")
        found = until(lambda: pattern.search(self.postfix.log()), 20, f"no end of {token}")
        return str(found[2])


@pytest.fixture(scope="module", params=kinds())
def site(request, tmp_path_factory):
    site = Site(Path(tmp_path_factory.mktemp("e")), request.param)
    site.engine.start()
    try:
        site.engine.create_list(f"garden@{LISTS}", [])
        site.engine.rest("POST", "/domains", mail_host=SHOP, alias_domain=ALIAS)
        site.engine.create_list(f"offers@{SHOP}", [])
        with site.postfix:
            yield site
    finally:
        site.engine.stop()


class TestMaps:
    @pytest.mark.parametrize(
        "address",
        [
            f"garden@{LISTS}",
            f"GARDEN-Owner@{LISTS}",
            f"garden-bounces+anne=members.example.org@{LISTS}",
            f"garden-confirm+0123456789abcdef@{LISTS}",
        ],
    )
    def test_addresses_of_a_list_reach_us(self, site, address):
        outcome = site.send(address)
        assert f"relay=127.0.0.1[127.0.0.1]:{site.engine.lmtp_port}" in outcome
        assert "status=sent (250 " in outcome

    def test_postfix_finds_in_the_maps_what_we_mean(self, site):
        transport = f"lmtp:[127.0.0.1]:{site.engine.lmtp_port}"
        assert site.look_up("postfix_lmtp", f"garden-request@{LISTS}") == transport
        assert site.look_up("postfix_domains", LISTS) == LISTS
        assert site.look_up("postfix_domains", ALIAS) == SHOP
        assert site.look_up("postfix_vmap", f"offers-join@{SHOP}") == f"offers-join@{ALIAS}"
        assert site.look_up("postfix_lmtp", f"nobody@{LISTS}") == ""

    @pytest.mark.parametrize("function", ["", "-bounces+anne=members.example.org"])
    def test_so_do_those_of_a_domain_that_is_delivered_by_another_name(self, site, function):
        outcome = site.send(f"offers{function}@{SHOP}")
        assert f"to=<offers{function}@{ALIAS}>" in outcome
        assert f"orig_to=<offers{function}@{SHOP}>" in outcome
        assert "status=sent (250 " in outcome

    def test_an_answer_comes_back(self, site):
        before = len(site.postfix.mail_of("anne"))
        site.send(f"garden-request@{LISTS}")
        mails = until(lambda: site.postfix.mail_of("anne")[before:], 30, site.engine.log())
        assert any(b"From: garden-bounces@" in mail or b"-bounces@" in mail for mail in mails)

    @pytest.mark.parametrize(
        ("address", "reply"),
        [
            (f"nobody@{LISTS}", b"5.1.1"),
            (f"garden-nobody@{LISTS}", b"5.1.1"),
            (f"nobody@{SHOP}", b"5.1.1"),
            ("garden@elsewhere.example.com", b"5.7.1"),
        ],
    )
    def test_what_is_no_list_is_refused_at_once(self, site, address, reply):
        code, text = site.ask(address)
        assert code in (550, 554)
        assert text.startswith(reply)

    def test_lists_that_come_and_go_while_it_runs(self, site):
        address = f"orchard@{LISTS}"
        assert site.ask(address)[0] == 550
        site.create(address)
        outcome = until(lambda: site.ask(address)[0] == 250 and site.send(address), 10)
        assert "status=sent (250 " in outcome
        site.remove(address)
        until(lambda: site.ask(address)[0] == 550, 10)
        assert site.ask(f"garden@{LISTS}")[0] == 250
