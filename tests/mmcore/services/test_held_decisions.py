"""What becomes of held posts."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from i18n import using
from mmcore.interfaces.action import Action, FilterAction
from mmcore.message.message import Message
from mmcore.services.held_decisions import decide, expire, read_held, subject_text
from mmcore.services.moderation import hold_message
from resources.check import problems
from tests.mmcore.message.samples import SAMPLES
from tests.support.malformed import MALFORMED
from tests.support.messages import message
from tests.support.queues import queued

EVERY = SAMPLES | MALFORMED
#: Where a header with too many fields ends depends on how many there are.
del EVERY["many_fields"]
POST = """\
    From: Anne <aperson@example.com>
    To: test@example.com
    Subject: =?utf-8?q?Caf=C3=A9?=
    Message-ID: <first>
    X-Mailman-Approved-At: long ago

    Grüße.
    """
DAY = timedelta(days=1)


@pytest.fixture
def quiet(mlist):
    """The list, which sends no notices about held posts."""
    mlist.admin_immed_notify = mlist.respond_to_post_requests = False
    return mlist


@pytest.fixture
def held(engine, quiet):
    """A held post."""
    msgdata = {
        "listid": "test.example.com",
        "to_list": True,
        "rule_hits": ["a"],
        "type": "data",
        "_mod_reason": "x",
        "filebase": "y",
    }
    return hold_message(engine, quiet, message(POST), msgdata, ["Because"])


@pytest.fixture
def vette(caplog):
    """Lines of the log of decisions."""
    caplog.set_level(logging.INFO, "mmcore.vette")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "mmcore.vette"]


def is_gone(site, held):
    """Whether nothing is left of a held message."""
    return (
        site.held.get(held.request_id) is None
        and site.pendings.get(held.token) is None
        and len(site.pendings) == 0
        and problems(site) == []
    )


def lose(engine, held):
    """Lose the text of a held message."""
    engine.content._kept_path(held.content).unlink()


class TestAccept:
    def test_the_post_goes_on_as_approved(self, engine, site, mlist, held):
        decide(engine, mlist, held, Action.accept)
        ((msg, msgdata),) = queued(engine, site, "pipeline")
        approved_at = msg.get_all("x-mailman-approved-at")
        assert len(approved_at) == 1
        age = datetime.now(UTC) - parsedate_to_datetime(approved_at[0])
        assert abs(age) < timedelta(minutes=1)
        assert msg["message-id"] == "<first>"
        assert len(msg["message-id-hash"]) == 32
        assert msgdata == {
            "listid": "test.example.com",
            "to_list": True,
            "rule_hits": ["a"],
            "approved": True,
            "moderator_approved": True,
            "version": 3,
            "_parsemsg": False,
        }
        assert is_gone(site, held)
        assert len(site.queues["virgin"]) == 0

    def test_the_text_is_not_written_again(self, engine, site, mlist, held):
        decide(engine, mlist, held, Action.accept)
        (name,) = site.queues["pipeline"].names()
        assert site.queues["pipeline"].get(name).content == held.content

    def test_it_is_logged_on_one_line(self, engine, mlist, held, vette):
        decide(engine, mlist, held, Action.accept, "fine\nwith me")
        assert vette() == [
            "ACCEPT: held post 1 to test.example.com from aperson@example.com, "
            "message-id=<first>: fine with me"
        ]

    def test_readers_are_told_if_the_text_is_lost(self, engine, site, mlist, held, vette):
        lose(engine, held)
        decide(engine, mlist, held, Action.accept)
        ((msg, msgdata),) = queued(engine, site, "pipeline")
        assert msg["subject"] == "The content of a held message is lost"
        assert msg["message-id"] == "<first>"
        assert msg["from"] == "aperson@example.com"
        assert "Subject: Café" in msg.get_payload(decode=True).decode()
        assert msgdata["approved"] is True
        assert "the text of held message 1 is lost" in vette()[0]
        assert is_gone(site, held)

    @pytest.mark.parametrize("name", EVERY)
    def test_whatever_the_body_is_it_goes_on_byte_for_byte(self, engine, site, quiet, name):
        held = hold_message(engine, quiet, Message.parse(EVERY[name]), {}, [])
        before = read_held(engine, quiet, held)
        decide(engine, quiet, held, Action.accept)
        ((msg, _msgdata),) = queued(engine, site, "pipeline")
        assert msg.body_bytes() == before.body_bytes()
        assert msg.body_bytes() == Message.parse(EVERY[name]).body_bytes()
        for each in (msg, before):
            del each["x-mailman-approved-at"]
        assert msg.items() == before.items()


class TestReject:
    def test_the_author_is_told_why(self, engine, site, mlist, held, vette):
        decide(engine, mlist, held, Action.reject, "Please join first.")
        ((msg, msgdata),) = queued(engine, site, "virgin")
        assert msgdata["recipients"] == ["aperson@example.com"]
        assert msg["from"] == "test-bounces@example.com"
        text = msg.get_payload(decode=True).decode()
        assert 'Distribution of your message "Café"' in text
        assert "Please join first." in text
        assert is_gone(site, held)
        assert len(site.queues["pipeline"]) == 0
        assert vette()[-1].startswith("REJECT: held post 1 to test.example.com from")
        assert vette()[-1].endswith(": Please join first.")

    @pytest.mark.parametrize("comment", [None, ""])
    def test_no_reason_is_called_that(self, engine, site, mlist, held, comment):
        decide(engine, mlist, held, Action.reject, comment)
        ((msg, _msgdata),) = queued(engine, site, "virgin")
        assert "[No reason given]" in msg.get_payload(decode=True).decode()

    def test_a_member_is_written_to_in_its_language(self, engine, site, mlist, held, anne):
        anne.preferences.preferred_language = "de"
        decide(engine, mlist, held, Action.reject, "Darum.")
        ((msg, _msgdata),) = queued(engine, site, "virgin")
        assert "abgelehnt" in msg.get_payload(decode=True).decode()

    def test_others_in_that_of_the_list(self, engine, site, mlist, held):
        mlist.preferred_language = "de"
        decide(engine, mlist, held, Action.reject, "Darum.")
        ((msg, _msgdata),) = queued(engine, site, "virgin")
        assert "abgelehnt" in msg.get_payload(decode=True).decode()

    def test_nobody_is_told_if_nobody_wrote_it(self, engine, site, quiet):
        held = hold_message(engine, quiet, message("Subject: x\n\ny\n"), {}, [])
        decide(engine, quiet, held, Action.reject, "Darum.")
        assert queued(engine, site, "virgin") == []
        assert is_gone(site, held)

    def test_a_lost_text_is_no_obstacle(self, engine, site, mlist, held):
        lose(engine, held)
        decide(engine, mlist, held, Action.reject)
        assert len(queued(engine, site, "virgin")) == 1
        assert is_gone(site, held)


class TestDiscardAndDefer:
    def test_discarded_is_gone_without_a_word(self, engine, site, mlist, held, vette):
        decide(engine, mlist, held, Action.discard, "spam")
        assert is_gone(site, held)
        assert all(len(site.queues[name]) == 0 for name in ("virgin", "pipeline"))
        assert vette() == [
            "DISCARD: held post 1 to test.example.com from aperson@example.com, "
            "message-id=<first>: spam"
        ]

    def test_deferred_stays(self, engine, site, mlist, held):
        decide(engine, mlist, held, Action.defer)
        assert site.held.get(held.request_id) is held
        assert site.pendings.get(held.token) is not None
        assert len(site.queues["virgin"]) == 0

    def test_a_token_that_has_expired_is_no_obstacle(self, engine, site, mlist, held):
        site.pendings.remove_list(mlist.list_id)
        decide(engine, mlist, held, Action.discard)
        assert is_gone(site, held)

    def test_nor_is_one_that_nobody_knows(self, engine, site, mlist, held):
        site.pendings.confirm(held.token)
        held.token = None
        decide(engine, mlist, held, Action.discard)
        assert site.held.get(held.request_id) is None

    def test_what_is_no_decision_about_held_posts_is_refused(self, engine, site, mlist, held):
        with pytest.raises(ValueError, match="forward"):
            decide(engine, mlist, held, FilterAction.forward)
        assert site.held.get(held.request_id) is held


class TestForward:
    @pytest.mark.parametrize("action", Action)
    def test_whatever_happens_copies_are_sent(self, engine, site, mlist, held, action):
        original = engine.content.get(held.content)
        decide(engine, mlist, held, action, None, ["x@example.com", "y@example.com"])
        copies = [
            (msg, msgdata)
            for msg, msgdata in queued(engine, site, "virgin")
            if "x@example.com" in msgdata["recipients"]
        ]
        ((msg, msgdata),) = copies
        assert msgdata["recipients"] == ["x@example.com", "y@example.com"]
        assert msg["from"] == "test-bounces@example.com"
        assert msg["to"] == "x@example.com, y@example.com"
        assert msg["subject"] == "Copy of a message held for moderation"
        assert msg.get_content_type() == "message/rfc822"
        # It says of its eight bits that they are there.
        assert msg["content-transfer-encoding"] == "8bit"
        assert msg.body_bytes() == original
        assert (site.held.get(held.request_id) is None) == (
            action not in (Action.defer, Action.hold)
        )

    def test_one_member_is_written_to_in_its_language(
        self, engine, site, mlist, held, anne, monkeypatch
    ):
        languages = []
        monkeypatch.setattr(
            "mmcore.services.held_decisions.using",
            lambda language: languages.append(language) or using(language),
        )
        anne.preferences.preferred_language = "de"
        decide(engine, mlist, held, Action.defer, None, ["aperson@example.com"])
        decide(engine, mlist, held, Action.defer, None, ["aperson@example.com", "x@example.com"])
        decide(engine, mlist, held, Action.defer, None, ["x@example.com"])
        assert languages == ["de", "en", "en"]

    @pytest.mark.parametrize("name", EVERY)
    def test_copies_are_byte_for_byte(self, engine, site, quiet, name):
        held = hold_message(engine, quiet, Message.parse(EVERY[name]), {}, [])
        decide(engine, quiet, held, Action.defer, None, ["x@example.com"])
        ((msg, _msgdata),) = queued(engine, site, "virgin")
        assert msg.body_bytes() == engine.content.get(held.content)

    def test_a_lost_text_is_told_of(self, engine, site, mlist, held):
        lose(engine, held)
        decide(engine, mlist, held, Action.discard, None, ["x@example.com"])
        ((msg, _msgdata),) = queued(engine, site, "virgin")
        (inner,) = msg.get_payload()
        assert inner["subject"] == "The content of a held message is lost"


class TestExpire:
    @pytest.fixture
    def aged(self, engine, site, quiet):
        """Hold a post and make it so many days old."""

        def age(days, mlist=quiet):
            held = hold_message(engine, mlist, message(POST), {}, [])
            site.held._by_date.remove((held.list_id, held.hold_date, held.request_id))
            held.hold_date -= timedelta(days=days, minutes=1)
            site.held._by_date.add((held.list_id, held.hold_date, held.request_id))
            return held.request_id

        return age

    def ids(self, site):
        return [held.request_id for held in site.held.values()]

    def test_lists_keep_posts_as_long_as_they_like(self, engine, site, quiet, aged, vette):
        other = site.lists.add("other@example.com")
        quiet.max_days_to_hold = 3
        old, young = aged(3), aged(2)
        kept = aged(100, other)
        assert expire(engine, site) == 1
        assert self.ids(site) == [young, kept]
        assert vette() == [
            f"EXPIRE: held post {old} to test.example.com from aperson@example.com, "
            "message-id=<first>: after 3 days"
        ]
        assert queued(engine, site, "pipeline") == []
        assert problems(site) == []

    def test_the_site_has_the_last_word(self, engine, site, quiet, aged):
        engine.settings.mmcore.moderator_request_life = timedelta(days=10)
        quiet.max_days_to_hold = 20
        aged(11)
        young = aged(9)
        assert expire(engine, site) == 1
        assert self.ids(site) == [young]
        quiet.max_days_to_hold = 0
        aged(10)
        assert expire(engine, site) == 1
        assert self.ids(site) == [young]

    def test_a_site_can_be_impatient(self, engine, site, aged):
        engine.settings.mmcore.moderator_request_life = timedelta(hours=1)
        aged(0)
        old = aged(1)
        assert expire(engine, site) == 1
        assert old not in self.ids(site)

    def test_enormous_periods_are_no_obstacle(self, engine, site, quiet, aged):
        quiet.max_days_to_hold = 10**15
        aged(100)
        assert expire(engine, site) == 0

    def test_tokens_go_too(self, engine, site, quiet, aged):
        quiet.max_days_to_hold = 1
        aged(5)
        expire(engine, site)
        assert len(site.pendings) == 0

    def test_it_is_done_in_pieces(self, engine, site, quiet, aged):
        other = site.lists.add("other@example.com")
        quiet.max_days_to_hold = other.max_days_to_hold = 1
        for _ in range(3):
            aged(5)
            aged(5, other)
        assert [expire(engine, site, 2) for _ in range(4)] == [2, 2, 2, 0]


class TestSubjectText:
    def test_it_is_decoded_and_one_line(self, held):
        assert subject_text(held) == "Café"
        held.subject = None
        assert subject_text(held) == "(no subject)"
        held.subject = ""
        assert subject_text(held) == ""
