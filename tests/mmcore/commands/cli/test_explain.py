"""`mmcore explain`: for people, for programs, and the message alone."""

from __future__ import annotations

import json

import pytest
import ZODB
from ZODB.DemoStorage import DemoStorage

from mmcore.app import compose, ensure_site
from mmcore.chains.judging import judge
from mmcore.config import load
from mmcore.database import Database
from mmcore.handlers.to_outgoing import ToOutgoing
from tests.support.messages import message

POST = b"""\
From: Anne <anne@example.com>
To: ant@example.com
Subject: Hello
Message-ID: <ant>

Hello, \x1b[31mall\x1b[0m.
"""
STRANGER = POST.replace(b"anne@", b"eve@")


@pytest.fixture
def site_in_memory(ini, monkeypatch):
    """A site with the list ant@example.com and two members, instead of one on disk."""
    settings = load(ini)
    settings.ensure_dirs()
    database = Database(ZODB.DB(DemoStorage()))
    session = database.session()
    ensure_site(session, settings)
    engine = compose(settings, "test")
    site = session.begin()
    site.domains.add("example.com")
    mlist = site.lists.add("ant@example.com")
    for email in ("anne@example.com", "bart@example.com"):
        mlist.subscribe(site.addresses.add(email))
    judge(engine, mlist, message(STRANGER.decode()), {})
    session.commit()
    before = database.db.storage.lastTransaction()

    class Lasting(Database):
        def close(self):
            """Stay open."""

    monkeypatch.setattr("mmcore.app.open_site", lambda settings: Lasting(database.db))
    monkeypatch.setattr("mmcore.app.is_served", lambda settings: True)
    yield database
    assert database.db.storage.lastTransaction() == before
    session.close()
    engine.close()
    database.close()


@pytest.fixture
def explain(mmcore, site_in_memory):
    """Explain a message from standard input; returns what was printed."""

    def explaining(*options: str, content: bytes = POST, status: int = 0):
        result = mmcore("explain", "ant@example.com", "-", *options, input=content)
        assert result.exit_code == status, result.output
        return result

    return explaining


class TestForPeople:
    def test_decision_rules_and_handlers(self, explain):
        lines = explain().output.splitlines()
        words = [line.split() for line in lines]
        assert ["Decision", "accept"] in words
        assert ["banned-address", "default-posting-chain", "miss"] in words
        assert "Recipients: 2: anne@example.com, bart@example.com" in lines
        assert "    -Subject: Hello" in lines
        assert "    +Subject: [Ant] Hello" in lines
        assert "Message as it leaves, from ant-bounces@example.com" in lines

    def test_without_the_details(self, explain):
        output = explain("--no-diff").output
        assert "Subject: [Ant] Hello" not in output
        assert "Message as it leaves" not in output
        assert any(
            line.split()[:2] == ["subject-prefix", "changed"] for line in output.splitlines()
        )

    def test_a_held_post(self, explain):
        output = explain(content=STRANGER).output
        assert "hold" in output
        assert "Notice to eve@example.com: Your message to" in output
        rule = next(line for line in output.splitlines() if line.startswith("nonmember-mod"))
        assert rule.split()[2] == "hit"
        assert "not from a list member" in rule

    def test_as_if_it_were_accepted(self, explain):
        output = explain("--as-if-accepted", content=STRANGER).output
        assert "hold; what follows is if a moderator accepts it" in output
        assert "Recipients: 2" in output

    def test_a_member(self, explain):
        assert "bart@example.com gets it." in explain("--member", "bart@example.com").output
        output = explain("--member", "eve@example.com").output
        assert (
            "eve@example.com does not get it: This address is not a member of the list." in output
        )

    def test_the_terminal_obeys_no_stranger(self, explain):
        output = explain().output
        assert "\x1b" not in output
        assert "Hello, \\x1b[31mall\\x1b[0m." in output

    def test_a_message_that_is_held(self, mmcore, site_in_memory):
        result = mmcore("explain", "ant.example.com", "--held", "1")
        assert result.exit_code == 0, result.output
        assert "Recipients: 2" in result.output

    def test_a_failure(self, explain, monkeypatch):
        def process(self, mlist, msg, msgdata):
            raise LookupError("lost")

        monkeypatch.setattr(ToOutgoing, "process", process)
        lines = [line.split() for line in explain().output.splitlines()]
        assert ["Decision", "shunt"] in lines
        assert ["Error", "LookupError:", "lost"] in lines


class TestForPrograms:
    def test_json(self, explain):
        told = json.loads(explain("--json").output)
        assert told["decision"] == "accept"
        assert told["copy"]["encoding"] == "utf-8"

    def test_bytes(self, explain):
        output = explain("--bytes").stdout_bytes
        assert output.startswith(b"From: Anne")
        assert b"Subject: [Ant] Hello\r\n" in output
        assert b"\x1b[31mall" in output

    def test_no_bytes(self, explain):
        result = explain("--bytes", content=STRANGER, status=1)
        assert "nothing leaves: the decision is hold; The message is not from" in result.output
        result = explain("--bytes", "--member", "eve@example.com", status=1)
        assert "nothing leaves: This address is not a member of the list." in result.output


class TestErrors:
    def test_a_list_that_does_not_exist(self, mmcore, site_in_memory):
        result = mmcore("explain", "and@example.com", "-", input=POST)
        assert result.exit_code == 2
        assert "No such list: and@example.com.  Did you mean 'ant@example.com'?" in result.output
        result = mmcore("explain", "x", "-", input=POST)
        assert "No such list: x.\n" in result.output

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ([], "Give either a FILE or --held."),
            (["-", "--held", "1"], "Give either a FILE or --held."),
            (["--held", "7"], "ant@example.com holds no message 7."),
            (["-", "--member", "nobody"], "'nobody' is no e-mail address"),
            (["-", "--sender", "nobody"], "'nobody' is no e-mail address"),
            (["-", "--language", "xx"], "there is no language 'xx'"),
            (["/nonexistent"], "No such file"),
        ],
    )
    def test_wrong_options(self, mmcore, site_in_memory, options, text):
        result = mmcore("explain", "ant@example.com", *options, input=POST)
        assert result.exit_code == 2
        assert text in result.output

    def test_the_null_sender_is_an_address_too(self, explain):
        assert b"X-MailFrom: <>" in explain("--bytes", "--sender", "<>").stdout_bytes
