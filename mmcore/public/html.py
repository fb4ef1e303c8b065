"""HTML of the public pages: one template, one style sheet, and texts that cannot become markup.

The pages work without JavaScript and load nothing, so that a policy can forbid everything else
(Content Security Policy, level 3).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template
from urllib.parse import quote

from i18n import current, direction, to_tag

_FILES = resources.files("mmcore.public")
_PAGE = Template(_FILES.joinpath("page.html").read_text(encoding="utf-8"))
_STYLE = _FILES.joinpath("style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode("utf-8")).digest()).decode("ascii")

#: The one style sheet is known by its hash; forms go back to where they came from.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


class Markup(str):
    """HTML that was made here: everything in it that came from elsewhere is escaped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says."""

    #: Text, not HTML: it is the title of the window, too.
    title: str
    #: What stands below, block by block.
    blocks: tuple[Markup, ...]


def paragraph(text: str, **values: str) -> Markup:
    """A paragraph; `values` fill the `$name`s of a text that has been translated.

    Texts among them stand by themselves where directions are mixed.
    """
    filled = {
        name: value if isinstance(value, Markup) else f"<bdi>{escape(value)}</bdi>"
        for name, value in values.items()
    }
    return Markup(f"<p>{Template(escape(text)).safe_substitute(filled)}</p>")


def mail_link(address: str) -> Markup:
    """A link that begins a mail (RFC 6068)."""
    shown = escape(address)
    target = quote(address, safe="@!$'*+-._~")
    return Markup(f'<a href="mailto:{escape(target)}"><bdi>{shown}</bdi></a>')


def button(field: str, label: str) -> Markup:
    """A form that is nothing but a button: it posts `field` to the page's own address."""
    return Markup(
        '<form method="post">'
        f'<button type="submit" name="{escape(field)}" value="yes">{escape(label)}</button></form>'
    )


def render(page: Page) -> str:
    """The page in the current language."""
    code = current()
    return _PAGE.substitute(
        lang=escape(to_tag(code)),
        dir=direction(code),
        title=escape(page.title),
        style=_STYLE,
        content="\n".join(page.blocks),
    )
