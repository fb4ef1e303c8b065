"""`/system/configuration`: the settings in effect, under the names that clients know.

Values are texts, as they are written in the ini file; secrets are not shown.
"""

from __future__ import annotations

import re
from typing import Any

from i18n.languages import known
from mmcore.config import Section, Settings
from resources.errors import Problem
from resources.representation import MASK
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.system.compatibility import NAMES, SETTINGS
from resources.system.views import System

#: Sections of the API by our names.
OURS = {theirs: ours for ours, theirs in NAMES.items()}
LANGUAGE = "language."

# A storage may be named by a URL or a DSN with a password in it.
_PASSWORD = re.compile(
    r"(//[^/@\s]*:)[^/@\s]+(?=@)|(\bpassword=)(?:'[^']*'|[^&;\s]+)", re.IGNORECASE
)


@segment(of=System, name="configuration")
class Configuration(Segment):
    """`system/configuration`"""


class ConfigurationSection(Segment):
    """`system/configuration/{section}`; the view says if there is none of that name."""

    __rest_extra__ = 400

    def __init__(self, parent: Any, name: str, settings: dict[str, str] | None) -> None:
        super().__init__(parent, name)
        self.settings = settings


@segment(of=Configuration)
def configuration_section(
    parent: Configuration, name: str, request: RestRequest
) -> ConfigurationSection:
    """`system/configuration/{section}`: by the section's name in the API."""
    if name.startswith(LANGUAGE):
        settings = _language(name.removeprefix(LANGUAGE))
    elif name in NAMES:
        settings = None
    else:
        settings = _settings(request.registry.engine.settings, name)
    return ConfigurationSection(parent, name, settings)


def _settings(settings: Settings, name: str) -> dict[str, str] | None:
    """The settings of a section by its name in the API: ours, and what others have."""
    section = settings.sections.get(OURS.get(name, name))
    if section is None:
        return SETTINGS.get(name)
    texts = {**SETTINGS.get(name, {}), **_texts(section)}
    if name == "database":
        texts["url"] = texts["uri"]
    return texts


def _texts(section: Section) -> dict[str, str]:
    """All settings of a section, without what is secret."""
    texts = {}
    for key in section:
        text = section.text(key.name)
        if key.kind.secret and text:
            text = MASK
        texts[key.name] = _PASSWORD.sub(lambda match: (match[1] or match[2]) + MASK, text)
    return texts


def _language(code: str) -> dict[str, str] | None:
    """What there is to know of a language, or None if we do not know it."""
    language = known().get(code)
    if language is None:
        return None
    return {
        "description": language.description,
        "charset": language.charset,
        "enabled": "yes",
    }


@rest(context=Configuration)
class ConfigurationView(View):
    """The sections of the configuration."""

    def GET(self) -> dict[str, Any]:
        """Their names."""
        names = {NAMES.get(name, name) for name in self.engine.settings.sections} | SETTINGS.keys()
        names |= {LANGUAGE + code for code in known()}
        return {"sections": sorted(names), "self_link": self.api.url("system/configuration")}


@rest(context=ConfigurationSection)
class ConfigurationSectionView(View):
    """One section."""

    def GET(self) -> dict[str, Any]:
        """Its settings as texts."""
        if self.context.settings is None:
            raise Problem(404)
        link = self.api.url(f"system/configuration/{self.context.__name__}")
        return {**self.context.settings, "self_link": link}
