"""The ini file as text: which sections are ours, and what `%(…)s` stands for.

The rules are those of PasteDeploy, which reads the same file: `%(here)s` is the
directory of the file, `%(__file__)s` the file, other names are looked up in the
section and in `[DEFAULT]`, and `[DEFAULT]` gives values to every section.  A
lone `%` stands for itself, so that passwords need no care.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from pathlib import Path

from mmcore.errors import ConfigurationError
from mmcore.settings_schema import sections
from mmcore.settings_types import LOG_FORMAT, PATH

# What PasteDeploy, pserve, pshell and logging.config keep in the same file.
_FOREIGN = re.compile(
    r"(?:app|application|composite|composit|server|filter|filter-app|pipeline|plaster|wsgi)(?::.*)?"
    r"|loggers|handlers|formatters|(?:logger|handler|formatter)_.*|pshell|pshell:.*|uwsgi"
)
#: Names that PasteDeploy defines; a `%` in the name of a directory is no reference.
_PLACES = ("here", "__file__")
_REFERENCE = re.compile(r"%%|%\(([^)]*)\)s")


def read_texts(path: Path) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], str]]:
    """Read the sections of an ini file that are ours or nobody's.

    Returns the texts by section and key, and where each came from by (section,
    key).  Raises ConfigurationError for a file that is not there or not an ini.
    """
    # With an impossible name for the default section, [DEFAULT] is a section
    # like others: its keys are not mixed into all of them, unseen.
    parser = configparser.RawConfigParser(default_section="\0")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, configparser.Error) as error:
        raise ConfigurationError(f"{path} is not an ini file: {error}") from error
    reader = _Texts(path, parser)
    return reader.texts, reader.origins


class _Texts:
    """Our part of an ini file, after interpolation."""

    def __init__(self, path: Path, parser: configparser.RawConfigParser) -> None:
        self.path = path
        self.texts: dict[str, dict[str, str]] = {}
        self.origins: dict[tuple[str, str], str] = {}
        found = {name: dict(parser.items(name)) for name in parser.sections()}
        self._shared = {"here": str(path.parent), "__file__": str(path)}
        self._shared |= found.pop("DEFAULT", {})
        self._declared = declared = sections(found)
        for name, values in found.items():
            if name in declared or not _FOREIGN.fullmatch(name):
                self.texts[name] = {key: self._interpolated(name, key, values) for key in values}
                self.origins |= dict.fromkeys(((name, key) for key in values), str(path))
        for name, keys in declared.items():
            for key in keys:
                if key.name in self._shared and key.name not in found.get(name, {}):
                    values = found.get(name, {}) | {key.name: self._shared[key.name]}
                    texts = self.texts.setdefault(name, {})
                    texts[key.name] = self._interpolated(name, key.name, values)
                    self.origins[name, key.name] = f"{path} [DEFAULT]"

    def _interpolated(self, section: str, name: str, values: Mapping[str, str]) -> str:
        key = next((key for key in self._declared.get(section, ()) if key.name == name), None)
        if key is not None and key.kind is LOG_FORMAT:
            return values[name]
        known = {**self._shared, **values}
        if key is not None and key.kind is PATH:
            # A `$` in the name of the file's directory is not a reference.
            known |= {word: self._shared[word].replace("$", "$$") for word in _PLACES}

        def replace(text: str, seen: tuple[str, ...]) -> str:
            def value_of(match: re.Match[str]) -> str:
                if match[0] == "%%":
                    return "%"
                if match[1] not in known or match[1] in seen:
                    problem = "refers to itself" if match[1] in seen else "is not defined"
                    raise ConfigurationError(
                        f"{self.path}: [{section}] {name} = {values[name]!r}: {match[0]} {problem}"
                    )
                if match[1] in _PLACES:
                    return known[match[1]]
                return replace(known[match[1]], (*seen, match[1]))

            return _REFERENCE.sub(value_of, text)

        return replace(values[name], (name,))
