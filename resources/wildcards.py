"""Text with wildcards, as those who look for somebody write it.

Clients know the wildcards of SQL: `%` for any text, `_` for any one character.
"""

from __future__ import annotations

import re


def like(text: str, character: str = ".") -> str:
    """A regular expression for a text with the wildcards `%` and `_`.

    `character` is an expression for one character: what a wildcard may stand for.
    """
    first, *others = (
        "".join(character if each == "_" else re.escape(each) for each in part)
        for part in re.split("%+", text)
    )
    if not others:
        return first
    # What lies between two wildcards is right where it is found first: it is not looked for
    # again when the rest does not fit, or a few wildcards would keep a server busy for hours.
    between = "".join(f"(?>{character}*?{part})" for part in others[:-1])
    return f"{first}{between}{character}*{others[-1]}"
