"""Every notice, as the mail program of its reader sees it, in every language."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr
from string import Template
from typing import Any
from unittest.mock import patch

import pytest

from i18n import available
from mmcore.email_commands import engine as commands
from mmcore.interfaces.action import Action
from mmcore.interfaces.bounce import BounceCause
from mmcore.interfaces.mailing_list import ResponseAction
from mmcore.interfaces.member import DeliveryMode, MemberRole
from mmcore.message.headers import encode
from mmcore.services import (
    bounce_forwarding,
    bounce_notices,
    digests,
    held_decisions,
    moderation,
    notifications,
    refusal,
    storm_notices,
    undelivered,
)
from mmcore.services import subscription_notices as subscriptions
from mmcore.services.auto_responses import tell_no_more
from mmcore.services.bounce_events import Failure
from mmcore.services.bounce_probes import send_probe
from mmcore.services.digest_sending import send_issue
from mmcore.services.welcome import send_welcome
from tests.support.messages import message
from tests.support.queues import queued
from tests.templates.test_texts import ENGLISH

LIST = "eine-ausgesprochen-lange-liste-mit-sehr-vielen-silben-im-namen-01"
HOST = "listen.ein-langer-name-einer-domain.noch-ein-teil.beispiel.example.org"
POSTING = f"{LIST}@{HOST}"
#: What looks like a placeholder in a value is none.
DISPLAY_NAME = "Äpfel,Birnen&«$domain»"
NAMES = ("Jörg Müßiggang-Łukasiewicz, geb. „Ördög“", 'Jo "the Pen" O\'Neil, (Dr.)', "")
JO = "Joerg.Muessiggang@example.net"
#: Senders of posts are known in lower case.
AUTHOR = JO.lower()
TOKEN = "0123456789abcdef" * 2 + "01234567"
TITLE = "Über die Pflege alter Obstbäume, " * 8 + "Teil 3"
REASON = ("The message is too large, this list takes up to {} KB", 4711)
OWNERS = ("ann@example.com", "ben@example.com")
SITE_OWNER = "changeme@example.com"
#: Texts that become parts of posts and of digests.
DECORATION = {
    "list.member.generic.footer", "list.member.regular.header", "list.member.digest.header",
}  # fmt: skip


def address(suffix: str) -> str:
    """A sub-address of the list."""
    return f"{LIST}-{suffix}@{HOST}"


class Scene:
    """A list with everything that is long or foreign, and somebody of a given name."""

    def __init__(self, engine: Any, site: Any, language: str, name: str) -> None:
        self.engine, self.site, self.language, self.name = engine, site, language, name
        site.domains.add(HOST)
        self.mlist = site.lists.add(POSTING)
        engine.styles["legacy-default"].apply(self.mlist)
        self.mlist.display_name = DISPLAY_NAME
        self.mlist.preferred_language = language
        for owner in OWNERS:
            self.mlist.subscribe(site.addresses.add(owner), MemberRole.owner)
        self.member = self.mlist.subscribe(site.addresses.add(JO, name))
        self.post = message(
            f"""\
            From: {JO}
            To: {POSTING}
            Message-ID: <first>
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            Grüße.
            """
        )
        self.post["Subject"] = encode(TITLE)

    def hold(self) -> Any:
        """Have the post held, which sends two notices."""
        return moderation.hold_message(self.engine, self.mlist, self.post, {}, [REASON, "Odd"])

    def quietly_held(self) -> Any:
        """Have the post held without a notice."""
        self.mlist.admin_immed_notify = self.mlist.respond_to_post_requests = False
        return self.hold()

    def bounce(self) -> None:
        """Have the post rejected by a rule."""
        text = moderation.rejection_text(self.engine, self.mlist, [REASON, "Odd"])
        notifications.bounce_to_author(self.engine, self.mlist, self.post, text)

    def acknowledge(self) -> None:
        """Have the post acknowledged to the member, who wants that."""
        self.member.preferences.acknowledge_posts = True
        msgdata = {"lang": self.language}
        self.engine.handlers["acknowledge"].process(self.mlist, self.post, msgdata)

    def answer(self) -> None:
        """Have the list answer the post by itself."""
        self.mlist.autorespond_postings = ResponseAction.respond_and_continue
        self.mlist.autoresponse_postings_text = "Schöne Grüße, $display_name"
        self.engine.handlers["replybot"].process(self.mlist, self.post, {"to_list": True})

    def welcome(self, mode: DeliveryMode) -> None:
        """Welcome the member, who wants mail in this way."""
        self.member.preferences.delivery_mode = mode
        send_welcome(self.engine, self.member)

    def digest(self, mode: DeliveryMode) -> None:
        """Have the post sent to the member in a digest."""
        self.member.preferences.delivery_mode = mode
        digests.collect(self.engine, self.mlist, self.post)
        digests.send(self.engine, self.mlist)
        ((_nothing, msgdata),) = queued(self.engine, self.site, "digest")
        send_issue(self.engine, self.mlist, msgdata)

    def failure(self) -> Any:
        """Mail to the member has come back."""
        return self.site.bounce_events.add(
            self.mlist.list_id, JO, cause=BounceCause.mailbox_full, code=552, text="Üb€rfüllt"
        )

    def probe(self) -> None:
        """Ask the member's address whether it takes mail, by a token that is known."""
        with patch("secrets.token_hex", return_value=TOKEN):
            send_probe(self.engine, self.member, self.failure())

    def storm(self) -> None:
        """Have everybody's mail come back."""
        toll = storm_notices.Toll(HOST, 4711, 4712, [self.failure()] * 3)
        storm_notices.tell_owners(self.engine, self.mlist, toll)

    def give_up(self, emails: list[str]) -> None:
        """Have a message given up for these recipients."""
        failures = [Failure(email, 450, "4.2.0", "Üb€rlastet") for email in emails]
        undelivered.report(self.engine, self.site, self.mlist, "<first>", TITLE, failures)


@dataclass
class Notice:
    """What a notice should be."""

    send: Callable[[Scene], object]
    template: str
    sender: str
    to: str
    english: str
    german: str
    named: bool = False  # whether the name stands in To
    recipients: tuple[str, ...] = ()
    automatic: str | None = "auto-generated"
    precedence: str | None = "bulk"
    says: tuple[str, ...] = ()
    shape: tuple[str, ...] = ("text/plain",)


ATTACHED = ("multipart/mixed", "text/plain", "message/rfc822", "text/plain")


def question(ask: Callable, kind: str, english: str, german: str) -> Notice:
    """A notice that asks for a confirmation."""
    return Notice(
        lambda s: ask(s.engine, s.mlist, JO, TOKEN), f"list.user.action.{kind}",
        address(f"confirm+{TOKEN}"), JO, english, german, precedence=None,
        says=(f"\n    {JO}\n", f"\n    confirm {TOKEN}\n", POSTING, address("owner")),
    )  # fmt: skip


def for_owners(kind: str, joining: bool, english: str, german: str) -> Notice:
    """A notice for the people in charge about somebody who joins or leaves."""
    if kind == "action":
        return Notice(
            lambda s: subscriptions.ask_moderators(
                s.engine, s.mlist, JO, s.name, joining=joining
            ),
            f"list.admin.action.{'subscribe' if joining else 'unsubscribe'}",
            address("owner"), address("owner"), english, german, says=(POSTING, JO),
        )  # fmt: skip
    return Notice(
        lambda s: subscriptions.tell_administrators(s.engine, s.mlist, JO, s.name, joined=joining),
        f"list.admin.notice.{'subscribe' if joining else 'unsubscribe'}",
        SITE_OWNER, address("owner"), english, german, recipients=OWNERS,
        says=(DISPLAY_NAME, POSTING, JO),
    )  # fmt: skip


def about_bounces(tell: Callable, kind: str, english: str, german: str) -> Notice:
    """A notice for the people in charge about a member whose mail comes back."""
    return Notice(
        lambda s: tell(s.engine, s.member, s.failure()), f"list.admin.notice.{kind}",
        SITE_OWNER, address("owner"), english, german, recipients=OWNERS,
        says=(DISPLAY_NAME, POSTING, JO, *(() if kind == "complaint" else ("552 Üb€rfüllt",))),
    )  # fmt: skip


def digest(mode: DeliveryMode, shape: tuple[str, ...]) -> Notice:
    """A digest, which begins with a text about the list."""
    title = "{name} Digest, Vol 1, Issue 1"
    return Notice(
        lambda s: s.digest(mode), "list.member.digest.masthead", address("request"), POSTING,
        title, title, recipients=(JO,), automatic=None, precedence=None, shape=shape,
        says=(DISPLAY_NAME, f"\n    {POSTING}\n", address("request"), address("owner")),
    )  # fmt: skip


HOLD_SAYS = (f" {TITLE}\n", "4711", "\n    Odd\n", POSTING)
WELCOME_SAYS = (
    DISPLAY_NAME, POSTING, AUTHOR, address("leave"), address("request"), address("owner"),
)  # fmt: skip
REFUSAL = (
    "Your request to {name} was refused",
    "Ihre Anfrage an die Liste {name} wurde abgelehnt",
)

NOTICES = {
    "held, to the author": Notice(
        lambda s: (setattr(s.mlist, "admin_immed_notify", False), s.hold()),
        "list.user.notice.hold", address("bounces"), AUTHOR,
        f"Your message to {POSTING} awaits moderator approval",
        f"Ihre Nachricht an {POSTING} wartet auf die Freigabe durch die Moderation",
        automatic="auto-replied", says=HOLD_SAYS,
    ),
    "held, to the moderators": Notice(
        lambda s: (setattr(s.mlist, "respond_to_post_requests", False), s.hold()),
        "list.admin.action.post", address("owner"), address("owner"),
        f"{POSTING} post from {AUTHOR} requires approval",
        f"Beitrag von {AUTHOR} an {POSTING} muss freigegeben werden",
        says=(*HOLD_SAYS, AUTHOR), shape=(*ATTACHED, "message/rfc822", "text/plain"),
    ),
    "no more answers": Notice(
        lambda s: tell_no_more(s.engine, s.mlist, s.post, s.language),
        "list.user.notice.no-more-today", address("owner"), AUTHOR,
        f"The last automatic answer of {POSTING} for today",
        f"Die letzte automatische Antwort von {POSTING} für heute",
        automatic="auto-replied", says=(f"\n    {AUTHOR}\n", POSTING, " 10 ", address("owner")),
    ),
    "receipt": Notice(
        Scene.acknowledge, "list.user.notice.post", address("bounces"), AUTHOR,
        "{name} has accepted your message", "Die Liste {name} hat Ihre Nachricht angenommen",
        automatic="auto-replied", says=(f" {TITLE}\n", DISPLAY_NAME, address("owner")),
    ),
    "automatic answer": Notice(
        Scene.answer, "", address("bounces"), AUTHOR,
        "Automatic answer to your message to {name}",
        "Automatische Antwort auf Ihre Nachricht an die Liste {name}", automatic="auto-replied",
    ),
    "results of commands": Notice(
        lambda s: commands.process(s.engine, s.mlist, s.post, {"lang": s.language}),
        "", address("bounces"), AUTHOR, "The results of your e-mail commands",
        "Ergebnis Ihrer Befehle per Mail", automatic="auto-replied",
    ),
    "rejected by a rule": Notice(
        Scene.bounce, "list.user.notice.rejected", address("owner"), AUTHOR, TITLE, TITLE,
        automatic="auto-replied", says=(DISPLAY_NAME, "4711", "\nOdd\n"), shape=ATTACHED,
    ),
    "rejected by a moderator": Notice(
        lambda s: held_decisions.decide(
            s.engine, s.mlist, s.quietly_held(), Action.reject, "Zu süß."
        ),
        "list.user.notice.refuse", address("bounces"), AUTHOR, *REFUSAL,
        says=(f"{TITLE}", "\nZu süß.\n", POSTING, address("owner")),
    ),
    "request refused": Notice(
        lambda s: refusal.tell_refused(s.engine, s.mlist, JO, "Wish"),
        "list.user.notice.refuse", address("bounces"), JO, *REFUSAL, says=("\n    Wish\n\n",),
    ),
    "forwarded": Notice(
        lambda s: held_decisions.decide(
            s.engine, s.mlist, s.quietly_held(), Action.defer, forward=[JO]
        ),
        "", address("bounces"), JO, "Copy of a message held for moderation",
        "Kopie einer Nachricht, die zur Moderation zurückgehalten wird",
        shape=("message/rfc822", "text/plain"),
    ),
    "join?": question(
        subscriptions.ask_to_join, "subscribe", f"Please confirm that you want to join {POSTING}",
        f"Bitte bestätigen Sie, dass Sie {POSTING} beitreten möchten",
    ),
    "leave?": question(
        subscriptions.ask_to_leave, "unsubscribe",
        f"Please confirm that you want to leave {POSTING}",
        f"Bitte bestätigen Sie, dass Sie {POSTING} verlassen möchten",
    ),
    "invitation": question(
        subscriptions.invite, "invite", f"You are invited to join {POSTING}",
        f"Sie sind eingeladen, {POSTING} beizutreten",
    ),
    "somebody wants to join": for_owners(
        "action", True, f"{JO} wants to join {{name}}", f"{JO} möchte der Liste {{name}} beitreten"
    ),
    "somebody wants to leave": for_owners(
        "action", False, f"{JO} wants to leave {{name}}",
        f"{JO} möchte die Liste {{name}} verlassen",
    ),
    "somebody has joined": for_owners(
        "notice", True, "{name}: a new member", "{name}: ein neues Mitglied"
    ),
    "somebody has left": for_owners(
        "notice", False, "{name}: a member has left", "{name}: ein Mitglied ist ausgeschieden"
    ),
    "farewell": Notice(
        lambda s: subscriptions.say_goodbye(s.engine, s.mlist, JO, s.name, s.language),
        "list.user.notice.goodbye", address("bounces"), JO,
        "You are no longer a member of {name}", "Sie sind nicht mehr Mitglied der Liste {name}",
        named=True, says=(f"\n    {JO}\n", POSTING, address("owner")),
    ),
    "welcome": Notice(
        lambda s: s.welcome(DeliveryMode.regular), "list.user.notice.welcome",
        address("request"), JO, "Welcome to {name}", "Willkommen auf der Liste {name}",
        named=True, says=WELCOME_SAYS,
    ),
    "welcome to a digest": Notice(
        lambda s: s.welcome(DeliveryMode.plaintext_digests), "list.user.notice.welcome",
        address("request"), JO, "Welcome to {name}, which you get as a digest",
        "Willkommen auf der Liste {name}, die Sie als Sammelmail erhalten",
        named=True, says=WELCOME_SAYS,
    ),
    "score raised": about_bounces(
        bounce_notices.tell_increment, "increment",
        f"{{name}}: mail to {JO.lower()} has come back",
        f"{{name}}: Eine Nachricht an {JO.lower()} ist zurückgekommen",
    ),
    "delivery disabled": about_bounces(
        bounce_notices.tell_disabled, "disable",
        f"{{name}}: delivery to {JO.lower()} is switched off",
        f"{{name}}: Die Zustellung an {JO.lower()} ist ausgeschaltet",
    ),
    "removed": about_bounces(
        bounce_notices.tell_removed, "removal",
        f"{{name}}: {JO.lower()} was removed, since mail comes back",
        f"{{name}}: {JO.lower()} wurde ausgetragen, weil Nachrichten zurückkommen",
    ),
    "complaint": about_bounces(
        bounce_notices.tell_complaint, "complaint",
        f"{{name}}: {JO.lower()} has reported a message as spam",
        f"{{name}}: {JO.lower()} hat eine Nachricht als Spam gemeldet",
    ),
    "a report that nobody understands": Notice(
        lambda s: bounce_forwarding.forward(s.engine, s.mlist, s.post),
        "list.admin.notice.unrecognized", SITE_OWNER, address("owner"),
        "{name}: a failure report that nobody understands",
        "{name}: ein Fehlerbericht, den niemand versteht", recipients=OWNERS,
        says=(POSTING,), shape=ATTACHED,
    ),
    "storm": Notice(
        Scene.storm, "list.admin.notice.storm", SITE_OWNER, address("owner"),
        f"{{name}}: mail to {HOST} comes back",
        f"{{name}}: Nachrichten an {HOST} kommen zurück", recipients=OWNERS,
        says=(DISPLAY_NAME, POSTING, HOST, "4711", "4712", "\n    3 × ", "\n    552 Üb€rfüllt\n"),
    ),
    "given up": Notice(
        lambda s: s.give_up([f"m{number}@example.org" for number in range(11)]),
        "list.admin.notice.undelivered", SITE_OWNER, address("owner"),
        "{name}: a message did not reach everybody",
        "{name}: Eine Nachricht hat nicht alle erreicht", recipients=OWNERS,
        says=(DISPLAY_NAME, POSTING, f"\n    {TITLE}\n", "\n    11 × example.org\n",
              "\n    450 4.2.0 Üb€rlastet\n"),
    ),
    # In the language of the site.
    "owners cannot be reached": Notice(
        lambda s: s.give_up(list(OWNERS)), "list.admin.notice.unreachable",
        SITE_OWNER, SITE_OWNER, "{name}: those in charge cannot be reached",
        "{name}: those in charge cannot be reached",
        says=(DISPLAY_NAME, POSTING, f"\n    {TITLE}\n", f"\n    {OWNERS[0]}\n    {OWNERS[1]}\n"),
    ),
    "warning": Notice(
        lambda s: bounce_notices.warn(s.engine, s.member), "list.user.notice.warning",
        address("bounces"), JO, "Delivery from {name} is switched off for you",
        "Die Liste {name} stellt Ihnen nichts mehr zu", named=True,
        says=(DISPLAY_NAME, POSTING, f"\n    {JO}\n", address("owner")),
    ),
    "probe": Notice(
        Scene.probe, "list.user.notice.probe", address(f"bounces+{TOKEN}"), JO,
        "Does your address still take mail from {name}?",
        "Nimmt Ihre Adresse noch Post der Liste {name} an?", named=True, precedence=None,
        says=(DISPLAY_NAME, POSTING, f"\n    {JO}\n", address("owner")),
    ),
    "digest as text": digest(DeliveryMode.plaintext_digests, ("text/plain",)),
    "digest as MIME": digest(DeliveryMode.mime_digests, (
        "multipart/mixed", "text/plain", "text/plain", "multipart/digest", "message/rfc822",
        "text/plain", "text/plain",
    )),
}  # fmt: skip


@pytest.fixture(params=available())
def language(request):
    return request.param


@pytest.fixture(params=NAMES, ids=["foreign", "odd", "none"])
def person(request):
    return request.param


class TestEveryNotice:
    @pytest.mark.parametrize("kind", NOTICES)
    def test_it_arrives_as_it_was_meant(self, engine, site, language, person, kind):
        wanted = NOTICES[kind]
        wanted.send(Scene(engine, site, language, person))
        ((sent, msgdata),) = queued(engine, site, "virgin")
        data = sent.as_bytes()
        assert all(len(line) <= 998 for line in data.split(b"\r\n"))
        assert b"\n" not in data.replace(b"\r\n", b"")
        msg = email.message_from_bytes(data, policy=email.policy.default)
        self._has_a_good_header(msg, sent, wanted, language, person)
        assert msgdata["recipients"] == list(wanted.recipients or (wanted.to,))
        assert tuple(part.get_content_type() for part in msg.walk()) == wanted.shape
        assert not any(part.defects for part in msg.walk())
        if wanted.template:
            self._has_a_good_text(msg.get_body(("plain",)), wanted)

    def _has_a_good_header(self, msg, sent, wanted, language, person):
        assert not any(value.defects for value in msg.values())
        # Of languages that are added later, only that there is a subject.
        subject = {"en": wanted.english, "de": wanted.german}.get(language, msg["subject"])
        assert msg["subject"] == subject.replace("{name}", DISPLAY_NAME) != ""
        (sender,) = msg["from"].addresses
        assert sender.addr_spec == wanted.sender
        (to,) = msg["to"].addresses
        assert to.addr_spec == wanted.to
        # The parser of the modern policy leaves a blank between two encoded words of a name.
        name = str(make_header(decode_header(parseaddr(sent["to"])[0])))
        assert name == (person if wanted.named else "")
        assert msg.get_all("auto-submitted", [None]) == [wanted.automatic]
        assert msg["precedence"] == wanted.precedence
        assert msg.get_all("mime-version") == ["1.0"]
        assert msg["date"].datetime is not None
        assert msg["message-id"].endswith("@" + wanted.sender.rpartition("@")[2] + ">")

    def _has_a_good_text(self, part, wanted):
        text = part.get_content().replace("\r\n", "\n")
        assert part.get_content_charset() == ("us-ascii" if text.isascii() else "utf-8")
        for phrase in wanted.says:
            assert phrase in text
        template = Template(ENGLISH[wanted.template + ".txt"])
        rest = text.replace(DISPLAY_NAME, "")
        assert not [name for name in template.get_identifiers() if f"${name}" in rest]
        assert "${" not in rest

    def test_every_text_is_sent_by_a_notice_here(self):
        templates = {name.removesuffix(".txt") for name in ENGLISH} - DECORATION
        assert templates == {notice.template for notice in NOTICES.values()} - {""}

    @pytest.mark.parametrize(
        "kind", ["held, to the moderators", "rejected by a rule", "forwarded"]
    )
    def test_what_is_attached_is_the_post_byte_for_byte(self, engine, site, kind):
        scene = Scene(engine, site, "en", "")
        NOTICES[kind].send(scene)
        ((sent, _msgdata),) = queued(engine, site, "virgin")
        assert b"\r\n\r\n" + scene.post.as_bytes() in sent.as_bytes()
