"""What a site adds to the engine: packages with parts, plugins, and archivers.

`[mmcore] includes` names packages; a section `[plugin.NAME]` names one, too, and
a class that is loaded with the engine (`mmcore.interfaces.plugin`).  A section
`[archiver.NAME]` may name the class of an archiver (`mmcore.interfaces.archiver`).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from mmcore.config import Section, Settings
from mmcore.errors import ConfigurationError


def enabled_plugins(settings: Settings) -> dict[str, Section]:
    """The sections of the plugins that are to be loaded, by their names."""
    return {name: each for name, each in sorted(settings.plugins.items()) if each.enabled}


def component_packages(settings: Settings) -> dict[str, str]:
    """The packages of the plugins, each with the setting that names it."""
    return {
        section.component_package: f"[plugin.{name}] component_package"
        for name, section in enabled_plugins(settings).items()
        if section.component_package
    }


def site_packages(settings: Settings) -> dict[str, str]:
    """All packages of the site whose parts are added, each with the setting that names it."""
    included = dict.fromkeys(settings.mmcore.includes, "[mmcore] includes")
    return {**component_packages(settings), **included}


def load_plugins(engine: Any) -> dict[str, Any]:
    """Build the plugins of an engine that has all its parts.

    A plugin without a class only has a package.  Raises ConfigurationError for a
    class that is not there.
    """
    return {
        name: _class(f"[plugin.{name}]", getattr(section, "class"))(engine)
        for name, section in enabled_plugins(engine.settings).items()
        if getattr(section, "class")
    }


def archiver_classes(settings: Settings, known: Mapping[str, type]) -> dict[str, Any]:
    """The classes of archivers by name: those `known`, and what enabled sections say.

    Raises ConfigurationError for one that is enabled and not there.
    """
    classes: dict[str, Any] = dict(known)
    for name, section in sorted(settings.archivers.items()):
        dotted = getattr(section, "class")
        if section.enable and dotted:
            classes[name] = _class(f"[archiver.{name}]", dotted)
        elif section.enable and name not in classes:
            raise ConfigurationError(
                f"[archiver.{name}] there is no archiver {name!r}: set class, or use one of"
                f" {', '.join(sorted(classes))}"
            )
    return classes


def incoming_class(settings: Settings, known: Mapping[str, type]) -> Any:
    """The class of the mail server that `[mta] incoming` names.

    Raises ConfigurationError, with the names there are.
    """
    name = settings.mta.incoming
    if name not in known:
        raise ConfigurationError(
            f"[mta] incoming = {name!r}: there is no such mail server; there are:"
            f" {', '.join(sorted(known))}"
        )
    return known[name]


def _class(section: str, dotted: str) -> Any:
    module, _, attribute = dotted.rpartition(".")
    problem = f"{section} class = {dotted!r}: "
    if not module:
        raise ConfigurationError(f"{problem}expected a dotted name such as package.module.Class")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError as error:
        raise ConfigurationError(f"{problem}cannot import {module!r}: {error}") from error
    if not callable(found):
        raise ConfigurationError(f"{problem}there is no class {attribute!r} in {module}")
    return found
