"""What is explained is what happens: the same decisions, recipients and bytes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmcore.explain.explanation import Explanation
from mmcore.explain.rehearse import Question
from mmcore.interfaces.action import Action, FilterAction
from mmcore.interfaces.mailing_list import (
    DMARCMitigateAction,
    Personalization,
    ReplyToMunging,
)
from mmcore.message.message import Message
from mmcore.services.dmarc import Policy
from tests.mmcore.explain.house import MEMBERS, House, Reality
from tests.support.engine import ROOT
from tests.support.malformed import MALFORMED

AS_IF = Question(as_if_accepted=True)
CORPUS = {path.name: path.read_bytes() for path in sorted((ROOT / "tests/data").glob("*.eml"))}
CORPUS |= MALFORMED

ALTERNATIVE = b"""\
From: Anne Person <anne@example.com>
To: ant@example.com, Bart <bart@example.com>
Cc: cris@example.com
Subject: =?utf-8?q?Stra=C3=9Fe?=
Date: Mon, 20 Nov 2023 10:00:00 +0100
Message-ID: <alternative@example.com>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

Stra\xc3\x9fe
--b
Content-Type: text/html; charset="utf-8"

<p>Stra&szlig;e <b>now</b></p>
--b--
"""
ATTACHED = b"""\
From: Bart <bart@example.com>
To: ant@example.com
Reply-To: bart@example.org
Subject: Re: With a file
Message-ID: <attached@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset="us-ascii"

<p>Look!</p>
--b
Content-Type: application/octet-stream; name="virus.exe"
Content-Transfer-Encoding: base64

TVqQAAMAAAAEAAAA
--b--
"""
PLAIN = b"""\
From: anne@example.com
To: ant@example.com
Subject: Hello
Message-ID: <plain@example.com>
X-Mailer: A program
DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x; h=from; bh=; b=

Hello, all.
"""
MERGE = PLAIN.replace(b"Subject: Hello", b"X-Mail-Merge: yes\nSubject: Hello $user_name").replace(
    b"Hello, all.", b"Hello, $member!"
)
STRANGER = PLAIN.replace(b"anne@", b"eve@")
POSTS = {"alternative": ALTERNATIVE, "attached": ATTACHED, "plain": PLAIN, "stranger": STRANGER}

#: Preferences of members that do so.
WISHES = ("acknowledge_posts", "receive_own_postings", "receive_list_copy")

DISPOSALS = ("reject", "discard", "forward", "preserve")

#: Settings of lists that change what becomes of a post.
LISTS = st.fixed_dictionaries(
    {},
    optional={
        "anonymous_list": st.booleans(),
        "description": st.sampled_from(["", "All about ants", "Über Ameisen\nund mehr"]),
        "subject_prefix": st.sampled_from(["", "[Ant] ", "[Ant %d] ", "[Ämse %05d] "]),
        "reply_goes_to_list": st.sampled_from(list(ReplyToMunging)),
        "reply_to_address": st.sampled_from(["", "other@example.com"]),
        "first_strip_reply_to": st.booleans(),
        "include_rfc2369_headers": st.booleans(),
        "preferred_language": st.sampled_from(["en", "de"]),
        "dmarc_mitigate_action": st.sampled_from(
            [action for action in DMARCMitigateAction if action.value < 3]
        ),
        "dmarc_wrapped_message_text": st.sampled_from(["", "Wrapped, für dich."]),
        "filter_content": st.booleans(),
        "filter_types": st.sampled_from([(), ("application",), ("text/html",)]),
        "pass_types": st.sampled_from([(), ("text", "multipart")]),
        "filter_action": st.sampled_from(
            [
                FilterAction.reject,
                FilterAction.discard,
                FilterAction.forward,
                FilterAction.preserve,
            ]
        ),
        "filter_extensions": st.sampled_from([(), ("exe",)]),
        "collapse_alternatives": st.booleans(),
        "convert_html_to_plaintext": st.booleans(),
        "emergency": st.booleans(),
        "default_member_action": st.sampled_from([Action.defer, Action.hold, Action.reject]),
        "default_nonmember_action": st.sampled_from([Action.hold, Action.accept, Action.discard]),
        "digests_enabled": st.booleans(),
        "gateway_to_news": st.booleans(),
        "linked_newsgroup": st.just("comp.ants"),
        "require_explicit_destination": st.booleans(),
        "max_num_recipients": st.sampled_from([0, 2]),
        "admin_immed_notify": st.booleans(),
        "personalize": st.sampled_from(list(Personalization)),
    },
)
#: Footers, and names of members in them.
FOOTERS = ("", "-- \n$fqdn_listname\n", "For $user_name_or_email <$user_email>, $user_language\n")
PERSONS = ("", "Anne Person", 'Änne "A" Person')


@pytest.fixture(scope="module", autouse=True)
def a_day_on_which_time_stands_still() -> Any:
    """When a moderator will decide is the one thing that nobody can say beforehand."""
    with pytest.MonkeyPatch.context() as patch:
        day = "Tue, 21 Nov 2023 12:00:00 +0000"
        patch.setattr("mmcore.services.held_decisions.formatdate", lambda localtime: day)
        patch.setattr("mmcore.explain.conclusions.find_policy", nothing_found)
        patch.setattr("mmcore.services.dmarc.find_policy", nothing_found)
        yield


def nothing_found(known: Any, domain: str, deadline: float | None = None) -> Policy:
    """No test asks the DNS."""
    return Policy()


def compare(told: Explanation, reality: Reality) -> None:
    """Whether an explanation was right."""
    assert told.error is None
    copies = [copy for copy in reality.copies if copy.recipients]
    recipients = [email for copy in copies for email in copy.recipients]
    assert told.recipients.count == len(recipients)
    assert list(told.recipients.sample) == recipients[:10]
    if not copies:
        assert told.copy is None
    else:
        assert told.copy is not None
        assert (told.copy.sender, told.copy.content) == copies[0].copy(0)
    assert [(notice.to, notice.subject) for notice in told.notices] == reality.notices
    # Posts in a digest do not lie in a queue.
    assert {name: n for name, n in told.queues.items() if name != "digest"} == reality.queues


def check(house: House, list_id: str, content: bytes) -> None:
    """Explain a message, post it, and compare; accept it if it is held."""
    told = house.explained(list_id, content)
    as_if = house.explained(list_id, content, AS_IF)
    # Nobody says who the envelope sender is: it is the author.
    reality = house.post(list_id, content, told.sender)
    compare(told, reality)
    assert (told.decision == "hold") == bool(reality.held)
    if not reality.held:
        assert as_if == told
        return
    [number] = reality.held
    again = house.explained_held(list_id, number)
    accepted = house.accept(list_id, number)
    assert again.decision == "hold"
    compare(again, accepted)
    # What the author and the moderators were told when it was held comes on top.
    accepted.notices = reality.notices + accepted.notices
    compare(as_if, accepted)


class TestReality:
    @pytest.mark.parametrize("name", POSTS)
    def test_posts_to_an_ordinary_list(self, house, ant, name):
        check(house, ant, POSTS[name])

    @pytest.mark.parametrize("name", CORPUS)
    def test_strange_messages(self, house, name):
        content = CORPUS[name]
        if not Message.parse(content).sender:
            # Without an author they would all be thrown away.
            content = b"From: anne@example.com\r\n" + content
        if not Message.parse(content)["message-id"]:
            # New ones are made from what other servers have said about the message.
            content = b"Received: from x by y; Mon, 20 Nov 2023 10:00:00 +0100\r\n" + content
        check(house, house.new_list(default_nonmember_action=Action.accept), content)

    @hypothesis_settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        chosen=LISTS,
        unconditionally=st.booleans(),
        post=st.sampled_from(list(POSTS)),
        member=st.fixed_dictionaries({}, optional=dict.fromkeys(WISHES, st.booleans())),
    )
    def test_lists_of_all_kinds(self, house, chosen, unconditionally, post, member):
        list_id = house.new_list(dmarc_mitigate_unconditionally=unconditionally, **chosen)
        with house.transaction() as site:
            for email in MEMBERS[:2]:
                preferences = site.lists.get(list_id).members.get(email).preferences
                for wish, value in member.items():
                    setattr(preferences, wish, value)
        check(house, list_id, POSTS[post])

    @hypothesis_settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        kind=st.sampled_from(list(Personalization)),
        verp=st.booleans(),
        footer=st.sampled_from(FOOTERS),
        name=st.sampled_from(PERSONS),
        post=st.sampled_from([*POSTS, "merge"]),
        url=st.sampled_from(["", "https://lists.example.com"]),
    )
    def test_the_copy_of_everybody(self, house, kind, verp, footer, name, post, url):
        content = {**POSTS, "merge": MERGE}[post]
        list_id = house.new_list(personalize=kind, default_nonmember_action=Action.accept)
        with house.transaction() as site:
            site.addresses.get(MEMBERS[1]).display_name = name
        path = house.settings.paths.template_dir / "lists" / list_id / "en"
        path.mkdir(parents=True)
        text = path / "list.member.regular.footer.txt"
        text.write_text(footer, encoding="utf-8")
        with house.delivering(verp, url):
            told = {
                email: house.explained(list_id, content, Question(member=email))
                for email in MEMBERS
            }
            reality = house.post(list_id, content, told[MEMBERS[0]].sender)
        found = {
            email: copy.copy(index)
            for copy in reality.copies
            for index, email in enumerate(copy.recipients)
        }
        assert found
        for email, explanation in told.items():
            shown = explanation.copy
            assert explanation.error is None
            assert (shown and (shown.sender, shown.content)) == found.get(email)

    def test_mail_to_the_owners(self, house, ant):
        told = house.explained(ant, STRANGER, Question(to_owner=True))
        reality = house.post(ant, STRANGER, told.sender, to_owner=True)
        assert told.decision == "accept"
        assert told.recipients.sample == (house.settings.mmcore.site_owner,)
        compare(told, reality)

    def test_signed_messages(self, tmp_path_factory, monkeypatch):
        # A signature says when it was made.
        monkeypatch.setattr("dkim.time", SimpleNamespace(time=lambda: 1_700_000_000))
        house = House(Path(tmp_path_factory.mktemp("h")), signing=True)
        list_id = house.new_list()
        check(house, list_id, ATTACHED)
        told = house.explained(list_id, PLAIN)
        assert told.copy.content.startswith(b"DKIM-Signature: v=1;")
        [step] = [step for step in told.handlers if step.handler == "dkim-sign"]
        assert step.header.count("+DKIM-Signature") == 1
        house.close()
