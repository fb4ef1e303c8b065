"""What archivers share: their settings, and the hash by which they know a message."""

from __future__ import annotations

import configparser
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from zope.interface import implementer

from mmcore.errors import ConfigurationError
from mmcore.interfaces.archiver import IArchiver, Mailing


@implementer(IArchiver)
class Archiver:
    """An archiver that keeps nothing and knows no URLs; subclasses do more.

    Its own settings stand in the file that `configuration` names, in a section `[general]`;
    `defaults` has those that need not be there.
    """

    name: str = ""
    defaults: ClassVar[dict[str, str]] = {}
    #: Settings that have to be there, and not be empty.
    required: ClassVar[tuple[str, ...]] = ()

    def __init__(self, engine: Any, name: str = "") -> None:
        """`name` is that of the section; raises ConfigurationError if it is enabled and wrong."""
        self.engine = engine
        self.name = name or self.name
        if self.is_enabled:
            self.check()

    @property
    def is_enabled(self) -> bool:
        """See `IArchiver`."""
        section = self.engine.settings.archivers.get(self.name)
        return section is not None and bool(section.enable)

    @cached_property
    def options(self) -> dict[str, str]:
        """The archiver's own settings; raises ConfigurationError."""
        found = dict(self.defaults)
        section = self.engine.settings.archivers.get(self.name)
        if section is not None and section.configuration:
            source = self.engine.settings.source
            folder = Path.cwd() if source is None else source.parent
            found |= self._read(folder / Path(section.configuration).expanduser())
        for key in self.required:
            if not found.get(key):
                raise ConfigurationError(
                    f"[archiver.{self.name}] configuration: a file is needed that has {key}"
                    " in its section [general]"
                )
        return found

    def _read(self, path: Path) -> dict[str, str]:
        problem = f"[archiver.{self.name}] configuration = {path}"
        # Percent and dollar signs are for the archiver.
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(path.read_text(encoding="utf-8"), str(path))
            return dict(parser.items("general"))
        except OSError as error:
            raise ConfigurationError(f"{problem}: {error.strerror}") from error
        except UnicodeError as error:
            raise ConfigurationError(f"{problem}: not a text in UTF-8") from error
        except configparser.Error as error:
            raise ConfigurationError(f"{problem}: {error}") from error

    def check(self) -> None:
        """See whether the archiver's own settings are right; raises ConfigurationError."""
        _ = self.options

    def list_url(self, mlist: Any) -> str | None:
        """See `IArchiver`."""
        return None

    def permalink(self, mlist: Any, msg: Any) -> str | None:
        """See `IArchiver`."""
        return None

    def archive_message(self, mlist: Any, msg: Any) -> Mailing | None:
        """See `IArchiver`."""
        return None


def message_hash(msg: Any) -> str | None:
    """The hash that archives and readers compute from the Message-ID, or None."""
    value = str(msg.get("message-id-hash") or msg.get("x-message-id-hash") or "").strip()
    # It becomes a part of URLs; whatever has other characters is no such hash.
    return value if value.isascii() and value.isalnum() else None


def with_slash(url: str) -> str:
    """A URL to which a name can be appended."""
    return url if not url or url.endswith("/") else f"{url}/"
