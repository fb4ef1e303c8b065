"""HTML as plain text, for lists that take no HTML.

The tree comes from lxml and is laid out by inscriptis.  Pages are whatever somebody wanted to
send, and both libraries can be made to work for minutes or to fill gigabytes by a page of a
megabyte.  So they get a page of ours: only tags and attributes that a text can show, no styles,
no large tables, and not more elements than they manage in a second.  A page that is too deep for
them, or over which they fail, loses its tags and is no further laid out.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator
from itertools import islice
from typing import Any

from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree

#: Where lines are broken, as people do it in mail.
LINE_LENGTH = 76
#: What is laid out: elements of a page, cells of its tables, blanks and letters of a table.
MOST_ELEMENTS = 40_000
MOST_CELLS = 2_000
MOST_TABLE = 20_000
#: Lists in lists that are indented.
MOST_INDENTED = 8
#: Elements of a link that are looked at to see what it shows.
_MOST_LINKED = 50
_LINK = re.compile(r"(?:https?|ftp|mailto|tel|sips?|xmpp):\S+", re.IGNORECASE)
#: Blanks in the middle of a line: columns, or a drawing.
_COLUMNS = re.compile(r"\S {2,}\S")
_BLANK_LINES = re.compile(r"\n{3,}")
#: What neither XML nor a text may hold.
_CONTROLS = re.compile("\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
#: What takes no room; newsletters fill the preview of mail programs with it.
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]|\u200c(?!\\w)")

# Every match takes all that was read for it, so nothing is read twice.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<dumb>script|style|title)\b.*?(?:</(?P=dumb)\b[^>]*+>?|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)"
    r"(?P<rest>(?:=\s*+(?:\"[^\"]*+\"|'[^']*+')|[^>=]++|=)*+)>?"
    r"|<[/!?][^>]*+>?",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"\b(?P<name>href|alt|style)\s*+=\s*+(?:\"(?P<a>[^\"]*+)\"|'(?P<b>[^']*+)'|(?P<c>[^\s>]++))",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Elements that begin and end within a line and are no more than decoration in a text.
_INLINE = (
    "abbr", "b", "big", "cite", "code", "em", "font", "i", "s", "small", "span", "strong", "sub",
    "sup", "u",
)  # fmt: skip
#: Table elements; in a page without tables they are blocks.
_TABLE = ("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption")
_CONFIG = ParserConfig(css=STRICT_CSS_PROFILE, display_images=True, deduplicate_captions=True)
#: What the two libraries can raise over a page that makes no sense.
_CANNOT_COPE = (
    etree.LxmlError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def text_of_html(page: str) -> str:
    """The text that a page shows, in lines that end with a line feed; '' if it shows none.

    Links are shown with their targets, images by their descriptions.  Never raises, takes
    time and space in proportion to the page, and fetches nothing.
    """
    page = _CONTROLS.sub(" ", page)
    try:
        tree = _tree(page)
        text = "" if tree is None else Inscriptis(tree, _CONFIG).get_text()
    except _CANNOT_COPE:
        text = stripped(page)
    # References stand for what may not be there, too.
    text = _INVISIBLE.sub("", _CONTROLS.sub(" ", text)).replace("\xa0", " ")
    lines = (line.rstrip() for line in text.split("\n"))
    text = _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
    return "".join(f"{line}\n" for line in _wrapped(text)) if text.strip() else ""


def stripped(page: str) -> str:
    """The page without its tags, with line ends where blocks begin or end."""
    text = _TAG.sub(_instead, page)
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _instead(tag: re.Match[str]) -> str:
    """What stands for a tag where nothing is laid out."""
    name = (tag["name"] or "").lower()
    if name in ("a", "img"):
        values = dict(_attributes(tag["rest"]))
        if name == "img":
            return f"[{values['alt']}]" if values.get("alt") else ""
        target = html.unescape(values.get("href", "")).strip()
        return f" <{html.escape(target)}> " if _LINK.fullmatch(target) else ""
    return "" if not name or name == "q" or name in _INLINE else "\n"


def _attributes(rest: str) -> Iterator[tuple[str, str]]:
    """(name, value as it is written) of the attributes that matter."""
    for found in islice(_ATTRIBUTE.finditer(rest), 10):
        yield found["name"].lower(), found["a"] or found["b"] or found["c"] or ""


def _plain_tag(tag: re.Match[str]) -> str:
    """A tag with only the attributes that a text can show; '' for what says nothing."""
    name = (tag["name"] or "").lower()
    if not (name.isascii() and name.isalnum()):
        return ""
    if tag["end"]:
        return "" if name in _INLINE else f"</{name}>"
    attributes = ""
    for key, value in _attributes(tag["rest"]):
        if key != "style":
            attributes += f' {key}="{html.escape(html.unescape(value))}"'
        elif _HIDDEN.search(value):
            attributes += ' style="display:none"'
    if name in _INLINE and not attributes:
        return ""
    return f"<{name}{attributes}>"


def _tree(page: str) -> Any:
    """The tree of the page as it is to be laid out, or None.

    Raises ValueError if that would be too much, and what lxml raises.
    """
    data = _TAG.sub(_plain_tag, page).encode("utf-8", "replace")
    if not data.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", no_network=True)
    tree = etree.fromstring(data, parser)
    # The parser stops at such places without a word.
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ValueError("too deep or too large")
    if tree is None:
        return None
    for count, element in enumerate(tree.iter(etree.Element)):
        if count == MOST_ELEMENTS:
            raise ValueError("too many elements")
        if element.tag == "a":
            _show_target(element)
        elif element.tag in ("ul", "ol"):
            inside = element.iterancestors("ul", "ol")
            if any(True for _ in islice(inside, MOST_INDENTED, MOST_INDENTED + 1)):
                element.tag = "div"
    _flatten_tables(tree)
    return tree


def _show_target(link: Any) -> None:
    """Write the target of a link after what it shows, unless that is the target."""
    target = link.get("href", "").strip()
    if not _LINK.fullmatch(target):
        return
    shown = "".join(islice(link.itertext(), _MOST_LINKED)).strip()
    plain = target.removeprefix("mailto:").removeprefix("tel:")
    if shown and (plain in shown or plain.rstrip("/") in (shown, f"https://{shown}")):
        return
    note = f" <{plain}>"
    children = len(link)
    if children:
        link[children - 1].tail = (link[children - 1].tail or "") + note
    else:
        link.text = (link.text or "") + note


def _flatten_tables(tree: Any) -> None:
    """Leave only small tables that hold no others; the rest is there for the layout."""
    cells_left = MOST_CELLS
    kept = set()
    for table in list(tree.iter("table")):
        inner = any(True for _ in islice(table.iter("table"), 1, 2))
        cells = 0 if inner else sum(1 for _ in islice(table.iter("td", "th"), cells_left + 1))
        if not inner and cells <= cells_left and _area(table) <= MOST_TABLE:
            cells_left -= cells
            kept.update(table.iter(etree.Element))
    for element in tree.iter(*_TABLE):
        if element not in kept:
            element.tag = "div"


def _area(table: Any) -> int:
    """At most how many letters and blanks the table has when it is laid out in columns."""
    rows = columns = widest = 0
    for row in table.iter("tr"):
        cells = list(row.iterchildren("td", "th"))
        rows, columns = rows + 1, max(columns, len(cells))
        for cell in cells:
            # The longest line counts, but who knows where lines end.
            widest = max(widest, sum(map(len, cell.itertext())))
    return rows * columns * (widest + 2)


def _wrapped(text: str) -> list[str]:
    """The lines of a text, broken where they are too long; columns stay as they are."""
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= LINE_LENGTH or _COLUMNS.search(line):
            lines.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(
            line,
            max(LINE_LENGTH, 2 * len(indent)),
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
