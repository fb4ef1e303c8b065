"""What a handler changed in a message, as people read it: unified diffs, bounded in size."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

#: Lines on either side, beyond what both have in common at the beginning and the end, that are
#: compared; the time it takes grows with their product.
MOST_LINES = 400
#: Bytes of a body that are looked at for a diff.
MOST_BYTES = 256 * 1024
#: Characters of one line that are shown.
LONGEST_LINE = 500
#: Lines of context around a difference.
CONTEXT = 2


def header_difference(before: Any, after: Any) -> str:
    """The diff of two messages' header sections, as they would be sent."""
    # Without the blank line at the end.
    return difference(before.header_bytes().rstrip(), after.header_bytes().rstrip())


def body_difference(before: Any, after: Any) -> str:
    """The diff of two messages' bodies; costs nothing if neither was changed since it came in."""
    if not before.body_changed and not after.body_changed:
        return ""
    return difference(before.body_bytes(), after.body_bytes())


def difference(before: bytes, after: bytes) -> str:
    """The unified diff of two texts; of large ones only their sizes."""
    if before == after:
        return ""
    if max(len(before), len(after)) > MOST_BYTES:
        return f"@@ {len(before)} bytes became {len(after)} @@"
    old, new = _lines(before), _lines(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    lead = old[max(0, start - CONTEXT) : start]
    trail = old[len(old) - end : len(old) - end + CONTEXT]
    old = [*lead, *old[start : len(old) - end], *trail]
    new = [*lead, *new[start : len(new) - end], *trail]
    if max(len(old), len(new)) > MOST_LINES:
        return f"@@ {len(old)} lines became {len(new)} @@"
    # The names of the two texts and the numbers of lines say nothing here.
    lines = list(unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]
    return "\n".join("@@" if line.startswith("@@") else line for line in lines)


def _lines(data: bytes) -> list[str]:
    """Lines as they are shown: other line ends than CRLF and LF are made visible."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\\r")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} […]" for line in lines]


def _common(left: list[str], right: list[str]) -> int:
    """How many lines two texts begin with alike."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
