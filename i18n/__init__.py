"""The language of texts: what it is now, and the catalogs that translate them.

Depends on nothing else of mmcore.
"""

from i18n.languages import Language, available, direction, from_tag, known, language, to_tag
from i18n.stack import _, current, explain, mark, ngettext, set_default, using

__all__ = [
    "Language",
    "_",
    "available",
    "current",
    "direction",
    "explain",
    "from_tag",
    "known",
    "language",
    "mark",
    "ngettext",
    "set_default",
    "to_tag",
    "using",
]
