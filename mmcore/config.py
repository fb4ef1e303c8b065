"""Reading the ini file: types, defaults, and where each value came from.

One file serves all: PasteDeploy reads the application and the server from it,
we read the sections declared in `mmcore.settings_schema`.  As in PasteDeploy,
`%(here)s` and `%(name)s` are replaced and `[DEFAULT]` gives values to every
section.  A name that nobody declared, or a value of the wrong kind, stops the
start with all the mistakes of the file at once.

This module is imported by every process and command, so it stays cheap.
"""

from __future__ import annotations

import difflib
import os
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mmcore.errors import ConfigurationError
from mmcore.settings_checks import contradictions
from mmcore.settings_file import read_texts
from mmcore.settings_schema import (
    ARCHIVER_PREFIX,
    PLUGIN_PREFIX,
    RUNNER_NAMES,
    RUNNER_PREFIX,
    Key,
    sections,
)
from mmcore.settings_types import PATH

#: Environment variable that names the ini file.
CONFIG_VARIABLE = "MMCORE_CONFIG_FILE"
#: Where the ini file is looked for otherwise.
CONFIG_PATHS = (Path("development.ini"), Path("/etc/mmcore/mmcore.ini"))

DEFAULT = "default"
_PRIVATE_DIRS = (
    "data_dir",
    "content_dir",
    "ledger_dir",
    "caught_dir",
    "run_dir",
    "lock_dir",
    "archive_dir",
)
_PUBLIC_DIRS = ("var_dir", "log_dir", "template_dir")


def _nothing(name: str) -> None:
    """Tell nobody that a runner is ready: there is no master."""


class Section:
    """The values of one section, as attributes."""

    def __init__(self, name: str, keys: Iterable[Key]) -> None:
        self.__dict__["_name"] = name
        self.__dict__["_keys"] = {key.name: key for key in keys}
        self.__dict__["_values"] = {}
        self.__dict__["_texts"] = {}

    def __getattr__(self, name: str) -> Any:
        """The value of a setting; raises AttributeError."""
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"no setting {name!r} in [{self.__dict__.get('_name')}]")
        return self._values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        """Replace a value in this process; raises AttributeError for an unknown name."""
        if name not in self._keys:
            raise AttributeError(f"no setting {name!r} in [{self._name}]")
        self._values[name] = value
        self._texts.pop(name, None)

    def __iter__(self) -> Iterator[Key]:
        """The declarations of the section, in order."""
        return iter(self._keys.values())

    def show(self, name: str) -> str:
        """A value as text, as it could stand in the ini file; raises KeyError."""
        return self._keys[name].kind.show(self._values[name])

    def text(self, name: str) -> str:
        """A value as it is written in the ini file, with the `$name`s of paths; raises KeyError.

        Of a setting that is not in the file it is the default.
        """
        text: str | None = self._texts.get(name)
        return self.show(name) if text is None else text


class Settings:
    """The effective settings of one process.

    Sections are attributes (`settings.mta.smtp_host`).  Those of families stand
    by name in `settings.runners` (`settings.runners["in"].instances`),
    `settings.archivers` and `settings.plugins`.
    """

    mmcore: Section
    paths: Section
    database: Section
    bounces: Section
    devmode: Section
    mta: Section
    public: Section
    webservice: Section
    styles: Section
    antispam: Section
    dmarc: Section
    ARC: Section
    DKIM: Section
    digests: Section
    nntp: Section
    logging: Section

    def __init__(
        self,
        texts: Mapping[str, Mapping[str, str]],
        source: Path | None = None,
        origins: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Read the texts of settings, by section and key, over the defaults.

        `source` is the ini file they come from.  Raises ConfigurationError.
        """
        self.source = source
        self.sections = {name: Section(name, keys) for name, keys in sections(texts).items()}
        self._origins = dict(origins or {})
        #: Called with the name of a runner when it serves; the master sets it before it forks.
        self.report_ready: Callable[[str], None] = _nothing
        self._refuse([*_unknown_names(self.sections, texts), *self._read(texts)])
        self.runners = self._family(RUNNER_PREFIX)
        self.archivers = self._family(ARCHIVER_PREFIX)
        self.plugins = self._family(PLUGIN_PREFIX)
        for name, section in self.sections.items():
            if "." not in name:
                setattr(self, name, section)
        self._refuse([*contradictions(self)])

    @classmethod
    def defaults(
        cls, var_dir: str | Path, values: Mapping[str, Mapping[str, object]] | None = None
    ) -> Settings:
        """The stock settings over a directory, with some values replaced.

        `values` are by section and key; anything whose `str` can be read.
        Raises ConfigurationError.
        """
        texts = {
            section: {key: str(value) for key, value in pairs.items()}
            for section, pairs in (values or {}).items()
        }
        texts.setdefault("paths", {})["var_dir"] = str(var_dir).replace("$", "$$")
        return cls(texts)

    def origin(self, section: str, key: str) -> str:
        """Where a value came from: `default`, or a file with the section if another."""
        return self._origins.get((section, key), DEFAULT)

    def ensure_dirs(self) -> None:
        """Create the directories that are missing; raises ConfigurationError."""
        wanted = [(name, getattr(self.paths, name), 0o755) for name in _PUBLIC_DIRS]
        wanted += [(name, getattr(self.paths, name), 0o770) for name in _PRIVATE_DIRS]
        wanted += [
            (name, getattr(self.paths, name).parent, 0o770) for name in ("pid_file", "lock_file")
        ]
        wanted.append(("zeo_socket", self.database.zeo_socket.parent, 0o770))
        for name, path, mode in wanted:
            if path.is_dir():
                continue
            try:
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(mode)
            except OSError as error:
                raise ConfigurationError(
                    f"cannot create the directory {path} (setting {name}): {error.strerror}"
                ) from error

    def _refuse(self, problems: list[str]) -> None:
        """Raise ConfigurationError with all that is wrong, if anything is."""
        where = f"{self.source}: " if self.source else ""
        if problems:
            raise ConfigurationError("\n".join(where + problem for problem in problems))

    def _family(self, prefix: str) -> dict[str, Section]:
        """The sections whose names begin alike, by the rest of their names."""
        return {
            name.removeprefix(prefix): section
            for name, section in self.sections.items()
            if name.startswith(prefix)
        }

    def _read(self, texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
        """Fill the sections; yields what is wrong."""
        raw_paths: dict[str, str] = {}
        for section in self.sections.values():
            for key in section:
                text = texts.get(section._name, {}).get(key.name, key.default)
                section._texts[key.name] = text
                if key.kind is PATH:
                    raw_paths[key.name] = text
                    continue
                try:
                    section._values[key.name] = key.kind.parse(text)
                except ValueError:
                    yield (
                        f"[{section._name}] {key.name} = {text!r} is not right:"
                        f" expected {key.kind.expected}"
                    )
        base = self.source.parent if self.source else Path.cwd()
        for section in self.sections.values():
            for key in section:
                if key.kind is PATH:
                    try:
                        section._values[key.name] = _resolve(key.name, raw_paths, base)
                    except ValueError as error:
                        yield f"[{section._name}] {key.name} = {raw_paths[key.name]!r}: {error}"


def find_config(option: str | None = None) -> Path:
    """The ini file to use: the option, else the environment, else the usual places.

    Raises ConfigurationError when there is none.
    """
    named = option or os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    for path in CONFIG_PATHS:
        if path.exists():
            return path
    places = " and ".join(str(path) for path in CONFIG_PATHS)
    raise ConfigurationError(
        f"no configuration: name the file with -C or in {CONFIG_VARIABLE} (looked for {places})"
    )


def load(path: str | Path) -> Settings:
    """Read an ini file; raises ConfigurationError that says all that is wrong."""
    path = Path(path).absolute()
    texts, origins = read_texts(path)
    return Settings(texts, path, origins)


def _resolve(name: str, raw: Mapping[str, str], base: Path, seen: tuple[str, ...] = ()) -> Path:
    """A path with its `$name`s replaced, absolute; raises ValueError."""
    if name in seen:
        raise ValueError(f"${name} refers to itself")
    template = string.Template(raw[name].strip())
    if not template.is_valid() or not raw[name].strip():
        raise ValueError(f"expected {PATH.expected} ($$ for a dollar sign)")
    values = {}
    for other in template.get_identifiers():
        if other not in raw:
            raise ValueError(f"${other} is not a path setting{_did_you_mean(other, raw, '$')}")
        values[other] = str(_resolve(other, raw, base, (*seen, name)))
    return Path(os.path.normpath(base / Path(template.substitute(values)).expanduser()))


def _did_you_mean(
    name: str, known: Iterable[str], prefix: str = "", suffix: str = "", cutoff: float = 0.6
) -> str:
    near = difflib.get_close_matches(name, list(known), 1, cutoff)
    return f"; did you mean {prefix}{near[0]}{suffix}?" if near else ""


def _unknown_names(
    known: Mapping[str, Section], texts: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Say which sections and keys nobody declared."""
    for name, values in texts.items():
        if name.startswith(RUNNER_PREFIX) and name not in known:
            short = name.removeprefix(RUNNER_PREFIX)
            hint = _did_you_mean(short, RUNNER_NAMES)
            yield f"[{name}] there is no runner {short!r}{hint or ': ' + ' '.join(RUNNER_NAMES)}"
            continue
        if name not in known:
            hint = _did_you_mean(name, known, "[", "]")
            yield f"[{name}] is not a section of mmcore{hint}"
            continue
        for key, value in values.items():
            if key not in known[name]._keys:
                homes = [section for section, other in known.items() if key in other._keys]
                # A slip of the pen is more likely than the wrong section, and that than a guess.
                hint = _did_you_mean(key, known[name]._keys, cutoff=0.8)
                if not hint and homes:
                    hint = f"; it belongs in [{homes[0]}]"
                hint = hint or _did_you_mean(key, known[name]._keys)
                yield f"[{name}] {key} = {value!r}: there is no such setting{hint}"
