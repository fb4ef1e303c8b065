"""What is to be known of charsets: which names are none, and what stands beside ASCII bytes."""

from __future__ import annotations

import codecs
from functools import lru_cache

#: Codecs that are no charsets; over a long text some work for hours.
_OTHER_CODECS = frozenset(
    {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)


@lru_cache(maxsize=1024)
def is_other_codec(name: str) -> bool:
    """Whether a codec of that name makes text of bytes, but is no charset of mail."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return codec.name.replace("_", "-") in _OTHER_CODECS


#: Signs that a charset must write as ASCII does, for ASCII bytes to stand beside it.
_PROBE = "\r\nazAZ09_-+~{}[]\\|^@/:.,;<>=?!\"'()&%$#* \t"


@lru_cache(maxsize=256)
def extends_ascii(charset: str) -> bool:
    """Whether ASCII bytes may stand among those of a text in this charset."""
    try:
        return _PROBE.encode(charset) == _PROBE.encode("ascii")
    except (LookupError, ValueError):
        return False
