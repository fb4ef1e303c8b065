"""The markers by which parts are found, and the scan that finds them.

A part is a class marked with one of the decorators below.  Nothing happens
when its module is imported; `scan` builds one instance of each marked class
and hands out the collections, so importing a module never has effects and two
engines can live in one process.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import venusian

from mmcore.errors import ConfigurationError

CATEGORY = "mmcore"
KINDS = (
    "rule",
    "chain",
    "handler",
    "email_command",
    "pipeline",
    "style",
    "archiver",
    "incoming",
    "runner",
)

C = TypeVar("C", bound=type)


def _marker(kind: str) -> Callable[[C], C]:
    def decorate(cls: C) -> C:
        def found(scanner: Any, name: str, ob: type) -> None:
            scanner.register(kind, ob)

        venusian.attach(cls, found, category=CATEGORY)
        return cls

    decorate.__name__ = kind
    decorate.__doc__ = f"Mark a class as a {kind}; it needs a unique `name`."
    return decorate


rule = _marker("rule")
chain = _marker("chain")
handler = _marker("handler")
pipeline = _marker("pipeline")
style = _marker("style")
archiver = _marker("archiver")
incoming = _marker("incoming")
runner = _marker("runner")
email_command = _marker("email_command")


class Collector:
    """What a scan has found: classes by kind and name."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, type]] = {kind: {} for kind in KINDS}
        self.replacing = False

    def register(self, kind: str, cls: type) -> None:
        """Take a class in; raises ConfigurationError for a second one of its name."""
        name = cls.name  # type: ignore[attr-defined]
        known = self.found[kind].get(name)
        if known is not None and known is not cls and not self.replacing:
            raise ConfigurationError(
                f"two {kind}s are named {name!r}: "
                f"{known.__module__}.{known.__qualname__} and {cls.__module__}.{cls.__qualname__}"
            )
        self.found[kind][name] = cls


def scan(packages: Iterable[str], site_packages: Mapping[str, str] | None = None) -> Collector:
    """Import packages with all their modules and collect the marked classes.

    `site_packages` come last and may replace a built-in part of their name; with
    each comes the setting that names it.
    Raises ConfigurationError when a package cannot be imported, or when two
    parts of one kind share a name.
    """
    collector = Collector()
    scanner = venusian.Scanner(register=collector.register)
    for dotted in packages:
        scanner.scan(importlib.import_module(dotted), categories=(CATEGORY,))
    collector.replacing = True
    for dotted, setting in (site_packages or {}).items():
        try:
            package = importlib.import_module(dotted)
        except ImportError as error:
            raise ConfigurationError(f"{setting}: cannot import {dotted!r}: {error}") from error
        scanner.scan(package, categories=(CATEGORY,))
    return collector
