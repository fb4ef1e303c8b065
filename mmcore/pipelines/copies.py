"""The copies of a message of which each recipient gets one of their own.

What the recipients' copies have in common is prepared once for each kind of copy that occurs
(`mmcore.pipelines.shapes`), what is known of the recipients is packed (`mmcore.pipelines.roll`),
and copies are put together one by one when they are sent, without the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mmcore.interfaces.mailing_list import Personalization
from mmcore.interfaces.member import Addressee, MemberRole
from mmcore.message.message import Message
from mmcore.message.writing import as_sent
from mmcore.pipelines.engine import run_handler
from mmcore.pipelines.marks import Marks, secret_of
from mmcore.pipelines.roll import Roll
from mmcore.pipelines.shapes import Shape, shape_of
from mmcore.services.personal import (
    LONGEST_ADDRESS,
    NAME,
    NEEDS,
    ORIGINAL,
    VALUES,
    Person,
    clean,
)
from mmcore.services.unsubscribe_tokens import UnsubscribeURIs, unsubscribe_uris
from mmcore.services.verp import VerpSenders, verp_senders, wants_verp

#: Handlers that sign what there is: each copy by itself.
SIGNING = ("dkim-sign", "arc-sign")

# Kinds of copies are sums of these.
_MEMBER = 1
#: Some of its values are not ASCII.
_WIDE = 2
#: The recipient has got the message directly, too.
_DUPLICATE = 4

#: What the signing handlers look for in the metadata.
_SIGNED_WITH = ("ARC-Standardize", "authserv_id", "lang")

#: finished(further metadata) -> a copy of the message after all last steps but signing.
Finish = Callable[[dict], Any]


@dataclass(frozen=True, slots=True)
class ListName:
    """What signing wants to know of a list, where there is no database."""

    list_id: str
    mail_host: str


@dataclass(frozen=True, slots=True)
class StandIn:
    """A member whose id is known for none, for handlers to work with instead of a real one."""

    member_id: str
    role: MemberRole = MemberRole.member


class Copies:
    """The copies of one message, by index of the recipient; used by threads without a database."""

    def __init__(
        self,
        sender: str,
        senders: VerpSenders | None,
        recipients: Sequence[str],
        roll: Roll,
        shapes: dict[int, Shape],
        sign: Callable[[bytes], bytes] | None,
    ) -> None:
        self._sender = sender
        self._senders = senders
        self._recipients = recipients
        self._roll = roll
        self._shapes = shapes
        self._sign = sign

    def __len__(self) -> int:
        return len(self._recipients)

    def person(self, index: int) -> Person:
        """What the copy says of its recipient."""
        is_member = bool(self._roll.kinds[index] & _MEMBER)
        email = clean(self._recipients[index], LONGEST_ADDRESS)
        return self._roll.person(index, email, is_member)

    def is_duplicate(self, index: int) -> bool:
        """Whether the recipient has got the message directly, too."""
        return bool(self._roll.kinds[index] & _DUPLICATE)

    def copy(self, index: int) -> tuple[str, bytes]:
        """(reverse-path, message as it goes out before dots are stuffed) for a recipient.

        Raises nothing.
        """
        content = self._shapes[self._roll.kinds[index]].copy(self.person(index))
        if self._sign is not None:
            content = self._sign(content)
        if self._senders is None:
            return self._sender, content
        return self._senders.of(self._recipients[index]), content


def wants_copies(settings: Any, mlist: Any, msgdata: dict) -> bool:
    """Whether each recipient of a message of a list gets a copy of their own."""
    return mlist.personalize is not Personalization.none or wants_verp(settings, mlist, msgdata)


def copies_of(
    engine: Any,
    mlist: Any,
    msg: Any,
    msgdata: dict,
    sender: str,
    recipients: Sequence[str],
    finish: Finish,
) -> Copies:
    """Prepare the copies of a message that goes to `recipients` from `sender`."""
    settings = engine.settings
    work = _Preparation(engine, mlist, secret_of(msg.as_bytes(), mlist.site.secret or b""), finish)
    # Only failures of what the list sends come back to where they are understood.
    own = sender == mlist.bounces_address and wants_verp(settings, mlist, msgdata)
    roll = work.roll(recipients, frozenset(msgdata.get("add-dup-header") or ()))
    return Copies(
        sender,
        verp_senders(settings, sender) if own else None,
        recipients,
        roll,
        {kind: work.shape(kind) for kind in set(roll.kinds)},
        _signer(engine, mlist, msgdata),
    )


@dataclass
class _Preparation:
    """Makes shapes of a message, and finds out what they need."""

    engine: Any
    mlist: Any
    secret: str
    finish: Finish
    _shapes: dict[int, Shape] = field(default_factory=dict)

    def shape(self, kind: int) -> Shape:
        """What copies of a kind have in common."""
        if kind not in self._shapes:
            self._shapes[kind] = self._made(kind)
        return self._shapes[kind]

    def _made(self, kind: int) -> Shape:
        marks = Marks(
            self.secret,
            member=bool(kind & _MEMBER),
            wide=bool(kind & _WIDE),
            duplicate=bool(kind & _DUPLICATE),
        )
        if not kind & _MEMBER:
            return shape_of(self._finished({"_personal": marks}), marks, self.secret)
        # As long as the id of a membership.
        stand_in = StandIn(2 * self.secret)
        content = self._finished({"_personal": marks, "member": stand_in})
        uris = self._uris()
        if uris is None:
            return shape_of(content, marks, self.secret)
        token = partial(_token, uris)
        return shape_of(content, marks, self.secret, token(Person("", stand_in.member_id)), token)

    def _uris(self) -> UnsubscribeURIs | None:
        site = self.mlist.site
        # Without a secret there are no tokens, and so no URIs.
        if not site.secret:
            return None
        return unsubscribe_uris(self.engine.settings, site, self.mlist.list_id)

    def _finished(self, further: dict) -> bytes:
        return as_sent(self.finish(further).as_bytes())

    def roll(self, recipients: Sequence[str], duplicates: frozenset[str]) -> Roll:
        """What the copies need to know of each recipient."""
        roll = Roll()
        shape = self.shape(_MEMBER)
        if not shape.fills:
            # It makes no difference who they are.
            for email in recipients:
                roll.add(_MEMBER | _DUPLICATE * (email in duplicates), None)
            return roll
        asked = frozenset().union(*(NEEDS[name] for name in shape.names))
        if self.mlist.personalize is Personalization.full:
            asked |= {NAME}
        found = self.mlist.members.addressees(recipients, asked - {NAME})
        for email, addressee in zip(recipients, found, strict=True):
            kind = _DUPLICATE * (email in duplicates)
            if addressee is None:
                roll.add(kind, self._stranger(email))
                continue
            person = _person(email, addressee, asked)
            if _is_wide(person, shape.wide_names):
                kind |= _WIDE
            roll.add(kind | _MEMBER, person)
        roll.close()
        return roll

    def _stranger(self, email: str) -> Person:
        """What is known of somebody who is no member: at most the name, for To."""
        user = None
        if self.mlist.personalize is Personalization.full:
            user = self.mlist.site.users.by_email(email)
        return Person(email, name="" if user is None else clean(user.display_name))


def _person(email: str, addressee: Addressee, asked: frozenset[str]) -> Person:
    """What is asked of a member."""
    member_id, user_id, display_name, original, language = addressee
    name = clean(display_name) if NAME in asked else ""
    if original:
        shown = ORIGINAL in asked or not name
        original = clean(original, LONGEST_ADDRESS) if shown else ""
    if original == email:
        original = ""
    return Person(email, member_id, name, original, language and clean(language), bool(user_id))


def _is_wide(person: Person, names: frozenset[str]) -> bool:
    """Whether any of some values is not ASCII."""
    if f"{person.email}{person.name}{person.original}{person.language}".isascii():
        # Nearly always, and sooner known.
        return False
    return any(not VALUES[name](person).isascii() for name in names)


def _token(uris: UnsubscribeURIs, person: Person) -> bytes:
    """What stands for a member in the URI by which it can leave."""
    return uris.of(person.member_id).removeprefix(uris.base).encode("ascii")


def _signer(engine: Any, mlist: Any, msgdata: dict) -> Callable[[bytes], bytes] | None:
    """What signs a copy; None if nothing does."""
    handlers = [engine.handlers[name] for name in SIGNING]
    handlers = [handler for handler in handlers if handler.applies(msgdata)]
    if not handlers:
        return None
    metadata = {key: msgdata[key] for key in _SIGNED_WITH if key in msgdata}
    return partial(_signed, handlers, ListName(mlist.list_id, mlist.mail_host), metadata)


def _signed(handlers: Sequence[Any], list_name: ListName, metadata: dict, content: bytes) -> bytes:
    """The content with signatures; without those that cannot be made, which the log says."""
    msg, msgdata = Message.parse(content), dict(metadata)
    for handler in handlers:
        run_handler(handler, list_name, msg, msgdata)
    return as_sent(msg.as_bytes())
