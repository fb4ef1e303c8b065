"""Digests reach everybody who reads them, once, in the form that they want."""

from __future__ import annotations

import pytest

from mmcore.interfaces.digest import NoSuchIssueError
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from mmcore.services.digest_sending import recipients, send_issue
from mmcore.services.digests import collect, send
from tests.support.digests import parts_of, post, text_of, undigest
from tests.support.queues import queued

PLAIN, MIME = DeliveryMode.plaintext_digests, DeliveryMode.mime_digests
LIST_ID = "test.example.com"


@pytest.fixture
def reader(site, mlist):
    """Subscribe an address."""

    def subscribe(email, mode):
        member = mlist.subscribe(site.addresses.add(email))
        member.preferences.delivery_mode = mode
        return member

    return subscribe


@pytest.fixture
def sent(engine, site, mlist):
    """Send what was collected; returns what stands in `virgin`."""

    def sent():
        send(engine, mlist)
        for _, msgdata in queued(engine, site, "digest"):
            send_issue(engine, mlist, msgdata)
        return queued(engine, site, "virgin")

    return sent


class TestSendIssue:
    def test_both_forms_are_left_for_their_readers(self, engine, site, mlist, reader, sent):
        reader("Anne@Example.com", MIME)
        reader("bart@example.com", PLAIN)
        reader("cris@example.com", DeliveryMode.summary_digests)
        reader("dora@example.com", DeliveryMode.regular)
        for number in (1, 2):
            collect(engine, mlist, post(number))
        (mime, mime_data), (plain, plain_data) = sent()
        assert mime_data["recipients"] == ["Anne@Example.com", "cris@example.com"]
        assert plain_data["recipients"] == ["bart@example.com"]
        for msgdata in (mime_data, plain_data):
            assert (msgdata["listid"], msgdata["isdigest"]) == (LIST_ID, True)
        assert [p["message-id"] for p in parts_of(mime)[1]] == [
            "<m1@example.com>", "<m2@example.com>",
        ]  # fmt: skip
        assert "text number 2" in undigest(text_of(plain)).posts[1][1]
        assert plain["subject"] == mime["subject"] == "Test Digest, Vol 1, Issue 1"
        assert plain["message-id"] != mime["message-id"]
        assert site.digests.issue_ids() == []

    def test_only_what_somebody_reads_is_written(self, engine, mlist, reader, sent):
        reader("bart@example.com", PLAIN)
        collect(engine, mlist, post(1))
        [(msg, _)] = sent()
        assert msg.get_content_type() == "text/plain"

    def test_without_readers_nothing_is_written(self, engine, site, mlist, anne, sent):
        collect(engine, mlist, post(1))
        assert sent() == []
        assert site.digests.issue_ids() == []
        assert mlist.next_digest_number == 2

    def test_it_is_in_the_language_of_the_list(self, engine, mlist, reader, sent):
        mlist.preferred_language = "de"
        reader("bart@example.com", PLAIN)
        collect(engine, mlist, post(1))
        [(msg, _)] = sent()
        assert "Dies ist eine Sammelmail" in text_of(msg)
        assert "End of Test Digest, Vol 1, Issue 1\n***" in text_of(msg).replace("\r\n", "\n")

    def test_an_issue_that_does_not_exist_is_an_error(self, engine, mlist):
        for msgdata in ({}, {"digest_id": "nope", "volume": 1, "digest_number": 1}):
            with pytest.raises(NoSuchIssueError):
                send_issue(engine, mlist, msgdata)


class TestRecipients:
    def test_last_readers_get_it_as_long_as_they_get_mail(self, engine, site, mlist, reader, sent):
        members = [reader(f"{name}@example.com", PLAIN) for name in ("anne", "bart", "cris")]
        collect(engine, mlist, post(1))
        for member in members:
            member.preferences.delivery_mode = DeliveryMode.regular
        members[0].preferences.delivery_status = DeliveryStatus.by_user
        mlist.send_one_last_digest_to("stranger@example.com", MIME)
        # Back again: once is enough, and as she wants it now.
        members[2].preferences.delivery_mode = MIME
        found = {msgdata["recipients"][0]: msg.get_content_type() for msg, msgdata in sent()}
        assert found == {
            "bart@example.com": "text/plain", "cris@example.com": "multipart/mixed",
        }  # fmt: skip
        # That was the last one.
        collect(engine, mlist, post(2))
        assert [msgdata["recipients"] for _, msgdata in sent()] == [["cris@example.com"]]

    def test_everybody_stands_there_once(self, site, mlist, reader, engine):
        reader("Anne@Example.com", MIME)
        mlist.send_one_last_digest_to("ANNE@example.com", PLAIN)
        collect(engine, mlist, post(1))
        issue = site.digests.issue(site.digests.take(LIST_ID))
        assert recipients(mlist, issue) == (["Anne@Example.com"], [])
