"""Find, load and keep the gettext catalogs."""

from __future__ import annotations

import gettext
from functools import cache

from i18n.languages import DOMAIN, folder_names, locale_folder


@cache
def catalog(code: str) -> gettext.NullTranslations:
    """The catalog of a language; one that leaves texts as they are if there is none."""
    for name in folder_names(code):
        if not name.replace("_", "").isalnum():
            continue  # it comes from outside and becomes part of a path
        found = locale_folder().joinpath(name, "LC_MESSAGES", f"{DOMAIN}.mo")
        if found.is_file():
            with found.open("rb") as stream:
                return gettext.GNUTranslations(stream)
    return gettext.NullTranslations()
