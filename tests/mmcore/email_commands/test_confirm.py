"""confirm: consents to subscriptions, and decisions about held messages."""

from __future__ import annotations

import pytest

from mmcore.interfaces.action import Action
from mmcore.interfaces.subscription import SubscriptionPolicy
from mmcore.services import passwords
from mmcore.services.held_decisions import decide
from mmcore.services.moderation import hold_message
from mmcore.services.subscriptions import register, unregister
from tests.support.messages import message
from tests.support.queues import queued

SECRET = "Open Sesame"
MAX = "max@example.net"
NOTHING = "Nothing is waiting under this token"
STILL = "The message is still held."


@pytest.fixture
def guarded(mlist):
    """The list, with a moderator password."""
    mlist.moderator_password = passwords.hash(SECRET)
    return mlist


@pytest.fixture
def stub(engine, site, mlist):
    """Hold a post; returns the part of the notice that a moderator replies to."""
    hold_message(
        engine, mlist, message("From: x@example.net\nMessage-ID: <held>\n\nSpring.\n"), {}, []
    )
    notices = {msg["to"]: msg for msg, _msgdata in queued(engine, site, "virgin")}
    return notices["test-owner@example.com"].get_payload()[2].get_payload()[0]


@pytest.fixture
def reply(stub, mail):
    """Reply to it as a moderator; `fields` and `text` as given."""

    def reply(fields="", text="", **keywords):
        quoted = "".join(f"> {line}\n" for line in stub.get_payload().splitlines())
        return mail(
            f"Subject: Re: {stub['subject']}\n{fields}\n{text}\n{quoted}", sender=MAX, **keywords
        )

    return reply


@pytest.fixture
def decided(engine, site):
    """What has become of the held post."""

    def decided():
        accepted = [msg["message-id"] for msg, _msgdata in queued(engine, site, "pipeline")]
        return "accepted" if accepted else "held" if len(site.held) else "discarded"

    return decided


class TestModerating:
    def test_a_mere_reply_discards(self, guarded, reply, decided):
        assert reply().said == "The held message was discarded."
        assert decided() == "discarded"

    def test_so_it_does_on_a_list_without_a_password(self, mlist, reply, decided):
        reply()
        assert decided() == "discarded"

    def test_the_password_in_the_first_line_accepts(self, guarded, reply, decided):
        sent = reply(text=f"Approved: {SECRET}")
        assert sent.said == "The held message was accepted."
        assert SECRET not in sent.results.as_string()
        assert decided() == "accepted"

    @pytest.mark.parametrize("name", ["Approved", "Approve", "X-Approved", "X-Approve"])
    def test_so_does_the_password_in_the_header(self, guarded, reply, decided, name):
        reply(f"{name}: {SECRET}\n")
        assert decided() == "accepted"

    def test_a_wrong_password_changes_nothing(self, site, guarded, reply, decided):
        sent = reply("Approved: wrong\n")
        assert sent.said == f"The Approved password is wrong. {STILL}"
        assert decided() == "held"
        reply(f"Approved: {SECRET}\n")
        assert decided() == "accepted"

    def test_a_password_for_a_list_that_has_none_discards_nothing(self, mlist, reply, decided):
        sent = reply(text=f"Approved: {SECRET}")
        assert sent.said == (
            f"This list has no moderator password, so nothing can be approved by mail. {STILL}"
        )
        assert SECRET not in sent.text
        assert decided() == "held"

    def test_nor_does_a_password_at_the_wrong_place(self, guarded, reply, decided):
        sent = reply(text=f"Fine with me.\n\nApproved: {SECRET}")
        assert "only read where plain text begins" in sent.said
        assert SECRET not in sent.results.as_string()
        assert decided() == "held"

    def test_nor_one_in_html(self, guarded, stub, mail, decided):
        sent = mail(
            f"Subject: Re: {stub['subject']}\nContent-Type: text/html\n\n"
            f"<p>Approved: {SECRET}</p>\n", sender=MAX,
        )  # fmt: skip
        assert STILL in sent.said
        assert decided() == "held"

    def test_acting_twice_is_answered_politely(self, guarded, reply, decided):
        reply(f"Approved: {SECRET}\n")
        assert decided() == "accepted"
        sent = reply()
        assert sent.said.startswith(NOTHING)
        assert decided() == "discarded"

    @pytest.mark.parametrize("action", [Action.accept, Action.reject, Action.discard])
    def test_a_decision_elsewhere_makes_the_token_void(self, engine, site, guarded, reply, action):
        [held] = site.held.values()
        decide(engine, guarded, held, action)
        for queue in ("pipeline", "virgin"):
            queued(engine, site, queue)
        assert reply().said.startswith(NOTHING)
        assert len(site.queues["pipeline"]) == 0

    def test_one_that_was_only_deferred_still_waits(self, engine, site, guarded, reply, decided):
        [held] = site.held.values()
        decide(engine, guarded, held, Action.defer)
        reply()
        assert decided() == "discarded"

    def test_a_token_whose_message_is_gone_is_void(self, site, guarded, reply):
        site.held.remove(next(iter(site.held.values())).request_id)
        assert reply().said.startswith(NOTHING)

    def test_a_token_of_another_list_is_none(self, engine, site, guarded, stub, mail, decided):
        other = site.lists.add("other@example.com")
        engine.styles["legacy-default"].apply(other)
        engine.email_commands["confirm"].process(
            other, message("From: x@example.net\n\n"), {}, [stub["subject"].split()[1]],
            results := Quiet(),
        )  # fmt: skip
        assert results.lines[0].startswith(NOTHING)
        assert results.send_response
        assert decided() == "held"

    def test_the_address_with_the_token_will_do(self, guarded, stub, mail, decided):
        token = stub["subject"].split()[1]
        sent = mail(f"Subject: x\nApproved: {SECRET}\n\n", to=f"confirm+{token}", sender=MAX)
        assert (sent.results, sent.others) == (None, {})
        assert decided() == "accepted"


class Quiet:
    """Results that are only collected."""

    send_response = False
    may_quote = True

    def __init__(self):
        self.lines, self.confirms, self.joins = [], set(), set()

    def print(self, text):
        self.lines.append(text)


class TestConfirming:
    @pytest.fixture
    def token(self, engine, site, mlist):
        """Of somebody who wants to join, and is asked."""
        token, _owner, _member = register(engine, mlist, site.addresses.add(MAX))
        queued(engine, site, "virgin")
        return token

    def test_a_reply_to_the_question_is_enough_and_silent(self, mlist, token, mail):
        sent = mail("Subject: Re: x\n\n> x\n", to=f"confirm+{token}", sender=MAX)
        assert sent.results is None
        assert list(sent.others) == [MAX]
        assert "Welcome" in sent.others[MAX]["subject"]
        assert [member.email for member in mlist.members.members()] == [MAX]

    @pytest.mark.parametrize("line", ["confirm {}", "Confirm <{}>", "> confirm {}", "CONFIRM {}."])
    def test_so_is_the_command(self, mlist, token, mail, line):
        sent = mail(f"Subject: Hello\n\n{line.format(token.upper())}\nwho\n", sender=MAX)
        assert "Confirmed." in sent.said
        assert len(mlist.members) == 1
        assert "- Unprocessed:\n    1 line\n" in sent.text

    def test_twice_is_answered_politely(self, token, mail):
        mail("Subject: x\n\n", to=f"confirm+{token}", sender=MAX)
        sent = mail("Subject: x\n\n", to=f"confirm+{token}", sender=MAX)
        assert sent.said.startswith(NOTHING)

    def test_moderators_may_have_to_decide(self, mlist, token, mail):
        mlist.subscription_policy = SubscriptionPolicy.confirm_then_moderate
        said = mail(f"Subject: confirm {token}\n\n", sender=MAX).said
        assert said == "Confirmed; now the moderators will decide."
        assert len(mlist.members) == 0

    def test_invitations_are_accepted(self, engine, site, mlist, mail):
        address = site.addresses.add("guest@example.net")
        token, _owner, _member = register(engine, mlist, address, invitation=True)
        queued(engine, site, "virgin")
        assert mail("Subject: x\n\n", to=f"confirm+{token}").results is None
        assert len(mlist.members) == 1

    def test_leaving_is_confirmed(self, engine, site, mlist, anne, mail):
        token, _owner, _member = unregister(engine, anne)
        queued(engine, site, "virgin")
        assert mail("Subject: x\n\n", to=f"confirm+{token}").results is None
        assert len(mlist.members) == 0

    def test_who_is_banned_meanwhile_is_told(self, mlist, token, mail):
        mlist.bans.add(MAX)
        sent = mail("Subject: x\n\n", to=f"confirm+{token}", sender=MAX)
        assert sent.said == "You are banned from this list."
        assert len(mlist.members) == 0

    def test_who_is_a_member_meanwhile_is_told(self, site, mlist, token, mail):
        mlist.subscribe(site.addresses.get(MAX))
        sent = mail(f"Subject: confirm {token}\n\n", sender=MAX)
        assert sent.said == "You are already a member of this list."

    def test_without_a_token_there_is_nothing_to_confirm(self, anne, mail):
        assert mail("Subject: confirm\n\n").said == "No confirmation token found."

    def test_a_token_of_another_list_is_none(self, engine, site, mlist, mail):
        other = site.lists.add("other@example.com")
        engine.styles["legacy-default"].apply(other)
        token, _owner, _member = register(engine, other, site.addresses.add(MAX))
        queued(engine, site, "virgin")
        assert mail("Subject: x\n\n", to=f"confirm+{token}").said.startswith(NOTHING)
        assert len(other.members) == 0
