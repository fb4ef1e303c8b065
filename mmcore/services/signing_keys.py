"""Private keys of the site, for DKIM (RFC 6376, RFC 8463) and ARC (RFC 8617).

A key file may be replaced while the engine runs; what is there now is what signs.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from dkim.asn1 import ASN1FormatError
from dkim.crypto import UnparsableKeyError, parse_pem_private_key

from mmcore.errors import MMCoreError

_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----\s(.*?)-----END", re.DOTALL)
#: What stands before the 32 octets of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
_ED25519_OCTETS = 32
#: A key of 16384 bits is shorter.
_LARGEST = 64_000


class SigningKeyError(MMCoreError):
    """A private key cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in the form in which dkimpy takes it; `algorithm` as in the tag `a=`."""

    algorithm: bytes
    secret: bytes

    def __repr__(self) -> str:
        """Without the secret, which must not get into a log."""
        return f"<SigningKey: {self.algorithm.decode('ascii')}>"


def parse_key(data: bytes) -> SigningKey:
    """The key in the content of a file: RSA or Ed25519 as PEM, or base64 of an Ed25519 seed.

    Raises SigningKeyError.
    """
    found = _PEM.search(data)
    try:
        octets = base64.b64decode(b"".join((found[1] if found else data).split()), validate=True)
    except (binascii.Error, ValueError):
        raise SigningKeyError("is neither PEM nor base64") from None
    if found is None:
        if len(octets) != _ED25519_OCTETS:
            raise SigningKeyError("is no PEM, and no Ed25519 key of 32 octets either")
        return SigningKey(b"ed25519-sha256", base64.b64encode(octets))
    if octets.startswith(_PKCS8_ED25519) and len(octets) == len(_PKCS8_ED25519) + _ED25519_OCTETS:
        return SigningKey(b"ed25519-sha256", base64.b64encode(octets[len(_PKCS8_ED25519) :]))
    # In the one form of PEM that dkimpy reads.
    pem = b"-----BEGIN KEY-----\n" + base64.b64encode(octets) + b"\n-----END KEY-----\n"
    try:
        parse_pem_private_key(pem)
    except (UnparsableKeyError, ASN1FormatError, LookupError, TypeError, ValueError):
        raise SigningKeyError("is no private key for RSA or Ed25519 without a password") from None
    return SigningKey(b"rsa-sha256", pem)


_lock = threading.Lock()
_kept: dict[Path, tuple[tuple[int, int, int], SigningKey]] = {}


def read_key(path: Path) -> SigningKey:
    """The key in a file, read again if the file has changed; raises SigningKeyError."""
    try:
        status = path.stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        with _lock:
            known = _kept.get(path)
        if known is not None and known[0] == version:
            return known[1]
        if status.st_size > _LARGEST:
            raise SigningKeyError(f"the key file {path} is too large")
        data = path.read_bytes()
    except OSError as error:
        raise SigningKeyError(f"cannot read the key file {path}: {error.strerror}") from error
    try:
        key = parse_key(data)
    except SigningKeyError as error:
        raise SigningKeyError(f"the key file {path} {error}") from None
    with _lock:
        _kept[path] = (version, key)
    return key
