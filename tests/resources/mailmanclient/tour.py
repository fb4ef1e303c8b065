"""What a tour of the client's classes has called, and what it has left out.

Each class of the library has a test that goes through all that the class
offers; `tours` makes the test fail if something was left out.  A new release
of the library with more to offer thereby asks for more.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import mailmanclient

#: Where the library keeps its classes; beside them are its own tests and pages.
PARTS = ("asyncobjects", "restbase", "restobjects", "asynclient", "client")

#: Classes that some test tours.
TOURED: set[type] = set()

#: (class, name) of everything that was called.
Calls = set[tuple[type, str]]


def _modules() -> Iterator[Any]:
    for part in PARTS:
        module = importlib.import_module(f"mailmanclient.{part}")
        yield module
        for info in pkgutil.iter_modules(getattr(module, "__path__", [])):
            yield importlib.import_module(f"{module.__name__}.{info.name}")


def _own(module: Any) -> list[type]:
    found = [value for value in vars(module).values() if inspect.isclass(value)]
    return [cls for cls in found if cls.__module__ == module.__name__]


#: Everything the library defines, but for what only type checkers look at.
CLASSES = tuple(
    cls for module in _modules() for cls in _own(module) if not getattr(cls, "_is_protocol", False)
)


def _offers(base: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that a class itself defines."""
    for name, value in list(vars(base).items()):
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield name, value


def names_of(cls: type) -> set[str]:
    """All that a class offers: methods, properties, values, and `NAME =` for what can be set."""
    found = {*(getattr(cls, "_properties", None) or ())}
    found |= {f"{name} =" for name in getattr(cls, "_writable_properties", None) or ()}
    for base in cls.__mro__:
        if base in CLASSES:
            for name, value in _offers(base):
                found.add(name)
                if isinstance(value, property) and value.fset is not None:
                    found.add(f"{name} =")
    return found


def to_tour() -> set[type]:
    """The classes that somebody who uses the library holds objects of."""
    inner = ("RESTBase", "RESTObject", "RESTDict", "RESTList", "PreferencesMixin")
    return {cls for cls in CLASSES if cls.__name__ not in inner and names_of(cls)}


def _noting(calls: Calls, name: str, function: Any) -> Any:
    if function is None:
        return None

    @functools.wraps(function)
    def noting(self: Any, *args: Any, **kw: Any) -> Any:
        calls.add((type(self), name))
        return function(self, *args, **kw)

    return noting


def _noting_key(calls: Calls, form: str, function: Any) -> Any:
    @functools.wraps(function)
    def noting(self: Any, key: str, *args: Any) -> Any:
        calls.add((type(self), form.format(key)))
        return function(self, key, *args)

    return noting


@contextmanager
def traced() -> Iterator[Calls]:
    """Note what of the library is called, as long as it lasts."""
    calls: Calls = set()
    with pytest.MonkeyPatch.context() as patch:
        for cls in CLASSES:
            for name, value in _offers(cls):
                if isinstance(value, property):
                    getter = _noting(calls, name, value.fget)
                    wrapped: Any = property(getter, _noting(calls, f"{name} =", value.fset))
                else:
                    wrapped = _noting(calls, name, value)
                patch.setattr(cls, name, wrapped)
            for name, form in (("_get", "{}"), ("__setattr__", "{} =")):
                if name in vars(cls):
                    patch.setattr(cls, name, _noting_key(calls, form, vars(cls)[name]))
        yield calls


def tours(*classes: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make of a test a tour of some classes: it fails if it leaves out anything they offer."""
    TOURED.update(classes)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def touring(*args: Any, **kw: Any) -> None:
            with traced() as calls:
                test(*args, **kw)
            wanted = {(cls, name) for cls in classes for name in names_of(cls)}
            missing = sorted(f"{cls.__name__}.{name}" for cls, name in wanted - calls)
            if missing:
                pytest.fail(f"not called: {', '.join(missing)}")

        return touring

    return decorate


Client = mailmanclient.Client
MailmanConnectionError = mailmanclient.MailmanConnectionError
