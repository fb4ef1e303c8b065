"""Names that Python takes for those of charsets, and mail does not."""

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
