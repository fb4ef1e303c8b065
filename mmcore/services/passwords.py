"""Password hashes: argon2id with the parameters of RFC 9106, section 4.

Both functions are slow on purpose (about 0.1 s), so callers check everything else first.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Nobody types more than this; hashing megabytes for a stranger would be a gift.
MAX_LENGTH = 1024
#: Stored for somebody who was given a random password that nobody learns: it is
#: there, and nothing matches it.
UNUSABLE = "!"

_hasher = PasswordHasher()


def _octets(password: str) -> bytes:
    # Lone surrogates come from undecodable mail; they must compare, not raise.
    return password.encode("utf-8", "surrogatepass")


def hash(password: str) -> str:
    """The hash to store for a password; raises ValueError if it is too long."""
    if len(password) > MAX_LENGTH:
        raise ValueError(f"a password has at most {MAX_LENGTH} characters")
    return _hasher.hash(_octets(password))


def is_usable(stored: str | bytes | None) -> bool:
    """Whether there is a hash that some password matches."""
    return bool(stored) and stored != UNUSABLE


def verify(password: str, stored: str | bytes | None) -> tuple[bool, str | None]:
    """Compare a password with a stored hash.

    Returns (matches, new hash or None).  The new hash is to be stored instead of the old one,
    which was made with parameters of the past.  An unknown or missing hash matches nothing.
    """
    if not stored or len(password) > MAX_LENGTH:
        return False, None
    try:
        text = stored.decode("ascii") if isinstance(stored, bytes) else stored
        _hasher.verify(text, _octets(password))
        outdated = _hasher.check_needs_rehash(text)
    except (VerificationError, InvalidHashError, UnicodeError):
        return False, None
    return True, hash(password) if outdated else None
