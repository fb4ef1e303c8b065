"""Reports in whatever form are read: at least what the library finds in its own samples."""

from __future__ import annotations

import email
import zipfile

import pytest
from flufl.bounce import all_failures
from hypothesis import given
from hypothesis import strategies as st

from mmcore.interfaces.bounce import BounceCause
from mmcore.message.delivery_status import Action, RecipientStatus
from mmcore.message.message import Message
from mmcore.message.originals import original_of
from mmcore.services.bounce_causes import classify
from mmcore.services.bounce_reading import failure_of, read_report
from tests.mmcore.message.samples import SAMPLES
from tests.support.engine import ROOT
from tests.support.failure_reports import failed, parsed, report
from tests.support.malformed import MALFORMED

#: The samples of flufl.bounce; see NOTICE beside it.
CORPUS = ROOT / "tests/data/bounces/flufl-bounce-6.0.0.zip"


def samples() -> dict[str, bytes]:
    with zipfile.ZipFile(CORPUS) as corpus:
        return {
            name.removeprefix("data/"): corpus.read(name)
            for name in corpus.namelist()
            if name.startswith("data/")
        }


FOUND = samples()

#: What is said in some of them, in many words and few: (code, enhanced code, cause).
REASONS = {
    "dsn_01.txt": (0, "5.0.0", BounceCause.mailbox_full),
    "dsn_02.txt": (0, "4.4.7", BounceCause.network),
    "dsn_14.txt": (550, "5.1.1", BounceCause.mailbox_gone),
    "dsn_16.txt": (550, "5.0.0", BounceCause.mailbox_gone),
    "exim_01.txt": (553, "5.1.1", BounceCause.mailbox_gone),
    "groupwise_02.txt": (0, "", BounceCause.mailbox_gone),
    "hotpop_01.txt": (0, "", BounceCause.mailbox_full),
    "newmailru_01.txt": (0, "", BounceCause.mailbox_full),
    "postfix_01.txt": (550, "5.1.1", BounceCause.mailbox_gone),
    "postfix_02.txt": (0, "", BounceCause.network),
    "qmail_03.txt": (0, "5.1.1", BounceCause.mailbox_gone),
    "qmail_06.txt": (0, "", BounceCause.mailbox_full),
    "simple_01.txt": (552, "", BounceCause.mailbox_full),
    "simple_12.txt": (0, "", BounceCause.mailbox_gone),
    "simple_13.txt": (0, "", BounceCause.mailbox_gone),
    "simple_18.txt": (554, "", BounceCause.network),
    "simple_23.txt": (0, "", BounceCause.mailbox_gone),
    "simple_25.txt": (0, "", BounceCause.mailbox_gone),
    "simple_30.txt": (553, "5.3.0", BounceCause.mailbox_gone),
    "simple_42.txt": (550, "5.7.1", BounceCause.content),
    "simple_45.txt": (550, "", BounceCause.mailbox_full),
    "smtp32_01.txt": (0, "", BounceCause.network),
    "smtp32_04.txt": (553, "5.3.0", BounceCause.mailbox_gone),
    "yahoo_01.txt": (0, "4.4.1", BounceCause.network),
    "yahoo_11.txt": (550, "5.1.1", BounceCause.mailbox_gone),
}


class TestCorpus:
    def test_it_is_there(self):
        assert len(FOUND) == 117

    @pytest.mark.parametrize("name", FOUND)
    def test_we_find_what_the_library_finds(self, name):
        temporary, permanent = all_failures(email.message_from_bytes(FOUND[name]))
        # Over the wire they come in other lines than they are stored in.
        reading = read_report(Message.parse(FOUND[name].replace(b"\n", b"\r\n")))
        found = {status.addresses[0].lower().encode() for status in reading.permanent}
        assert found == {address.lower() for address in permanent}
        assert reading.temporary == bool(temporary)

    @pytest.mark.parametrize("name", REASONS)
    def test_the_reason_is_found_too(self, name):
        msg = Message.parse(FOUND[name].replace(b"\n", b"\r\n"))
        status = read_report(msg).permanent[0]
        cause = classify(status.code, status.enhanced, status.text)
        assert (status.code, status.enhanced, cause) == REASONS[name]

    @given(st.sampled_from(sorted(FOUND)), st.integers(0, 3000), st.binary(max_size=50))
    def test_damaged_ones_can_be_read_as_well(self, name, at, noise):
        data = FOUND[name]
        msg = Message.parse(data[:at] + noise + data[at + len(noise) :])
        read_report(msg)
        original_of(msg)


class TestReading:
    def test_the_standard_counts_more_than_the_words(self):
        text = "The following addresses had permanent fatal errors:\n<b@example.com>"
        reading = read_report(report(failed(), text=text))
        assert [status.addresses for status in reading.permanent] == [("aperson@example.com",)]
        assert (reading.temporary, reading.passed) == (False, False)

    def test_what_arrives_later_or_has_arrived(self):
        late = failed(action="delayed", status="4.4.1")
        arrived = failed("b@example.com", action="delivered", status="2.0.0")
        reading = read_report(report(late, arrived))
        assert (reading.permanent, reading.temporary, reading.passed) == ((), True, True)

    def test_a_reason_in_words_is_taken_where_the_standard_says_none(self):
        block = "Final-Recipient: rfc822; aperson@example.com\nAction: failed\nStatus: 5.0.0\n"
        text = "<aperson@example.com>: host mx said: 552 5.2.2 Mailbox\n    full (in reply)"
        [status] = read_report(report(block, text=text)).permanent
        assert (status.code, status.enhanced) == (552, "5.2.2")
        assert status.text == "552 5.2.2 Mailbox full (in reply)"

    def test_a_reason_is_not_taken_from_what_is_enclosed(self):
        block = "Final-Recipient: rfc822; aperson@example.com\nAction: failed\nStatus: 5.0.0\n"
        enclosed = "Subject: Look\n\n<aperson@example.com>: 550 5.1.1 User unknown\n"
        msg = report(block, text="Sorry.", enclosed=enclosed)
        page = Message.parse(msg.as_bytes().replace(b"text/plain", b"text/html", 1))
        for each in (msg, page):
            [status] = read_report(each).permanent
            assert (status.code, status.enhanced, status.text) == (0, "", "")

    def test_a_reason_may_stand_in_a_page(self):
        block = "Final-Recipient: rfc822; aperson@example.com\nAction: failed\nStatus: 5.0.0\n"
        msg = report(block, text="<p>aperson@example.com<br>552 5.2.2 Mailbox full</p>")
        page = Message.parse(msg.as_bytes().replace(b"text/plain", b"text/html", 1))
        [status] = read_report(page).permanent
        assert (status.code, status.enhanced) == (552, "5.2.2")
        assert status.text == "552 5.2.2 Mailbox full"

    def test_words_alone_have_no_codes(self):
        msg = parsed(
            "X-Failed-Recipients: anne@example.com\n\nDear,\n\n  anne@example.com\n\n"
            "    mailbox is full:\n    retry timeout exceeded\n\n------ A copy ------\nHi\n"
        )
        [status] = read_report(msg).permanent
        assert status.text == "anne@example.com mailbox is full: retry timeout exceeded"
        assert (status.code, status.enhanced) == (0, "")

    @pytest.mark.parametrize("sample", [*SAMPLES, *MALFORMED])
    def test_strange_messages(self, sample):
        read_report(Message.parse({**SAMPLES, **MALFORMED}[sample]))


class TestFailureOf:
    def status(self, *addresses: str) -> RecipientStatus:
        return RecipientStatus(addresses, Action.failed, 550, "5.1.1", "gone")

    def test_a_member_is_blamed_rather_than_somebody_else(self, mlist, anne):
        status = self.status("x@gmail.example", "aperson+40example.com@x.y", "Aperson@example.com")
        failure = failure_of(mlist, status)
        assert failure.email == "Aperson@example.com"
        assert (failure.code, failure.enhanced, failure.text) == (550, "5.1.1", "gone")

    def test_without_a_member_the_first_address_counts(self, mlist):
        assert failure_of(mlist, self.status("a@b.example", "c@d.example")).email == "a@b.example"

    def test_nobody_is_blamed_for_what_is_no_address(self, mlist):
        assert failure_of(mlist, self.status("ä@b.example", "what@ever")) is None
