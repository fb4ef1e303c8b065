"""The mails about joining and leaving: from whom, to whom, in which language."""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import DeliveryStatus, MemberRole
from mmcore.services import subscription_notices as notices
from tests.support.queues import queued

TOKEN = "ab" * 20
BART = "Bart@example.com"


@pytest.fixture
def sent(engine, site):
    """Empty the queue: the only mail, its metadata and its text."""

    def take():
        [(msg, msgdata)] = queued(engine, site, "virgin")
        return msg, msgdata, msg.get_payload(decode=True).decode()

    return take


class TestQuestions:
    @pytest.mark.parametrize(
        ("ask", "subject", "german"),
        [
            (notices.ask_to_join, "you want to join test@example.com", "eintragen"),
            (notices.ask_to_leave, "you want to leave test@example.com", "austragen"),
            (notices.invite, "invited to join test@example.com", "eingeladen"),
        ],
    )
    def test_a_mere_reply_is_a_yes(self, engine, mlist, sent, ask, subject, german):
        ask(engine, mlist, BART, TOKEN)
        msg, msgdata, text = sent()
        assert subject in msg["Subject"]
        assert msg["From"] == f"test-confirm+{TOKEN}@example.com"
        assert msg["To"] == BART
        assert msg["Auto-Submitted"] == "auto-generated"
        assert "precedence" not in msg
        assert msgdata["recipients"] == [BART]
        assert msgdata["reduced_list_headers"] is True
        assert f"    confirm {TOKEN}" in text
        assert f"    {BART}" in text
        assert "$" not in text
        mlist.preferred_language = "de"
        ask(engine, mlist, BART, TOKEN)
        assert german in sent()[2]

    def test_the_form_of_the_address_is_that_of_the_site(self, engine, mlist, sent, settings):
        settings.mta.verp_confirm_format = "$address--$cookie"
        notices.ask_to_join(engine, mlist, BART, TOKEN)
        assert sent()[0]["From"] == f"test-confirm--{TOKEN}@example.com"

    def test_without_tokens_in_addresses_it_is_in_the_subject(self, engine, mlist, sent, settings):
        settings.mta.verp_confirmations = False
        notices.ask_to_join(engine, mlist, BART, TOKEN)
        msg, _msgdata, text = sent()
        assert msg["From"] == "test-request@example.com"
        assert msg["Subject"] == f"confirm {TOKEN}"
        assert "test-confirm" not in text


class TestNotices:
    @pytest.mark.parametrize(
        ("joining", "subject"),
        [(True, f"{BART} wants to join Test"), (False, f"{BART} wants to leave Test")],
    )
    def test_moderators_are_asked_at_the_owners_address(
        self, engine, mlist, sent, joining, subject
    ):
        notices.ask_moderators(engine, mlist, BART, "Bart Person", joining=joining)
        msg, msgdata, text = sent()
        assert msg["Subject"] == subject
        assert msg["From"] == msg["To"] == "test-owner@example.com"
        assert msg["Precedence"] == "bulk"
        assert msgdata["recipients"] == ["test-owner@example.com"]
        assert f"Bart Person <{BART}>" in text

    @pytest.mark.parametrize(
        ("joined", "subject", "phrase"),
        [
            (True, "Test: a new member", "is now a member"),
            (False, "Test: a member has left", "is no longer a member"),
        ],
    )
    def test_administrators_who_get_mail_are_told(
        self, engine, site, mlist, sent, joined, subject, phrase
    ):
        for name, role in (("o", MemberRole.owner), ("m", MemberRole.moderator)):
            mlist.subscribe(site.addresses.add(f"{name}@example.com"), role)
            away = mlist.subscribe(site.addresses.add(f"{name}away@example.com"), role)
            away.preferences.delivery_status = DeliveryStatus.by_user
        notices.tell_administrators(engine, mlist, BART, "", joined=joined)
        msg, msgdata, text = sent()
        assert msg["Subject"] == subject
        assert msg["To"] == "test-owner@example.com"
        assert msgdata["recipients"] == ["m@example.com", "o@example.com"]
        assert msgdata["sender"] == engine.settings.mmcore.site_owner
        assert text.startswith(f"{BART} {phrase}")

    def test_names_can_add_nothing(self, engine, mlist, sent):
        mlist.display_name = "Test\r\nX-Bad: yes"
        notices.ask_moderators(engine, mlist, BART, "Bart\n\nspam", joining=True)
        msg, _, text = sent()
        assert "x-bad" not in msg
        assert f"Bart spam <{BART}>" in text

    def test_the_farewell_is_in_the_language_given(self, engine, mlist, sent):
        for language, phrase in (("en", "You are no longer"), ("de", "Sie sind nicht mehr")):
            notices.say_goodbye(engine, mlist, BART, "Bärt Person", language)
            msg, msgdata, text = sent()
            assert text.startswith(phrase)
            assert msg["From"] == "test-bounces@example.com"
            assert msg["To"].endswith(f"<{BART}>")
            assert msgdata["recipients"] == [BART]
