"""The shape of a filtered post: one version of alternatives, no needless multiparts, plain text.

Nothing below a signed or encrypted part is touched (RFC 1847).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mmcore.message.compose import set_text
from mmcore.message.html_text import text_of_html
from mmcore.message.parts import is_blank, is_sealed, open_parts, parts_of, take_over

_UNDECLARED = (None, "us-ascii", "ascii")


@dataclass
class Shape:
    """What was changed: alternatives as (type, type of the one that is left), and other things."""

    alternatives: list[tuple[str, str]] = field(default_factory=list)
    recast: int = 0
    converted: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was."""
        return bool(self.alternatives or self.recast or self.converted)


def shape(mlist: Any, msg: Any, most_html: int) -> Shape:
    """Bring a message into the shape that the list wants.

    HTML becomes plain text up to `most_html` bytes in all, if that is not 0.
    """
    done = Shape()
    heir = _settle(mlist, msg, done)
    if heir is not None:
        take_over(msg, heir)
    if mlist.convert_html_to_plaintext:
        _convert(msg, most_html, done)
    parts = [] if is_sealed(msg) else parts_of(msg)
    if len(parts) == 2 and is_blank(parts[0]):
        take_over(msg, parts[1])
        done.recast += 1
    return done


def _settle(mlist: Any, part: Any, done: Shape) -> Any:
    """Settle what is below a part; returns the part that is to stand in its place, or None."""
    parts = parts_of(part)
    sealed = is_sealed(part)
    if parts and not sealed:
        heirs = [_settle(mlist, child, done) for child in parts]
        if part.get_content_maintype() == "message":
            # An enclosed message keeps its header.
            for child, heir in zip(parts, heirs, strict=True):
                if heir is not None:
                    take_over(child, heir)
        elif any(heir is not None for heir in heirs):
            pairs = zip(parts, heirs, strict=True)
            parts = [child if heir is None else _standing_alone(heir) for child, heir in pairs]
            part.set_payload(parts)
    if not parts or part.get_content_maintype() != "multipart":
        return None
    if mlist.collapse_alternatives and part.get_content_type() == "multipart/alternative":
        best = next((child for child in parts if not is_blank(child)), parts[0])
        done.alternatives.append((part.get_content_type(), best.get_content_type()))
        return best
    if len(parts) == 1:
        done.recast += 1
        return parts[0]
    return None


def _standing_alone(part: Any) -> Any:
    """The part, saying its type if it had it only from the digest that it was in."""
    default = part.get_default_type()
    if default != "text/plain":
        if "content-type" not in part:
            part["Content-Type"] = default
        part.set_default_type("text/plain")
    return part


def _convert(msg: Any, most: int, done: Shape) -> None:
    """Make plain text of the HTML parts, in order, as long as they are not too large."""
    used = 0
    for part in open_parts(msg):
        if part.get_content_type() != "text/html":
            continue
        size = part.body_span().size
        if most and used + size > most:
            continue
        used += size
        charset = part.get_content_charset()
        text = text_of_html(_page(part, charset))
        set_text(part, text, *([] if charset in _UNDECLARED else [charset]))
        done.converted += 1


def _page(part: Any, charset: str | None) -> str:
    """The HTML of a part, decoded with replacement."""
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode("utf-8" if charset in _UNDECLARED else charset, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")
