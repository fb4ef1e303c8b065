"""Postfix: three maps, for `transport_maps`, `relay_domains` and `virtual_alias_maps`.

`docs/mail-servers.md` says how Postfix is told of them.  The kinds are those of Postfix:
`texthash` and `regexp` are read as they are, `hash` and `lmdb` are compiled by `postmap`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmcore.directives import incoming
from mmcore.incoming.addresses import LONGEST_SUFFIX, SUFFIXES, Host
from mmcore.incoming.base import FileMailServer
from mmcore.incoming.maps import MapFile
from mmcore.incoming.postmap import COMPILED, CompiledMap

#: Spaces between the longest address of a list and what it stands for.
GAP = 10
#: Lists whose lines are made at a time.
PIECE = 1000

# Stand in templates for the name of a list, as a key and as a value.
_KEY, _VALUE = "\0", "\1"
#: POSIX extended regular expressions (regexp_table(5)) mean something by these.
_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in ".+*$^?|(){}[]\\"})
#: Addresses of lists that have something after a `+`.
_EXTENDED = frozenset({"-bounces", "-confirm"})


@incoming
class Postfix(FileMailServer):
    """Writes `postfix_lmtp`, `postfix_domains` and `postfix_vmap`."""

    name = "postfix"

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        mta = engine.settings.mta
        self._transport = f"lmtp:[{mta.lmtp_host}]:{mta.lmtp_port}"

    def files(self, directory: Path, hosts: Sequence[Host]) -> list[MapFile]:
        """See `FileMailServer`."""
        aliased = [host for host in hosts if host.has_alias]
        texts = {
            "postfix_lmtp": _lists(hosts, self._transport_of),
            "postfix_domains": self._domains(hosts),
            "postfix_vmap": _lists(aliased, self._alias_of) if aliased else None,
        }
        return [self._file(directory / name, pieces) for name, pieces in texts.items()]

    def _file(self, path: Path, pieces: Sequence[bytes] | None) -> MapFile:
        kind = self.engine.settings.postfix.transport_file_type
        if kind not in COMPILED:
            return MapFile(path, pieces)
        return CompiledMap(path, pieces, self.engine.settings.postfix.postmap_command, kind)

    @property
    def _is_regexp(self) -> bool:
        return bool(self.engine.settings.postfix.transport_file_type == "regexp")

    def _transport_of(self, host: Host) -> Blocks:
        return Blocks(host.delivered_as, lambda suffix: self._transport, self._is_regexp)

    def _alias_of(self, host: Host) -> Blocks:
        def alias(suffix: str) -> str:
            # What a regular expression has found after the `+`; Postfix itself keeps it for
            # other kinds (propagate_unmatched_extensions).
            found = "$1" if self._is_regexp and suffix in _EXTENDED else ""
            return f"{_VALUE}{suffix}{found}@{host.delivered_as}"

        return Blocks(host.mail_host, alias, self._is_regexp)

    def _domains(self, hosts: Sequence[Host]) -> list[bytes]:
        """Domain and mail host in a line; of mail hosts with the same alias the first."""
        found: dict[str, str] = {}
        for host in hosts:
            key = host.delivered_as
            if self._is_regexp:
                key = f"/^{key.translate(_SPECIAL)}$/"
            found.setdefault(key, host.mail_host)
        return [f"{key} {mail_host}\n".encode() for key, mail_host in found.items()]


class Blocks:
    """The lines of one list after the other, for the lists of a domain.

    Lists of a domain differ in their names only: all the rest is in templates, of which there
    are as many as the padding needs.
    """

    def __init__(self, domain: str, value: Callable[[str], str], is_regexp: bool) -> None:
        """`value` is what the address with a suffix stands for."""
        self._domain = domain
        self._value = value
        self._is_regexp = is_regexp
        self._templates: dict[tuple[int, int], str] = {}

    def of(self, name: str) -> str:
        """The lines of a list."""
        key, value = name, name
        if self._is_regexp:
            key, value = name.translate(_SPECIAL), name.replace("$", "$$")
        shape = (name.count("."), len(key) - len(name))
        template = self._templates.get(shape)
        if template is None:
            template = self._templates[shape] = self._template(*shape)
        return template.replace(_KEY, key).replace(_VALUE, value)

    def _template(self, dots: int, growth: int) -> str:
        """A line for each address; `growth` is by how much a key is longer than the name."""
        longest = LONGEST_SUFFIX + len(f"@{self._domain}")
        width = longest + dots + self._domain.count(".") + GAP
        lines = []
        for suffix in SUFFIXES:
            key = self._key(suffix)
            used = len(key) - len(_KEY) + growth
            lines.append(f"{key}{' ' * max(width - used, 1)}{self._value(suffix)}\n")
        return "".join(lines)

    def _key(self, suffix: str) -> str:
        if not self._is_regexp:
            return f"{_KEY}{suffix}@{self._domain}"
        extension = r"(\+.*)?" if suffix in _EXTENDED else ""
        return f"/^{_KEY}{suffix}{extension}@{self._domain.translate(_SPECIAL)}$/"


def _lists(hosts: Sequence[Host], blocks_of: Callable[[Host], Blocks]) -> list[bytes]:
    """The lines of all lists, with an empty one between two lists."""
    pieces: list[bytes] = []
    for host in hosts:
        blocks = blocks_of(host)
        for start in range(0, len(host.names), PIECE):
            if pieces:
                pieces.append(b"\n")
            names = host.names[start : start + PIECE]
            pieces.append("\n".join(map(blocks.of, names)).encode())
    return pieces
