"""Signing in tests: keys that protect nothing, and whether signatures hold.

The keys are in `tests/data/keys/`; everybody may know them.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import dkim
import nacl.signing
from dkim.crypto import parse_private_key

from mmcore.services.signing_keys import SigningKey, read_key
from tests.support.dns import Nameserver

KEYS = Path(__file__).resolve().parents[1] / "data" / "keys"
RSA = KEYS / "rsa.pem"
ED25519 = KEYS / "ed25519.pem"

#: The algorithm of an RSA key (RFC 3279, section 2.3.1), in DER.
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")


def _der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + length + content


def _integer(number: int) -> bytes:
    return _der(2, number.to_bytes(number.bit_length() // 8 + 1))


def public_record(key: SigningKey) -> str:
    """The TXT record with the public half of a key (RFC 6376, section 3.6.1)."""
    if key.algorithm == b"ed25519-sha256":
        seed = nacl.signing.SigningKey(base64.b64decode(key.secret))
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(seed.verify_key)).decode()}"
    found = re.search(rb"--\n(.*?)\n--", key.secret, re.DOTALL)
    assert found
    private = parse_private_key(base64.b64decode(found[1]))
    numbers = _der(48, _integer(private["modulus"]), _integer(private["publicExponent"]))
    public = _der(48, _RSA, _der(3, b"\0", numbers))
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def publish(nameserver: Nameserver, path: Path, selector: str, domain: str) -> None:
    """Put the public half of a key file into the DNS."""
    nameserver.txt(f"{selector}._domainkey.{domain}", public_record(read_key(path)))


def dns_of(nameserver: Nameserver):
    """What dkimpy asks for keys, answered from what the nameserver was told."""

    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        found = nameserver.records.get((name.decode().rstrip(".").lower(), "TXT"))
        return (
            b"".join(re.findall(rb'"((?:[^"\\]|\\.)*)"', found[0][0].encode())) if found else None
        )

    return ask


def sign(content: bytes, path: Path, selector: str, domain: str, **options) -> bytes:
    """The content with a signature in front, as an author's server makes it."""
    key = read_key(path)
    field = dkim.sign(
        content, selector.encode(), domain.encode(), key.secret,
        signature_algorithm=key.algorithm, **options,
    )  # fmt: skip
    return field + content


def holds(content: bytes, nameserver: Nameserver, index: int = 0) -> bool:
    """Whether a signature, counted from the top, is valid."""
    try:
        return dkim.DKIM(content).verify(index, dnsfunc=dns_of(nameserver))
    except dkim.ValidationError:
        return False


def chain_state(content: bytes, nameserver: Nameserver) -> bytes | None:
    """The state of the chain of ARC seals."""
    return dkim.ARC(content).verify(dnsfunc=dns_of(nameserver))[0]
