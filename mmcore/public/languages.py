"""In which language a page is: one that there is a translation for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from i18n import available, to_tag
from mmcore.services.one_click import Subscription

#: Ranges of Accept-Language that are looked at.
_MOST_RANGES = 10


def page_language(accept: Any, of: Subscription | None, default: str) -> str:
    """The code of the best language.

    `accept` is the request's Accept-Language, as WebOb has parsed it; `of` the subscription that
    the page is about.  A language that the member has chosen goes before those of the browser; it
    is known to be a choice when it is not that of the list.
    """
    wanted = [] if of is None else [of.language] * (of.language != of.list_language)
    wanted += _accepted(accept)
    wanted += [default] if of is None else [of.list_language, default]
    there = available()
    return next((code for code in wanted if code in there), "en")


def _accepted(accept: Any) -> Iterator[str]:
    """The best translation for each range, best range first (RFC 4647, section 3.4)."""
    ranges = getattr(accept, "parsed", None) or ()
    tags = {to_tag(code).lower(): code for code in available()}
    for tag, quality in sorted(ranges[:_MOST_RANGES], key=lambda pair: -pair[1]):
        if not quality:
            continue
        subtags = tag.lower().split("-")
        while subtags and "-".join(subtags) not in tags:
            subtags.pop()
        if subtags:
            yield tags["-".join(subtags)]
