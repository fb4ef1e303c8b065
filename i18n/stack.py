"""The current language, and translation into it.

Languages nest: `with using("fr"):` holds for its block, and only in this
thread or task.  Values are always passed by name, so that nothing reaches a
text that its author did not mean to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from string import Template

from i18n.catalogs import catalog

_default = "en"
_current: ContextVar[str | None] = ContextVar("language", default=None)


def set_default(code: str) -> None:
    """Choose the language that holds where none is chosen by `using`."""
    global _default
    _default = code


def current() -> str:
    """Code of the current language."""
    return _current.get() or _default


@contextmanager
def using(code: str | None) -> Iterator[None]:
    """Make a language the current one for a block; None stands for the default."""
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def mark(message: str) -> str:
    """Mark a text for translation, and leave it as it is; translate it when it is shown."""
    return message


def _(message: str, **values: object) -> str:
    """Translate a text and fill in its `$name` placeholders (PEP 292).

    Placeholders without a value stay; without any values nothing is replaced,
    not even `$$`.
    """
    return _fill(catalog(current()).gettext(message) if message else "", values)


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """Translate a text that depends on a number, which is also the value of `$number`."""
    text = catalog(current()).ngettext(singular, plural, number)
    return _fill(text, {"number": number, **values})


def explain(reason: str | Sequence[object]) -> str:
    """Translate a recorded reason.

    It is a marked text, or a sequence of a marked text with `{}` slots and the
    values for them.  A translation whose slots are wrong gives way to English.
    """
    if isinstance(reason, str):
        return _(reason)
    message, *values = reason
    text = str(message)
    for candidate in (_(text), text):
        try:
            return candidate.format(*values)
        except (LookupError, ValueError, AttributeError):
            continue
    return " ".join([text, *map(str, values)])


def _fill(text: str, values: dict[str, object]) -> str:
    return Template(text).safe_substitute(values) if values else text
