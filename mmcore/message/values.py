"""The values of a message's header fields as patterns are compared with them.

A list can have a thousand patterns: each value is decoded once, when the first
of them asks for it.
"""

from __future__ import annotations

from typing import Any

from mmcore.message.headers import decode, one_line

#: Characters of a value that count, and of all values of one name together.
MAX_VALUE, MAX_VALUES = 10_000, 100_000
#: An encoded word (RFC 2047) has at most so many characters for one of its text.
_ENCODED = 12


class FieldValues:
    """The fields of a message and, unless told otherwise, of all its parts, by name.

    It is true for the message as it is when it is made.  Never raises.
    """

    def __init__(self, msg: Any, *, parts: bool = True) -> None:
        self._fields: dict[str, list[tuple[str, str]]] = {}
        for part in msg.walk() if parts else (msg,):
            for name, value in part.items():
                self._fields.setdefault(name.lower(), []).append((name, value))
        self._texts: dict[str, tuple[str, ...]] = {}

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of the fields of a name (in lower case), decoded, on one line each."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = self._decoded(name)
        return found

    def _decoded(self, name: str) -> tuple[str, ...]:
        texts = []
        room = MAX_VALUES
        for _name, value in self._fields.get(name, ()):
            if room <= 0:
                break
            texts.append(decode(str(value)[: MAX_VALUE * _ENCODED])[:MAX_VALUE])
            # An empty one is not for nothing either.
            room -= len(texts[-1]) + 10
        return tuple(texts)

    def written(self, name: str) -> tuple[str, ...]:
        """The same values as they were written, encoded words and all."""
        count = len(self.texts(name))
        return tuple(
            one_line(str(value)[:MAX_VALUE]) for _, value in self._fields.get(name, ())[:count]
        )

    def field(self, name: str, number: int) -> str:
        """`Name: value` of the field that `texts(name)[number]` is from, as it was written."""
        written, value = self._fields[name][number]
        return f"{written}: {one_line(str(value))}"
