"""Who gets a copy of their own, from whom, and what it says."""

from __future__ import annotations

import copy
import re
import tracemalloc
from pathlib import Path
from threading import Thread

import pytest

from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.addresses import parse_addresses
from mmcore.message.message import Message
from mmcore.pipelines.finishing import depart
from mmcore.services.unsubscribe_tokens import read_token
from mmcore.services.verp import verp_recipients
from tests.support.keys import ED25519, RSA, chain_state, holds, publish
from tests.support.messages import message

POST = """\
From: anne@example.org
To: test@example.com
Subject: Hello
Message-ID: <1@example.org>
List-Unsubscribe: <mailto:test-leave@example.com>

Hi.
"""


class TestStrategy:
    def test_bulk_is_one_content_for_all(self, leave, anne, join):
        join("bart@example.com")
        departure = leave(POST, anne.email, "bart@example.com")
        assert departure.copies is None
        assert departure.sender == "test-bounces@example.com"
        assert departure.recipients == [anne.email, "bart@example.com"]
        assert departure.copy(0) == departure.copy(1) == (departure.sender, departure.content)

    @pytest.mark.parametrize("url", ["", "https://lists.example.com"])
    def test_bulk_has_no_uri_of_anybody(self, leave, engine, anne, url):
        engine.settings.public.url = url
        assert b"lists.example.com" not in leave(POST, anne.email).content

    @pytest.mark.parametrize("kind", [Personalization.individual, Personalization.full])
    def test_lists_that_personalise_without_verp(self, leave, mlist, anne, kind):
        mlist.personalize = kind
        departure = leave(POST, anne.email)
        assert departure.content == b""
        assert len(departure.copies) == 1
        assert departure.copy(0)[0] == "test-bounces@example.com"

    def test_verp_alone_makes_them_individual(self, leave, engine, anne):
        engine.settings.mta.verp_delivery_interval = 1
        sender, content = leave(POST, anne.email).copies.copy(0)
        assert sender == "test-bounces+aperson=example.com@example.com"
        assert b"Sent over the mailing list" in content

    def test_the_metadata_ask_for_it_or_forbid_it(self, leave, engine, anne):
        assert leave(POST, anne.email, verp=True).copies is not None
        engine.settings.mta.verp_delivery_interval = 1
        assert leave(POST, anne.email, verp=False).copies is None

    def test_nobody_gets_nothing(self, leave, personal):
        assert leave(POST).copies is None

    def test_mail_of_the_site_is_bulk(self, engine, site):
        msgdata = {"recipients": ["a@example.com"], "verp": True}
        departure = depart(engine, None, message(POST), msgdata)
        assert departure.copies is None
        assert departure.sender == engine.settings.mmcore.site_owner

    @pytest.mark.parametrize(
        "metadata", [{"sender": "x@example.com"}, {"to_owner": True, "envsender": "x@example.com"}]
    )
    def test_only_the_lists_own_sender_names_recipients(self, leave, anne, metadata):
        departure = leave(POST, anne.email, verp=True, **metadata)
        assert departure.copy(0)[0] == "x@example.com"

    def test_recipients_that_cannot_be_named_get_the_plain_sender(self, leave, anne, mlist):
        recipients = (anne.email, "local", "a=b@example.com", "ä@example.com", "")
        departure = leave(POST, *recipients, verp=True)
        senders = {departure.copy(index)[0] for index in range(1, len(recipients))}
        assert senders == {mlist.bounces_address}


class TestCopy:
    def test_everything_at_once(self, leave, engine, site, mlist, anne, join, personal):
        join("Bart@example.com", "Bärt")
        departure = leave(POST, anne.email, "bart@example.com", "cris@example.com")
        tokens = set()
        for index, (email, name) in enumerate(
            [(anne.email, "Anne Person"), ("bart@example.com", "Bärt")]
        ):
            sender, content = departure.copy(index)
            to = message(f"To: {sender}\n\n")
            assert verp_recipients(engine.settings, mlist, to) == {email}
            msg = Message.parse(content)
            assert parse_addresses(msg.get_all("to")) == [(name, email)]
            assert msg["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
            token = re.search(r"/unsubscribe/([^>]+)>", msg["list-unsubscribe"])[1]
            assert read_token(site, token).member_id == mlist.members.get(email).member_id
            tokens.add(token)
            text = msg.get_payload(decode=True).decode()
            assert text.startswith(f"Hi.\r\nFor {name} <{email}>: {name} <")
        assert len(tokens) == 2
        sender, content = departure.copy(2)
        assert b"To: cris@example.com\r\n" in content
        assert b"For $user_name <$user_email>" in content
        assert b"unsubscribe/" not in content

    def test_the_original_spelling_and_the_language(self, leave, mlist, join, template):
        mlist.personalize = Personalization.individual
        join("Bart@Example.com").preferences.preferred_language = "de"
        template("$user_delivered_to|$user_email|$user_language|$user_name_or_email\n")
        content = leave(POST, "bart@example.com").copy(0)[1]
        assert b"\r\nBart@Example.com|bart@example.com|German|Bart@Example.com\r\n" in content
        assert b"To: test@example.com\r\n" in content

    def test_whoever_was_addressed_directly_is_told_so(self, leave, anne, join):
        join("bart@example.com")
        recipients = (anne.email, "bart@example.com")
        departure = leave(POST, *recipients, **{"verp": True, "add-dup-header": [anne.email]})
        assert b"\r\nX-Mailman-Copy: yes\r\n" in departure.copy(0)[1]
        assert b"X-Mailman-Copy" not in departure.copy(1)[1]

    def test_a_missing_to_is_made_and_several_become_one(self, leave, mlist, anne):
        mlist.personalize = Personalization.full
        for text in ("Subject: x\n\nHi.\n", "To: a@b.example\nTo: c@d.example\n\nHi.\n"):
            msg = Message.parse(leave(text, anne.email).copy(0)[1])
            assert msg.get_all("to") == ["Anne Person <aperson@example.com>"]

    def test_strangers_whom_the_site_knows_are_named(self, leave, site, mlist, personal):
        site.users.make("cris@example.com", "Cris")
        site.addresses.add("dirk@example.com", "Dirk")
        departure = leave(POST, "cris@example.com", "dirk@example.com")
        assert b"\r\nTo: Cris <cris@example.com>\r\n" in departure.copy(0)[1]
        assert b"\r\nTo: dirk@example.com\r\n" in departure.copy(1)[1]

    def test_a_member_who_is_nobodys_address_has_a_name_in_the_text_only(
        self, leave, site, mlist, personal
    ):
        mlist.subscribe(site.addresses.add("dirk@example.com", "Dirk"))
        content = leave(POST, "dirk@example.com").copy(0)[1]
        assert b"\r\nTo: dirk@example.com\r\n" in content
        assert b"For Dirk <dirk@example.com>" in content

    @pytest.mark.parametrize("key", ["isdigest", "nodecorate"])
    def test_what_is_not_decorated(self, leave, mlist, anne, personal, key):
        content = leave(POST, anne.email, **{key: True}).copy(0)[1]
        assert content.endswith(b"\r\n\r\nHi.\r\n")

    def test_line_ends_are_those_of_the_wire(self, leave, anne):
        content = leave(b"Subject: x\n\nHi.\rHo.\n", anne.email, verp=True).copy(0)[1]
        assert b"Hi.\r\nHo.\r\n" in content
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n", content)

    def test_the_same_every_time(self, leave, anne, personal):
        assert leave(POST, anne.email).copy(0) == leave(POST, anne.email).copy(0)

    def test_what_is_shown_to_a_watcher_changes_nothing(self, engine, mlist, anne, personal):
        seen = []

        class Watcher:
            def before(self, handler, msg, msgdata):
                seen.append(handler)

            def after(self, handler, msg, msgdata, error):
                assert error is None

        msgdata = {"recipients": [anne.email]}
        shown = depart(engine, mlist, message(POST), dict(msgdata), Watcher())
        assert seen[:3] == ["mail-merge", "decorate", "personalize"]
        assert shown.copy(0) == depart(engine, mlist, message(POST), dict(msgdata)).copy(0)

    def test_threads_need_no_database(self, leave, session, site, mlist, anne, personal):
        departure = leave(POST, anne.email)
        expected = departure.copy(0)
        session.commit()
        found = []
        thread = Thread(target=lambda: found.append(departure.copy(0)))
        thread.start()
        thread.join()
        session.begin()
        assert found == [expected]


class TestSecrets:
    def test_an_author_cannot_have_marks(self, leave, mlist, anne, join, personal):
        join("bart@example.com", "Bart")
        first = leave(POST, anne.email, "bart@example.com")
        for index in (0, 1):
            assert not re.search(rb"=[0-9a-f]{16}[a-zA-Z]=", first.copy(index)[1])

    def test_copies_say_nothing_of_others(self, leave, mlist, anne, join, personal):
        join("bart@example.com", "Bart")
        departure = leave(POST, anne.email, "bart@example.com")
        assert b"Bart" not in departure.copy(0)[1]
        assert b"Anne" not in departure.copy(1)[1]

    def test_names_cannot_add_fields_or_lines(self, leave, mlist, anne, personal):
        anne.address.display_name = "A\r\nBcc: all@example.com\r\n\r\nB\0C"
        content = leave(POST, anne.email).copy(0)[1]
        msg = Message.parse(content)
        assert "bcc" not in msg
        assert b"\0" not in content
        assert parse_addresses(msg.get_all("to"))[0][1] == anne.email


class TestSigning:
    def test_each_copy_is_signed_by_itself(self, leave, engine, anne, join, personal, nameserver):
        join("bart@example.com", "Bärt")
        wanted = engine.settings.DKIM
        wanted.enabled, wanted.privkey, wanted.selector = True, str(ED25519), "s"
        publish(nameserver, ED25519, "s", "example.com")
        departure = leave(POST, anne.email, "bart@example.com", "cris@example.com")
        contents = [departure.copy(index)[1] for index in range(3)]
        assert all(holds(content, nameserver) for content in contents)
        assert contents[0].count(b"DKIM-Signature:") == 1
        assert not holds(contents[0].replace(b"Anne", b"Bart"), nameserver)

    def test_and_sealed(self, leave, engine, anne, personal, nameserver):
        wanted = engine.settings.ARC
        wanted.enabled, wanted.privkey = True, str(RSA)
        wanted.selector, wanted.domain = "s", "example.com"
        publish(nameserver, RSA, "s", "example.com")
        text = "Authentication-Results: lists.example.com; spf=pass smtp.mailfrom=a@example.org\n"
        departure = leave(text + POST, anne.email, authserv_id="lists.example.com")
        content = departure.copy(0)[1]
        assert content.startswith(b"ARC-Seal:")
        assert chain_state(content, nameserver) == b"pass"

    def test_what_cannot_be_signed_goes_as_it_is(self, leave, engine, anne, tmp_path, caplog):
        wanted = engine.settings.DKIM
        wanted.enabled, wanted.privkey, wanted.selector = True, str(tmp_path / "gone.pem"), "s"
        assert leave(POST, anne.email, verp=True).copy(0)[1].startswith(b"From:")
        assert "leaves without DKIM signature" in caplog.text


class TestCosts:
    @pytest.fixture
    def many(self, site, mlist):
        emails = [f"member{number:05d}@example.com" for number in range(3000)]
        for email in emails:
            mlist.subscribe(site.addresses.add(email, "Somebody Or Other"))
        return emails

    def test_memory_for_each_recipient(self, leave, session, engine, many, personal):
        session.commit()
        session.begin()
        leave(POST, *many[:10])
        tracemalloc.start()
        departure = leave(POST, *many)
        traces = tracemalloc.take_snapshot().statistics("filename")
        tracemalloc.stop()
        held = sum(
            trace.size for trace in traces if Path(trace.traceback[0].filename).parent.name
            == "pipelines"
        )  # fmt: skip
        assert held / len(departure.copies) < 60

    def test_each_kind_is_made_once(self, leave, engine, many, personal, monkeypatch):
        decorate, calls = engine.handlers["decorate"], []
        process = decorate.process
        monkeypatch.setattr(
            decorate, "process", lambda *arguments: (calls.append(1), process(*arguments))
        )
        leave(POST, *many, "stranger@example.com")
        assert len(calls) == 2

    def test_where_nothing_is_personal_nobody_is_looked_up(
        self, leave, mlist, many, monkeypatch, template
    ):
        template("-- \n$fqdn_listname\n")
        monkeypatch.setattr(
            "resources.members.roster.addressees", lambda *_arguments: pytest.fail("looked up")
        )
        departure = leave(POST, *many, verp=True)
        assert departure.copy(7)[0] == "test-bounces+member00007=example.com@example.com"

    def test_the_message_is_left_alone(self, engine, mlist, anne, personal):
        msg = message(POST)
        before = copy.deepcopy(msg).as_bytes()
        depart(engine, mlist, msg, {"recipients": [anne.email]})
        assert msg.as_bytes() == before
