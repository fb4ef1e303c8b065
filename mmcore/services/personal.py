"""What a copy may say of the one person it goes to.

Headers and footers of posts, and posts that want it, may have placeholders such as `$user_name`.
What stands for them comes from outside: whatever it is, it stays one line, and where it is put it
cannot become anything else than text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from i18n.languages import language
from mmcore.message.addresses import format_address
from mmcore.message.fields import without_surrogates
from mmcore.message.headers import encode, one_line

#: Characters of a name that are shown, and of an address: more no server takes.
LONGEST = 100
LONGEST_ADDRESS = 320

# Names of the fields of `Person` that placeholders tell.
NAME, ORIGINAL, LANGUAGE = "name", "original", "language"
#: The address as it was first written, but only of those who have no name.
NAMELESS = "nameless"

# What no line may hold; the marks of writing systems that join letters stay.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Person(NamedTuple):
    """A recipient.  All texts are clean; without `member_id` it is not a member of the list."""

    email: str
    member_id: str = ""
    name: str = ""
    #: The address as it was first written; empty if that is `email`.
    original: str = ""
    #: The code of the language.
    language: str = ""
    #: Whether the site knows whose address it is.
    is_registered: bool = True

    @property
    def to(self) -> tuple[str, str]:
        """(display name, address) for the field To."""
        return (self.name if self.is_registered else ""), self.email


def clean(text: str, longest: int = LONGEST) -> str:
    """A value as one line of a sane length, without anything that controls."""
    if not text.isprintable():
        text = _CONTROL.sub(" ", one_line(without_surrogates(text)))
    return text.strip()[:longest].rstrip()


def _member(person: Person) -> str:
    email = person.original or person.email
    return f"{person.name} <{email}>" if person.name else email


def _email(person: Person) -> str:
    return person.email


def _original(person: Person) -> str:
    return person.original or person.email


def _name(person: Person) -> str:
    return person.name


def _name_or_email(person: Person) -> str:
    return person.name or person.original or person.email


def _language(person: Person) -> str:
    known = language(person.language)
    return person.language if known is None else known.description


#: The placeholders, and what stands for them.
VALUES: dict[str, Callable[[Person], str]] = {
    "member": _member,
    "user_address": _email,
    "user_delivered_to": _original,
    "user_email": _email,
    "user_language": _language,
    "user_name": _name,
    "user_name_or_address": _name_or_email,
    "user_name_or_email": _name_or_email,
}

#: What has to be known of a person for each of them, besides the address.
NEEDS: dict[str, frozenset[str]] = {
    "member": frozenset({NAME, ORIGINAL}),
    "user_address": frozenset(),
    "user_delivered_to": frozenset({ORIGINAL}),
    "user_email": frozenset(),
    "user_language": frozenset({LANGUAGE}),
    "user_name": frozenset({NAME}),
    "user_name_or_address": frozenset({NAME, NAMELESS}),
    "user_name_or_email": frozenset({NAME, NAMELESS}),
}

#: A placeholder in a text that people write: all else with a dollar sign stays as it is.
_NAMES = "|".join(sorted(VALUES, reverse=True))
PLACEHOLDER = re.compile(
    rf"(?<!\$)\$(?:\{{(?P<braced>{_NAMES})\}}|(?P<bare>{_NAMES})(?![A-Za-z0-9_]))"
)


def in_html(text: str) -> str:
    """A text as it stands in HTML of any charset."""
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with the placeholders replaced that there are values for."""
    return PLACEHOLDER.sub(
        lambda found: values.get(found["braced"] or found["bare"], found[0]), text
    )


class Personal:
    """What the last handlers make one copy of: the metadata have it as `_personal`.

    Delivery makes copies of several persons at once with marks in place of the values (see
    `mmcore.pipelines.marks`), which is why handlers ask here for all that differs.
    """

    def __init__(self, person: Person, duplicate: bool = False) -> None:
        """`duplicate`: whether the recipient has got the message directly, too."""
        self.duplicate = duplicate
        #: The value of the field To, for lists that put the recipient there.
        self.to = format_address(*person.to)
        #: By placeholder what stands for it in texts, and in HTML; nothing unless it is a member.
        self.texts: Mapping[str, str] = {}
        self.in_html: Mapping[str, str] = {}
        if person.member_id:
            self.texts = {name: value(person) for name, value in VALUES.items()}
            self.in_html = {name: in_html(value) for name, value in self.texts.items()}

    def subject(self, text: str) -> str:
        """The value of the field Subject for a decoded one that has placeholders."""
        return encode(fill_in(text, self.texts))


def person_of(member: Any, recipient: str) -> Person:
    """What is known of a member, from the membership itself."""
    address = member.address
    email = clean(recipient, LONGEST_ADDRESS)
    original = "" if address is None else clean(address.original_email, LONGEST_ADDRESS)
    return Person(
        email,
        member.member_id,
        clean(member.display_name),
        "" if original == email else original,
        member.preferred_language,
        member.user is not None,
    )
