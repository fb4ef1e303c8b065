"""Signs messages as they leave: DKIM (RFC 6376) and ARC (RFC 8617).

What is signed are the bytes that go over the wire, so this is the last thing that happens to a
message.  The body is hashed as it stands in memory, and not parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import authres.core
import dkim
import dkim.canonicalization
from nacl.exceptions import CryptoError

from mmcore.errors import MMCoreError
from mmcore.message.writing import as_sent
from mmcore.services.signing_keys import SigningKey, SigningKeyError

#: RFC 8058, section 4: a signature has to cover both, whatever the site has chosen.
_ALWAYS = (b"list-unsubscribe", b"list-unsubscribe-post")
#: What dkimpy raises over fields and keys that it cannot make sense of.
CANNOT_SIGN = (
    dkim.DKIMException,
    authres.core.AuthResError,
    CryptoError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RecursionError,
    TypeError,
    ValueError,
)

#: Blanks before a line end; each run of blanks is gone through once.
_BLANKS_AT_END = re.compile(rb"[\t ](?<![\t ]{2})[\t ]*\r\n")

S = TypeVar("S", bound=dkim.DKIM | dkim.ARC)


def _strip_trailing_whitespace(content: bytes) -> bytes:
    return _BLANKS_AT_END.sub(b"\r\n", content)


# dkimpy's own (1.1.8) begins anew at every blank: for a line of a million it takes minutes.
dkim.canonicalization.strip_trailing_whitespace = _strip_trailing_whitespace


class SigningError(MMCoreError):
    """A message cannot be signed; the text says why."""


def opened(kind: type[S], msg: Any, **options: Any) -> S:
    """A signer or verifier of dkimpy over a message as it leaves.

    Raises what is in CANNOT_SIGN for header fields that are none.
    """
    signer = kind(as_sent(msg.header_bytes()) or b"\r\n", **options)
    body = as_sent(msg.body_bytes())
    signer.body = body if not body or body.endswith(b"\r\n") else body + b"\r\n"
    return signer


def dkim_signature(
    msg: Any, key: SigningKey, selector: str, domain: str, names: Sequence[str]
) -> bytes:
    """The field DKIM-Signature for a message, with its line end.

    Of the fields called `names` all that are there are signed; From once more, so that nobody
    can add another (RFC 6376, section 8.15).  Raises SigningError.
    """
    try:
        signer = opened(dkim.DKIM, msg, signature_algorithm=key.algorithm)
        return bytes(
            signer.sign(
                selector.encode("ascii"),
                domain.encode("idna"),
                key.secret,
                # Spaces in the body hardly ever change any more, those in the header do.
                canonicalize=(b"relaxed", b"simple"),
                include_headers=_fields(signer, names),
            )
        )
    except CANNOT_SIGN as error:
        raise SigningError(str(error) or type(error).__name__) from error


def arc_set(
    msg: Any,
    key: SigningKey,
    selector: str,
    domain: str,
    names: Sequence[str],
    authserv_id: str,
    standardize: bool = False,
) -> list[bytes]:
    """The three fields of an ARC set, with their line ends, in the order in which they stand.

    They seal what the Authentication-Results of `authserv_id` say; without these there is
    nothing to seal, and the list is empty.  Raises SigningError.
    """
    if key.algorithm != b"rsa-sha256":
        raise SigningKeyError("ARC needs an RSA key")
    try:
        signer = opened(dkim.ARC, msg)
        found = signer.sign(
            selector.encode("ascii"),
            domain.encode("idna"),
            key.secret,
            authserv_id.encode("utf-8"),
            include_headers=_fields(signer, names),
            standardize=standardize,
        )
    except CANNOT_SIGN as error:
        raise SigningError(str(error) or type(error).__name__) from error
    return [bytes(field) for field in found]


def _fields(signer: Any, names: Sequence[str]) -> list[bytes]:
    """The names of the fields to sign, each as often as it is there."""
    wanted = {name.lower().encode("ascii", "replace") for name in names} | set(_ALWAYS)
    wanted -= signer.should_not_sign
    present = [name.lower() for name, _value in signer.headers if name.lower() in wanted]
    return [*present, b"from"]
