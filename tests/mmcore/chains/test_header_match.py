"""Header fields that the site or a list watches for."""

from __future__ import annotations

import logging

import pytest
from zope.interface.verify import verifyObject

from mmcore.app import compose
from mmcore.chains.engine import process
from mmcore.chains.header_match import MOST_MISSES, HeaderMatchRule
from mmcore.chains.mutable import MutableChain
from mmcore.config import Settings
from mmcore.errors import ConfigurationError
from mmcore.interfaces.action import Action
from mmcore.interfaces.chain import IHeaderMatchChain, Link, LinkAction
from mmcore.interfaces.rule import IRule
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message
from tests.support.queues import queued

POST = """\
From: aperson@example.com
To: test@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Berlin
X-Spam: YES
Message-ID: <first>

Hello.
"""


def configured(**antispam):
    """Mark a test of a site with these settings."""
    return pytest.mark.parametrize("antispam", [antispam])


@pytest.fixture
def antispam():
    """Settings of that section."""
    return {}


@pytest.fixture
def settings(tmp_path_factory, antispam):
    """Stock settings but for `antispam`."""
    settings = Settings.defaults(tmp_path_factory.mktemp("v"), {"antispam": antispam})
    settings.ensure_dirs()
    return settings


@pytest.fixture
def matches(mlist):
    return mlist.header_matches


@pytest.fixture
def ending(engine, mlist, anne):
    """ending(text) -> (name of the chain that ended it, metadata)."""
    heard: list = []
    engine.subscribe(heard.append)

    def ending(msg=POST):
        msgdata: dict = {}
        if isinstance(msg, str):
            msg = message(msg)
        process(engine, mlist, msg, msgdata, mlist.posting_chain)
        (event,) = heard
        heard.clear()
        return event.chain.name, msgdata

    return ending


def names(msgdata, key="rule_hits"):
    return [name for name in msgdata[key] if name.startswith("header-match-")]


class TestMatchesOfTheList:
    def test_interfaces(self, engine):
        assert verifyObject(IHeaderMatchChain, engine.chains["header-match"])
        assert verifyObject(IRule, HeaderMatchRule("x", None))

    def test_without_any_nothing_is_recorded(self, ending):
        name, msgdata = ending()
        assert name == "accept"
        assert len(msgdata["rule_misses"]) == 16
        assert names(msgdata, "rule_misses") == []

    @pytest.mark.parametrize("action", ["accept", "discard", "hold", "reject"])
    def test_the_action_is_carried_out_at_once(self, ending, matches, mlist, action):
        mlist.emergency = True
        matches.append("X-Spam", "^yes$", Action[action])
        name, msgdata = ending()
        assert name == action
        assert msgdata["rule_hits"] == ["header-match-test.example.com-0"]
        assert msgdata["moderation_sender"] == "aperson@example.com"
        assert msgdata["moderation_reasons"] == [
            ("A header rule matches this field of the message: {}", "X-Spam: YES")
        ]

    def test_without_an_action_the_site_decides(self, ending, matches):
        matches.append("x-spam", "yes")
        assert ending()[0] == "hold"

    def test_to_defer_is_to_hold_if_nobody_else_decides(self, ending, matches, mlist, anne):
        matches.append("x-spam", "yes", Action.defer)
        matches.append("from", "aperson", Action.defer)
        name, msgdata = ending(POST.replace("Subject: ", "X-Subject: "))
        assert name == "hold"
        assert msgdata["rule_hits"] == [
            "header-match-test.example.com-0", "header-match-test.example.com-1", "no-subject",
        ]  # fmt: skip
        anne.moderation_action = Action.accept
        assert ending()[0] == "accept"

    def test_the_first_in_their_order_decides(self, ending, matches):
        matches.append("x-spam", "no", Action.reject)
        matches.append("subject", "grüße", Action.discard)
        matches.append("x-spam", "yes", Action.hold)
        name, msgdata = ending()
        assert name == "discard"
        assert names(msgdata) == ["header-match-test.example.com-1"]
        assert names(msgdata, "rule_misses") == ["header-match-test.example.com-0"]
        assert msgdata["moderation_reasons"][0][1] == (
            "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Berlin"
        )

    def test_fields_of_parts_count(self, ending, matches):
        matches.append("content-type", "x-msdownload", Action.reject)
        assert ending()[0] == "accept"
        post = """\
            From: aperson@example.com
            To: test@example.com
            Subject: Look
            Content-Type: multipart/mixed; boundary=B

            --B

            Here it is.
            --B
            Content-Type: application/x-msdownload

            MZ
            --B--
            """
        assert ending(post)[0] == "reject"

    def test_a_long_field_is_shown_in_part(self, ending, matches):
        matches.append("x-spam", "yes")
        _name, msgdata = ending(POST.replace("YES", "YES" * 1000))
        assert len(msgdata["moderation_reasons"][0][1]) == 500

    def test_signs_of_a_format_are_shown_as_they_are(self, ending, matches, engine, site):
        matches.append("x-spam", "yes")
        ending(POST.replace("YES", "YES {0} {} {x}"))
        notices = [msg.as_string() for msg, _ in queued(engine, site, "virgin")]
        assert all("X-Spam: YES {0} {} {x}" in text.replace("\n    ", " ") for text in notices)

    def test_a_thousand_are_not_named_when_they_miss(self, ending, matches):
        for number in range(1000):
            matches.append("x-spam", f"no{number}")
        name, msgdata = ending()
        assert name == "accept"
        assert len(msgdata["rule_misses"]) == 16
        matches.append("x-spam", "yes")
        assert names(ending()[1]) == ["header-match-test.example.com-1000"]

    def test_as_many_as_the_limit_are_named(self, ending, matches):
        for number in range(MOST_MISSES):
            matches.append("x-spam", f"no{number}")
        assert len(names(ending()[1], "rule_misses")) == MOST_MISSES
        matches.append("x-spam", "another")
        assert names(ending()[1], "rule_misses") == []

    def test_what_takes_for_ever_is_not_found(self, ending, matches):
        matches.append("x-spam", "(y+)+$")
        matches.append("x-spam", "z!$", Action.discard)
        name, msgdata = ending(POST.replace("YES", "y" * 60 + "z!"))
        assert name == "discard"
        assert names(msgdata) == ["header-match-test.example.com-1"]

    @pytest.mark.parametrize("sample", sorted(MALFORMED))
    def test_no_message_is_too_strange(self, ending, matches, sample):
        matches.append("from", "x.*y")
        matches.append("subject", "^$", Action.reject)
        matches.append("content-type", "(x+)+y")
        name, msgdata = ending(malformed(sample))
        assert name in ("accept", "discard", "hold", "reject")
        assert "rule_failures" not in msgdata


class TestChecksOfTheSite:
    @configured(
        header_checks="X-Spam: yes\nnot a check\nSubject:   berlin\nX-None: x",
        jump_chain="discard",
    )
    def test_all_hits_are_collected_before_something_is_done(self, ending, matches):
        matches.append("x-spam", "yes", Action.accept)
        name, msgdata = ending()
        assert name == "discard"
        assert msgdata["rule_hits"] == ["header-match-config-1", "header-match-config-3"]
        assert names(msgdata, "rule_misses") == ["header-match-config-4"]
        assert len(msgdata["moderation_reasons"]) == 2

    @configured(header_checks="not a check\nX-Spam: (", jump_chain="discard")
    def test_lines_that_are_none_are_logged_and_miss(self, settings, caplog, ending):
        with caplog.at_level(logging.ERROR):
            compose(settings, "other").close()
            assert ending()[0] == "accept"
        assert "not «header: pattern»: 'not a check'" in caplog.text
        assert "header_checks: 'X-Spam: (': Not a regular expression: missing )" in caplog.text

    @configured(jump_chain="reject")
    def test_the_jump_chain_is_also_for_matches_without_an_action(self, ending, matches):
        matches.append("x-spam", "yes")
        assert ending()[0] == "reject"

    @configured(jump_chain="nonesuch")
    def test_a_jump_chain_that_does_not_exist_stops_the_start(self, settings):
        with pytest.raises(ConfigurationError, match="jump_chain: no chain is named 'nonesuch'"):
            compose(settings, "other")


class TestAddedAtRunTime:
    def test_they_are_asked_until_flushed(self, engine, ending):
        chain = engine.chains["header-match"]
        chain.extend("X-SPAM", "no")
        chain.extend("x-spam", "yes")
        name, msgdata = ending()
        assert name == "hold"
        assert names(msgdata) == ["header-match-02"]
        assert names(msgdata, "rule_misses") == ["header-match-01"]
        chain.flush()
        assert ending()[0] == "accept"
        chain.extend("x-spam", "yes")
        assert names(ending()[1]) == ["header-match-01"]

    @configured(header_checks="x-spam: yes")
    def test_what_the_ini_file_says_stays(self, engine, ending):
        engine.chains["header-match"].extend("subject", "berlin")
        assert names(ending()[1]) == ["header-match-config-1", "header-match-01"]
        engine.chains["header-match"].flush()
        assert names(ending()[1]) == ["header-match-config-1"]

    def test_a_broken_pattern_misses(self, engine, ending):
        engine.chains["header-match"].extend("x-spam", "(")
        assert ending()[0] == "accept"


class TestOtherChains:
    def test_a_match_can_lead_to_a_chain_of_the_site(self, engine, ending, matches):
        chain = MutableChain(engine, "quarantine", "Ours.")
        chain.append_link(Link("no-subject", LinkAction.jump, "reject"))
        chain.append_link(Link("truth", LinkAction.jump, "discard"))
        matches.append("x-spam", "yes", chain="quarantine")
        name, msgdata = ending()
        assert name == "discard"
        assert "no-subject" in msgdata["rule_misses"]

    def test_a_chain_that_is_gone_is_replaced_by_that_of_the_site(self, ending, matches, caplog):
        matches.append("x-spam", "yes", chain="quarantine")
        with caplog.at_level(logging.ERROR, "mmcore.vette"):
            assert ending()[0] == "hold"
        assert "no chain is named 'quarantine'" in caplog.text

    def test_it_can_be_part_of_another_chain(self, engine, mlist, matches, ending):
        matches.append("x-spam", "no")
        chain = MutableChain(engine, "short", "Ours.")
        chain.append_link(Link("truth", LinkAction.detour, "header-match"))
        chain.append_link(Link("truth", LinkAction.jump, "accept"))
        mlist.posting_chain = "short"
        assert ending() == ("accept", {
            "rule_hits": [], "rule_misses": ["header-match-test.example.com-0"],
        })  # fmt: skip

    def test_hits_before_it_count_for_the_site(self, engine, mlist, ending):
        chain = MutableChain(engine, "short", "Ours.")
        chain.append_link(Link("no-subject"))
        chain.append_link(Link("truth", LinkAction.detour, "header-match"))
        mlist.posting_chain = "short"
        assert ending("From: aperson@example.com\n\n")[0] == "hold"
