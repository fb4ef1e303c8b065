"""What mail to LIST-bounces says becomes events, and blames nobody by mistake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mmcore.interfaces.bounce import BounceCause, BounceContext
from mmcore.interfaces.mailing_list import UnrecognizedBounceDisposition
from mmcore.services.bounce_detection import LONGEST_KEPT, process
from mmcore.services.unsubscribe_tokens import make_token
from mmcore.services.verp import probe_sender
from tests.support.failure_reports import BOUNCES, complaint, failed, parsed, report
from tests.support.queues import queued

ANNE = "aperson@example.com"
VERP = "test-bounces+aperson=example.com@example.com"
VACATION = f"From: {ANNE}\nTo: {VERP}\nMessage-ID: <away>\nAuto-Submitted: auto-replied\n\nAway.\n"


@pytest.fixture
def noted(engine, site, mlist):
    """The events that a mail leads to."""

    def noting(msg):
        process(engine, mlist, msg)
        return site.bounce_events.values()

    return noting


@pytest.fixture
def forwarded(engine, site):
    """How many mails were forwarded to people."""
    return lambda: len(queued(engine, site, "virgin"))


@pytest.fixture
def probe(site, settings, mlist, anne):
    """The address of a probe for Anne."""
    data = {"type": "probe", "member_id": anne.member_id, "message_id": "<x>"}
    token = site.pendings.add(data, timedelta(days=10))
    return probe_sender(settings, mlist, token)


class TestReports:
    def test_who_failed_is_noted_with_the_reason_and_the_report(self, noted, engine, site):
        msg = report(failed())
        [event] = noted(msg)
        assert (event.list_id, event.email) == ("test.example.com", ANNE)
        assert (event.code, event.enhanced, event.text) == (550, "5.1.1", "User unknown")
        assert (event.cause, event.context) == (BounceCause.mailbox_gone, BounceContext.normal)
        assert (event.source, event.message_id) == ("report", "<post@example.com>")
        assert engine.content.get(event.content) == msg.as_bytes()
        assert list(site.bounce_events.references()) == [event.content]

    def test_everybody_in_it_is_noted_once(self, noted):
        events = noted(report(failed(ANNE), failed("b@example.com"), failed(ANNE.upper())))
        assert [event.email for event in events] == [ANNE, "b@example.com"]
        assert len({event.content for event in events}) == 1

    def test_a_failure_for_now_is_nobodys(self, noted, forwarded):
        assert noted(report(failed(action="delayed", status="4.4.1"))) == []
        assert forwarded() == 0

    def test_neither_is_a_success(self, noted, forwarded):
        assert noted(report(failed(action="delivered", status="2.0.0", said="250 OK"))) == []
        assert forwarded() == 0

    def test_who_failed_is_noted_although_others_may_get_it_later(self, noted):
        late = failed("b@example.com", action="delayed", status="4.4.1")
        assert [event.email for event in noted(report(failed(), late))] == [ANNE]

    def test_a_large_report_is_kept_in_part(self, noted, engine):
        [event] = noted(report(failed(), enclosed="Subject: x\n\n" + "x\n" * LONGEST_KEPT))
        assert LONGEST_KEPT <= len(engine.content.get(event.content)) < 2 * LONGEST_KEPT

    def test_what_is_no_report_goes_to_people(self, noted, forwarded):
        assert noted(parsed(f"From: x@y.zz\nTo: {BOUNCES}\n\nWhat is this?\n")) == []
        assert forwarded() == 1

    def test_or_to_nobody_if_the_list_wants_that(self, noted, forwarded, mlist):
        mlist.forward_unrecognized_bounces_to = UnrecognizedBounceDisposition.discard
        assert noted(parsed(f"From: x@y.zz\nTo: {BOUNCES}\n\nWhat is this?\n")) == []
        assert forwarded() == 0

    def test_a_report_about_no_address_goes_to_people(self, noted, forwarded):
        assert noted(report(failed("somebody@localhost"))) == []
        assert forwarded() == 1

    def test_a_list_that_processes_no_bounces(self, noted, forwarded, mlist, caplog):
        caplog.set_level("INFO", "mmcore.bounce")
        mlist.process_bounces = False
        assert noted(report(failed())) == []
        assert forwarded() == 0
        assert "<dsn@mx.example.org> is dropped: bounces are not processed" in caplog.text

    def test_ids_that_are_none_are_not_taken_over(self, noted):
        [event] = noted(report(failed(), enclosed="Message-ID: a b\n\nx\n"))
        assert event.message_id == ""

    def test_nobody_is_ever_answered(self, noted, engine, site):
        for msg in (report(failed()), parsed(VACATION), complaint("From: x@y.zz\n\nHello.\n")):
            noted(msg)
        for _, msgdata in queued(engine, site, "virgin"):
            assert msgdata["recipients"] == [engine.settings.mmcore.site_owner]


class TestVerp:
    def test_the_address_of_the_report_says_whose_mail_failed(self, noted, anne):
        forwarded_to = failed("anne@gmail.example", "5.2.2", "552 5.2.2 Over quota")
        [event] = noted(report(forwarded_to, to=VERP))
        assert (event.email, event.source) == (ANNE, "verp")
        assert (event.code, event.cause) == (552, BounceCause.mailbox_full)

    @pytest.mark.parametrize("name", ["Delivered-To", "Envelope-To", "Apparently-To"])
    def test_in_any_of_its_fields(self, noted, name):
        [event] = noted(report(failed("x@gmail.example"), fields=f"{name}: {VERP}\n"))
        assert event.email == ANNE

    def test_of_several_recipients_its_own_reason_counts(self, noted):
        others = failed("x@gmail.example", "5.7.1", "550 5.7.1 Blocked")
        [event] = noted(report(others, failed(), to=VERP))
        assert event.enhanced == "5.1.1"

    def test_a_failure_for_now_is_nobodys(self, noted, forwarded):
        late = failed(action="delayed", status="4.4.1")
        assert noted(report(failed("b@example.com"), late, to=VERP)) == []
        assert forwarded() == 0

    def test_a_vacation_reply_is_no_failure(self, noted, forwarded, caplog):
        caplog.set_level("INFO", "mmcore.bounce")
        assert noted(parsed(VACATION)) == []
        assert "<away>: VERPed but not a DSN" in caplog.text
        assert forwarded() == 1

    def test_one_of_another_list_says_nothing(self, noted):
        other = VERP.replace("test-", "other-")
        [event] = noted(report(failed("b@example.com"), to=other))
        assert (event.email, event.source) == ("b@example.com", "report")


class TestProbes:
    def test_the_member_of_the_probe_has_failed(self, noted, probe, site):
        [event] = noted(report(failed("x@gmail.example"), to=probe))
        assert (event.email, event.context) == (ANNE, BounceContext.probe)
        assert (event.source, event.code, event.message_id) == ("probe", 550, "<x>")
        assert len(site.pendings) == 0

    def test_whatever_the_report_looks_like(self, noted, probe):
        [event] = noted(parsed(f"From: daemon@x.yy\nTo: {probe}\n\nSorry.\n"))
        assert (event.email, event.context) == (ANNE, BounceContext.probe)
        assert event.cause is BounceCause.unknown

    def test_a_second_report_says_no_more(self, noted, probe, forwarded):
        noted(report(failed(), to=probe))
        events = noted(report(failed("b@example.com"), to=probe))
        assert [event.context for event in events] == [BounceContext.probe, BounceContext.normal]

    def test_a_probe_that_may_still_arrive_is_waited_for(self, noted, probe, site, forwarded):
        late = failed(action="delayed", status="4.4.1")
        assert noted(report(late, to=probe)) == []
        assert (len(site.pendings), forwarded()) == (1, 0)

    def test_a_probe_that_has_arrived_is_waited_for(self, noted, probe, site):
        arrived = failed(action="relayed", status="2.0.0", said="250 OK")
        assert noted(report(arrived, to=probe)) == []
        assert len(site.pendings) == 1

    def test_an_automatic_answer_is_no_failure(self, noted, probe, site, forwarded):
        assert noted(parsed(VACATION.replace(VERP, probe))) == []
        assert (len(site.pendings), forwarded()) == (1, 1)

    def test_of_a_former_member_it_says_nothing(self, noted, probe, anne):
        anne.unsubscribe()
        [event] = noted(report(failed("b@example.com"), to=probe))
        assert (event.email, event.context) == ("b@example.com", BounceContext.normal)

    def test_tokens_of_another_kind_are_none(self, noted, site, settings, mlist):
        token = site.pendings.add({"type": "subscription"}, timedelta(days=1))
        noted(report(failed(), to=probe_sender(settings, mlist, token)))
        assert site.pendings.get(token) is not None


class TestComplaints:
    @pytest.fixture
    def link(self, site, mlist, anne):
        token = make_token(site, mlist.list_id, anne.member_id)
        return (
            f"List-Unsubscribe: <https://x.example/unsubscribe/{token}>\nMessage-ID: <p@q>\n\nHi\n"
        )

    def test_a_proven_one_is_noted(self, noted, link):
        [event] = noted(complaint(link))
        assert (event.email, event.context) == (ANNE, BounceContext.complaint)
        assert (event.cause, event.source) == (BounceCause.complaint, "complaint")
        assert (event.text, event.message_id) == ("abuse SomeProvider/1.0", "<p@q>")
        assert event.content

    def test_an_unproven_one_goes_to_people(self, noted, forwarded, anne):
        assert noted(complaint(f"To: {ANNE}\n\nHello.\n")) == []
        assert forwarded() == 1

    def test_so_does_what_nobody_complains_in(self, noted, forwarded, link):
        assert noted(complaint(link, kind="auth-failure")) == []
        assert forwarded() == 1

    def test_praise_is_not_told(self, noted, forwarded, link):
        assert noted(complaint(link, kind="not-spam")) == []
        assert forwarded() == 0


class TestRepeating:
    def test_a_transaction_that_is_repeated_notes_it_once(self, engine, session, mlist):
        msg = report(failed())
        session.commit()
        for _ in range(2):
            process(engine, session.begin().lists.get("test.example.com"), msg)
            session.abort()
        process(engine, session.begin().lists.get("test.example.com"), msg)
        session.commit()
        assert len(session.begin().bounce_events) == 1

    def test_the_report_is_durable_before_the_event_is(self, engine, session, mlist, monkeypatch):
        synced = []
        monkeypatch.setattr(engine.content, "sync", lambda: synced.append(True))
        session.commit()
        process(engine, session.begin().lists.get("test.example.com"), report(failed()))
        assert synced == []
        session.commit()
        assert synced
        session.begin()
