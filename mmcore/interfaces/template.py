"""Templates: the texts of notices that a site, a domain or a list may fetch from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError

#: Every text that can be replaced, by its name.
TEMPLATE_NAMES = (
    "domain:admin:notice:new-list",
    "list:admin:action:post",
    "list:admin:action:subscribe",
    "list:admin:action:unsubscribe",
    "list:admin:notice:complaint",
    "list:admin:notice:disable",
    "list:admin:notice:increment",
    "list:admin:notice:pending",
    "list:admin:notice:removal",
    "list:admin:notice:storm",
    "list:admin:notice:subscribe",
    "list:admin:notice:undelivered",
    "list:admin:notice:unreachable",
    "list:admin:notice:unrecognized",
    "list:admin:notice:unsubscribe",
    "list:member:digest:footer",
    "list:member:digest:header",
    "list:member:digest:masthead",
    "list:member:regular:footer",
    "list:member:regular:header",
    "list:user:action:invite",
    "list:user:action:subscribe",
    "list:user:action:unsubscribe",
    "list:user:notice:goodbye",
    "list:user:notice:hold",
    "list:user:notice:no-more-today",
    "list:user:notice:post",
    "list:user:notice:probe",
    "list:user:notice:refuse",
    "list:user:notice:rejected",
    "list:user:notice:warning",
    "list:user:notice:welcome",
)
#: Those that clients may not know: whoever sets all texts at once need not name them.
NEWER_TEMPLATE_NAMES = frozenset({
    "list:admin:notice:complaint",
    "list:admin:notice:storm",
    "list:admin:notice:undelivered",
    "list:admin:notice:unreachable",
})  # fmt: skip
#: Those that a single list can replace.
LIST_TEMPLATE_NAMES = tuple(name for name in TEMPLATE_NAMES if name.startswith("list:"))


class TemplateCredentialsError(MMCoreError):
    """A user without a password, or a password without a user."""


class TemplateURI(NamedTuple):
    """Where a text is fetched; without user and password when both are empty."""

    name: str
    uri: str
    username: str
    password: str
    #: Differs each time the template is set: whoever keeps the text fetches it anew then.
    revision: str


class ITemplateURIs(Interface):
    """The templates that one level (the site, a domain, a list) has set."""

    names = Attribute("The names that can be set at this level.")

    def get(name: str) -> TemplateURI | None:
        """What is set under a name at this level."""

    def set(name: str, uri: str, username: str = "", password: str = "") -> None:
        """Set a template; without credentials, old ones are forgotten; a blank URI removes it.

        Raises TemplateCredentialsError.
        """

    def remove(name: str) -> None:
        """Remove a template; one that is not set is no error."""

    def clear() -> None:
        """Remove all templates of this level."""


class ITemplated(Interface):
    """Something that can have templates of its own: the site, a domain, a list."""

    uris: ITemplateURIs = Attribute("`ITemplateURIs` of this level")

    def template_uris(name: str) -> Iterator[TemplateURI]:
        """What is set under a name here and at the levels above, nearest first."""
