"""Languages: their gettext codes, names, charsets, and BCP 47 tags (RFC 5646).

Any language of the table can be chosen; texts that are not translated to it
are shown in English.  A folder in `locale/` makes a language available
that the table does not name.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

#: gettext domain, and so the name of all catalogs.
DOMAIN = "mmcore"


class Language(NamedTuple):
    """One language: its gettext code, English name and preferred charset."""

    code: str
    description: str
    charset: str = "utf-8"


_NAMES = {
    "ar": "Arabic",
    "ast": "Asturian",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English (USA)",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Euskara",
    "fi": "Finnish",
    "fr": "French",
    "gl": "Galician",
    "he": "Hebrew",
    "hr": "Croatian",
    "hu": "Hungarian",
    "ia": "Interlingua",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "pt_BR": "Portuguese (Brazil)",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr": "Serbian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh_CN": "Chinese",
    "zh_TW": "Chinese (Taiwan)",
}

#: Languages and scripts (RFC 5646) that are written from right to left.
_LEFTWARD = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi",
                       "Arab", "Hebr"})  # fmt: skip

# Folders that translators name after the script rather than the country.
_SAME_AS = {"zh_CN": "zh_Hans", "zh_TW": "zh_Hant", "no": "nb_NO"}


def locale_folder() -> Traversable:
    """The folder of all catalogs."""
    return resources.files("i18n").joinpath("locale")


@cache
def available() -> tuple[str, ...]:
    """Codes of the languages that there is a catalog for, and English; sorted."""
    folder = locale_folder()
    codes = {"en"}
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.joinpath("LC_MESSAGES", f"{DOMAIN}.mo").is_file():
                codes.add(entry.name)
    return tuple(sorted(codes))


@cache
def known() -> dict[str, Language]:
    """Every language that can be chosen, by code, sorted by code."""
    codes = sorted({*_NAMES, *available()})
    return {
        code: Language(code, _NAMES.get(code, code), "us-ascii" if code == "en" else "utf-8")
        for code in codes
    }


def language(code: str) -> Language | None:
    """The language of a code, or None."""
    return known().get(code)


@cache
def folder_names(code: str) -> tuple[str, ...]:
    """Names that a folder with texts in this language may have, the best one first."""
    names = [code]
    if code in _SAME_AS:
        names.append(_SAME_AS[code])
    if "_" in code:
        names.append(code.partition("_")[0])
    return tuple(names)


def to_tag(code: str) -> str:
    """The BCP 47 tag of a gettext code: `pt_BR` is `pt-BR`."""
    return code.replace("_", "-")


def from_tag(tag: str) -> str:
    """The gettext code of a BCP 47 tag, in the usual letter case: `PT-br` is `pt_BR`."""
    first, *rest = tag.replace("_", "-").split("-")
    cased = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return "_".join([first.lower(), *cased])


def direction(code: str) -> str:
    """`rtl` for a language that is written from right to left, else `ltr`."""
    first, *rest = code.split("_")
    script = next((part for part in rest if len(part) == 4), None)
    return "rtl" if (script or first) in _LEFTWARD else "ltr"
