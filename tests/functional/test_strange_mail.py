"""Mail that is not as it should be goes its whole way, and is not made worse on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ZODB
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ZODB.DemoStorage import DemoStorage

from mmcore.app import Engine, compose, ensure_site
from mmcore.config import Settings
from mmcore.database import Database, Session
from mmcore.interfaces.action import Action, FilterAction
from mmcore.interfaces.mailing_list import (
    ArchivePolicy,
    DMARCMitigateAction,
    Personalization,
    ReplyToMunging,
    ResponseAction,
)
from mmcore.message.message import Message
from mmcore.message.writing import as_sent
from mmcore.mta.content import Content
from mmcore.services.dmarc import Policy
from tests.mmcore.message.samples import SAMPLES
from tests.support.malformed import MALFORMED
from tests.support.passage import Passage, pass_through
from tests.support.wild import wild_mail

AUTHOR = "aperson@example.com"
CORPUS = SAMPLES | MALFORMED
#: Texts that stand around a post.
FOOTER = "list.member.regular.footer"

#: What each list here has: nothing is held for what a message looks like.
OPEN = {
    "default_nonmember_action": Action.accept,
    "require_explicit_destination": False,
    "administrivia": False,
    "max_message_size": 0,
    "max_num_recipients": 0,
}
#: A list that does no more than the standards ask of one.
PLAIN = OPEN | {"subject_prefix": "", "digests_enabled": False}

FOOTERS = ("", "ü\n", "$info\n", "$user_name, $member\n", "für $user_name\n")
SETTINGS = st.fixed_dictionaries(
    {"preferred_language": st.sampled_from(["en", "de"])},
    optional={
        "anonymous_list": st.booleans(),
        "description": st.sampled_from(["All about ants", "Über Ameisen\nund mehr"]),
        "subject_prefix": st.sampled_from(["", "[Ant %d] ", "[Ämse %05d] "]),
        "reply_goes_to_list": st.sampled_from(list(ReplyToMunging)),
        "reply_to_address": st.sampled_from(["", "other@example.com"]),
        "first_strip_reply_to": st.booleans(),
        "include_rfc2369_headers": st.booleans(),
        "dmarc_mitigate_action": st.sampled_from(list(DMARCMitigateAction)),
        "dmarc_mitigate_unconditionally": st.booleans(),
        "dmarc_wrapped_message_text": st.sampled_from(["", "Wrapped, für dich."]),
        "filter_content": st.booleans(),
        "filter_types": st.sampled_from([(), ("application",), ("text/html", "image")]),
        "pass_types": st.sampled_from([(), ("text", "multipart"), ("text/plain",)]),
        "filter_extensions": st.sampled_from([(), ("exe", "txt")]),
        "pass_extensions": st.sampled_from([(), ("txt",)]),
        "filter_action": st.sampled_from(list(FilterAction)),
        "personalize": st.sampled_from(list(Personalization)),
        "collapse_alternatives": st.booleans(),
        "convert_html_to_plaintext": st.booleans(),
        "autorespond_postings": st.sampled_from(list(ResponseAction)),
        "autoresponse_postings_text": st.just("Danke schön, $listname"),
        "default_member_action": st.sampled_from([Action.defer, Action.hold, Action.reject]),
        "archive_policy": st.sampled_from(list(ArchivePolicy)),
        "administrivia": st.booleans(),
        "require_explicit_destination": st.booleans(),
        "max_message_size": st.sampled_from([0, 1]),
        "max_num_recipients": st.sampled_from([0, 2]),
        "digests_enabled": st.booleans(),
    },
)
#: What both a header field and its lines must not have.
BARE = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")


class Site:
    """An engine and a list, as they are at the beginning of each example."""

    def __init__(self, directory: Path) -> None:
        self.settings = Settings.defaults(var_dir=directory)
        self.settings.ensure_dirs()
        self.settings.mmcore.convert_html_max_bytes = 100_000
        self.database = Database(ZODB.DB(DemoStorage()))
        self.session: Session = self.database.session()
        ensure_site(self.session, self.settings)
        self.engine: Engine = compose(self.settings, "strange")
        site = self.session.begin()
        site.domains.add("example.com")
        mlist = site.lists.add("test@example.com")
        self.engine.styles["legacy-default"].apply(mlist)
        for email in (AUTHOR, "bperson@example.org"):
            site.users.make(email, email.partition("@")[0])
            address = site.addresses.get(email)
            address.verify()
            mlist.subscribe(address).preferences.acknowledge_posts = True
        self.session.commit()

    def close(self) -> None:
        self.session.close()
        self.engine.close()
        self.database.close()

    def post(self, content: bytes, values: dict[str, Any], **metadata: Any) -> Passage:
        """What becomes of a message on a list with these settings; nothing of it stays."""
        mlist = self.session.begin().lists.get("test.example.com")
        try:
            for name, value in values.items():
                setattr(mlist, name, value)
            return pass_through(self.engine, mlist, content, AUTHOR, **metadata)
        finally:
            self.session.abort()

    def set_footer(self, text: str) -> None:
        """The text below posts, '' for none."""
        directory = self.settings.paths.template_dir / "lists" / "test.example.com" / "en"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{FOOTER}.txt").write_text(text)
        # It keeps texts for two seconds, and an example of another test may just have been.
        self.engine.handlers["decorate"]._kept.clear()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests; nobody asks the DNS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcore.services.dmarc.find_policy", lambda *_rest: Policy())
        site = Site(Path(tmp_path_factory.mktemp("s")))
        yield site
        site.close()


@pytest.fixture
def bare(house: Site) -> Iterator[Site]:
    """A house whose list has no footer."""
    house.set_footer("")
    yield house


def check_deliverable(passage: Passage) -> None:
    """Whether what leaves is a message that a server takes."""
    received = passage.arrived.as_bytes()
    for departure, _msgdata in (*passage.copies, *passage.notices):
        _sender, content = departure.copy(0)
        again = Message.parse(content)
        assert again.as_bytes() == content
        assert not again.header_changed
        for name, value in again.items():
            # What came in goes out; what was made here is as it should be.
            line = value.raw.removesuffix(b"\n").removesuffix(b"\r")
            if line not in received:
                assert value.isprintable() or "\t" in value, (name, value)
                assert all(len(each) <= 998 for each in line.split(b"\r\n")), (name, value)
                assert not BARE.search(line), (name, value)
        wire = b"".join(Content(content).after_data())
        assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n"
        assert b"\r\n.\r\n" not in wire[:-3]
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire)


class TestWildMail:
    @hypothesis_settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(content=wild_mail, values=SETTINGS, footer=st.sampled_from(FOOTERS))
    def test_it_goes_its_way_on_any_list(self, house, content, values, footer):
        house.set_footer(footer)
        passage = house.post(content, OPEN | values)
        assert passage.failures == []
        assert not passage.left["shunt"]
        assert [len(copy.recipients) > 0 for copy, _ in passage.copies] in ([], [True])
        check_deliverable(passage)

    @hypothesis_settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(content=wild_mail)
    def test_nothing_but_fields_is_added_where_the_list_wants_no_more(self, bare, content):
        passage = bare.post(content, PLAIN)
        assert passage.failures == []
        check_body(passage, content)
        check_deliverable(passage)


def check_body(passage: Passage, content: bytes) -> None:
    """Whether the body is the one that was sent, and so are the fields that describe it."""
    before = passage.arrived
    assert lines(content).endswith(lines(before.body_bytes()))
    for departure, _msgdata in passage.copies:
        after = Message.parse(departure.content)
        assert after.body_bytes() == before.body_bytes()
        raw = {value.raw for value in after.values()}
        content_fields = [
            v.raw for name, v in before.items() if name.lower().startswith("content-")
        ]
        assert raw.issuperset(each for each in content_fields if each.endswith(b"\n"))


def lines(content: bytes) -> bytes:
    """The content with proper line ends."""
    return as_sent(content.replace(b"\r\r\n", b"\r\n"))


class TestCorpus:
    @pytest.mark.parametrize("name", CORPUS)
    def test_body_is_not_touched_where_nothing_is_added(self, bare, name):
        content = CORPUS[name]
        if not Message.parse(content).senders:
            content = b"From: aperson@example.com\r\n" + content
        passage = bare.post(content, PLAIN)
        assert passage.failures == []
        check_body(passage, content)
        check_deliverable(passage)
