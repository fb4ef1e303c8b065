"""The template URIs of one level: one small object, kept by the site, a domain or a list.

They lie with the object they are for, so they go when it goes: a new list of
an old name inherits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from zope.interface import implementer

from mmcore.interfaces.template import (
    TEMPLATE_NAMES,
    ITemplateURIs,
    TemplateCredentialsError,
    TemplateURI,
)
from resources.container import Node


def check_credentials(username: str, password: str) -> None:
    """Refuse one without the other; raises TemplateCredentialsError."""
    if bool(username) != bool(password):
        raise TemplateCredentialsError("Specify both username and password, or neither")


@implementer(ITemplateURIs)
class TemplateURIs(Node):
    """See `ITemplateURIs`.  Stored by its level with the first template that is set."""

    __name__ = "uris"

    def __init__(self) -> None:
        # name -> (uri, username, password, revision); replaced as a whole, never changed.
        self._set: dict[str, tuple[str, str, str, str]] = {}

    def __len__(self) -> int:
        return len(self._set)

    def __bool__(self) -> bool:
        # A level without templates is still a level.
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """See `ITemplateURIs`."""
        return self.__parent__.template_names

    def get(self, name: str) -> TemplateURI | None:
        """See `ITemplateURIs`."""
        found = self._set.get(name)
        return None if found is None else TemplateURI(name, *found)

    def values(self, start: int = 0, count: int | None = None) -> list[TemplateURI]:
        """What is set, by name, or a page of it."""
        names = sorted(self._set)[start:][:count]
        return [TemplateURI(name, *self._set[name]) for name in names]

    def set(self, name: str, uri: str, username: str = "", password: str = "") -> None:
        """See `ITemplateURIs`."""
        check_credentials(username, password)
        if not uri:
            self.remove(name)
            return
        self._store({**self._set, name: (uri, username, password, uuid4().hex)})

    def remove(self, name: str) -> None:
        """See `ITemplateURIs`."""
        if name in self._set:
            self._store({key: value for key, value in self._set.items() if key != name})

    def clear(self) -> None:
        """See `ITemplateURIs`."""
        if self._set:
            self._store({})

    def _store(self, templates: dict[str, tuple[str, str, str, str]]) -> None:
        self._set = templates
        self.__parent__.keep_uris(self)


class Templated:
    """Base of the site, of domains and of lists; see `ITemplated`.

    Nothing is stored for a level that sets no template.
    """

    #: The names that can be set at this level.
    template_names: tuple[str, ...] = TEMPLATE_NAMES
    _uris: TemplateURIs | None = None

    @property
    def uris(self) -> TemplateURIs:
        """See `ITemplated`."""
        uris = self._uris
        if uris is None:
            uris = TemplateURIs()
            uris.__parent__ = self
        return uris

    def keep_uris(self, uris: TemplateURIs) -> None:
        """Called when a first template has been set."""
        if self._uris is None:
            self._uris = uris

    def _level_above(self) -> Any:
        """Where to look for what is not set here; None above the site."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is above it")

    def template_uris(self, name: str) -> Iterator[TemplateURI]:
        """See `ITemplated`."""
        level: Any = self
        while level is not None:
            found = None if level._uris is None else level._uris.get(name)
            if found is not None:
                yield found
            level = level._level_above()
