"""Settings that are right each by itself, and cannot be right together.

`mmcore.config` asks for them when it has read the ini file, the master for what has to be on the
disk besides.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from mmcore.errors import ConfigurationError

# sun_path of a unix socket holds 108 bytes with the final NUL; this much of it
# is kept for the name of a socket in run_dir.
_MAX_RUN_DIR = 107 - len("/pipeline.255.sock") - 6

#: Characters of a URI without query and fragment.
_URL = re.compile(r"[-A-Za-z0-9._~:/\[\]@!$&'()*+,;=%]+")
#: Where no certificate can be had, and none is needed.
_HERE = ("localhost", "127.0.0.1", "::1")

#: Kind of address that says what it is about, values for its placeholders, groups that read them,
#: and what makes a whole address of what the format gives.
_VERP = (
    (
        "verp",
        {"bounces": "test-bounces", "local": "anne.person", "domain": "example.org"},
        {"bounces": "test-bounces", "local": "anne.person", "domain": "example.org"},
        "@lists.example.com",
    ),
    (
        "verp_probe",
        {"bounces": "test-bounces", "token": "0123456789abcdef", "domain": "lists.example.com"},
        {"bounces": "test-bounces", "token": "0123456789abcdef"},
        "",
    ),
    (
        "verp_confirm",
        {"address": "test-confirm", "cookie": "0123456789abcdef"},
        {"addr": "test-confirm", "cookie": "0123456789abcdef"},
        "@lists.example.com",
    ),
)


def contradictions(settings: Any) -> Iterator[str]:
    """Say what can never work, whatever else there is."""
    yield from _long_sockets(settings)
    yield from _devmode(settings)
    yield from _signing("ARC", settings.ARC, ("privkey", "selector", "domain"))
    # Without a domain it is that of the list.
    yield from _signing("DKIM", settings.DKIM, ("privkey", "selector"))
    for text in settings.dmarc.nameservers:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            yield f"[dmarc] nameservers = {text!r}: a nameserver is named by its IP address"
    url = settings.public.url
    if url.rstrip("/").endswith("/unsubscribe"):
        yield f"[public] url = {url!r}: leave out /unsubscribe, which is added to it"
    elif url and not _is_public(url):
        yield (
            f"[public] url = {url!r} has to begin with https:// (RFC 8058), to name a host, and to"
            " have no query; http:// is for trying out, on localhost"
        )
    for kind in _VERP:
        yield from _verp(settings.mta, *kind)


def _devmode(settings: Any) -> Iterator[str]:
    section = settings.devmode
    if section.enabled and "@" not in section.recipient:
        yield "[devmode] is enabled, so recipient has to be an address"


def _long_sockets(settings: Any) -> Iterator[str]:
    for what, path, limit in (
        ("[paths] run_dir", settings.paths.run_dir, _MAX_RUN_DIR),
        ("[database] zeo_socket", settings.database.zeo_socket, 107),
    ):
        length = len(os.fsencode(path))
        if length > limit:
            yield (
                f"{what} = {path} is too long for unix sockets ({length} bytes, at most {limit}):"
                " set run_dir in [paths] to a shorter path, such as /run/mmcore"
            )


def _signing(name: str, section: Any, needed: tuple[str, ...]) -> Iterator[str]:
    if not section.enabled:
        return
    for key in needed:
        if not getattr(section, key):
            yield f"[{name}] is enabled, so {key} must not be empty"
    if "from" not in {field.lower() for field in section.sig_headers}:
        yield f"[{name}] sig_headers has to contain From (RFC 6376, section 5.4)"


def _verp(
    mta: Any, kind: str, values: dict[str, str], groups: dict[str, str], end: str
) -> Iterator[str]:
    """What is wrong with the format and the regular expression of a kind of address."""
    written, regexp = getattr(mta, f"{kind}_format"), getattr(mta, f"{kind}_regexp")
    template = Template(written)
    names = ", ".join(f"${name}" for name in values)
    if not template.is_valid() or set(template.get_identifiers()) != set(values):
        yield f"[mta] {kind}_format = {written!r} has to contain {names} and nothing else with $"
        return
    pattern = re.compile(regexp, re.IGNORECASE | re.DOTALL)
    missing = [name for name in groups if name not in pattern.groupindex]
    if missing:
        yield f"[mta] {kind}_regexp = {regexp!r} lacks the groups {', '.join(missing)}"
        return
    address = template.substitute(values) + end
    found = pattern.search(address)
    if found is None or found.group(*groups) != tuple(groups.values()):
        yield f"[mta] {kind}_regexp = {regexp!r} cannot read {address}, made by {kind}_format"
    elif address.count("@") != 1:
        yield f"[mta] {kind}_format = {written!r} makes {address}, which is no address"
    elif address.partition(mta.verp_delimiter)[0] not in ("test-bounces", "test-confirm"):
        yield (
            f"[mta] mail to {address}, made by {kind}_format, would not reach us: verp_delimiter ="
            f" {mta.verp_delimiter!r} has to follow the first placeholder"
        )


def _is_public(url: str) -> bool:
    """Whether tokens can be put behind an address, for mail programs to post to."""
    # As it stands in a header field, between angle brackets (RFC 3986, section 2).
    if not _URL.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)


def key_path(settings: Any, text: str) -> Path:
    """Where a key file is; relative names are as seen from the ini file."""
    base = settings.source.parent if settings.source else Path.cwd()
    return Path(base / Path(text).expanduser())


def check_key_files(settings: Any) -> None:
    """Raise ConfigurationError if a key that is to sign mail cannot be read.

    Only the start is refused: a key that disappears later is missed in the log, and mail goes
    out unsigned.
    """
    for name in ("ARC", "DKIM"):
        section = getattr(settings, name)
        if not section.enabled:
            continue
        path = key_path(settings, section.privkey)
        try:
            path.read_bytes().decode("ascii")
        except OSError as error:
            raise ConfigurationError(
                f"[{name}] privkey: cannot read {path}: {error.strerror}"
            ) from error
        except UnicodeDecodeError:
            raise ConfigurationError(
                f"[{name}] privkey: {path} is no text; it has to be PEM"
            ) from None
