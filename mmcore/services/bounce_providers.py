"""Which domains are one provider's: their servers have their bad days together.

Large providers are known by name; for all others it is the domain that somebody has registered.
Where registration begins is told from the usual names below country codes; there is no list of
public suffixes to keep.  A domain that merely has its mail at a provider counts as its own.
"""

from __future__ import annotations

import functools

#: Providers with more than one domain.  `outlook.*` is that name below any suffix.
FAMILIES: dict[str, tuple[str, ...]] = {
    "gmail.com": ("googlemail.com",),
    "outlook.com": ("outlook.*", "hotmail.*", "live.*", "msn.com", "passport.com",
                    "windowslive.com"),
    "yahoo.com": ("yahoo.*", "ymail.com", "rocketmail.com", "myyahoo.com", "aol.*", "aim.com",
                  "netscape.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net"),
    "icloud.com": ("me.com", "mac.com"),
    "gmx.net": ("gmx.*", "web.de", "mail.com", "email.com", "1und1.de", "online.de"),
    "t-online.de": ("magenta.de",),
    "mail.ru": ("inbox.ru", "list.ru", "bk.ru", "internet.ru"),
    "yandex.ru": ("yandex.*", "ya.ru"),
    "qq.com": ("foxmail.com",),
    "163.com": ("126.com", "yeah.net"),
    "proton.me": ("protonmail.com", "protonmail.ch", "pm.me"),
    "orange.fr": ("wanadoo.fr",),
    "laposte.net": ("laposte.fr",),
    "free.fr": ("libertysurf.fr", "aliceadsl.fr"),
    "libero.it": ("inwind.it", "iol.it", "blu.it", "giallo.it"),
    "comcast.net": ("xfinity.com",),
    "fastmail.com": ("fastmail.fm", "fastmail.*", "messagingengine.com"),
    "zoho.com": ("zohomail.*", "zoho.*"),
    "naver.com": ("navercorp.com",),
}  # fmt: skip

_BY_DOMAIN = {
    domain: provider
    for provider, domains in FAMILIES.items()
    for domain in (provider, *domains)
    if not domain.endswith(".*")
}
_BY_NAME = {
    domain.removesuffix(".*"): provider
    for provider, domains in FAMILIES.items()
    for domain in domains
    if domain.endswith(".*")
}

#: Below a country's code these are no names of anybody: `co.uk`, `com.br`, `ne.jp`.
_SECOND_LEVEL = frozenset({
    "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "govt", "gv", "id", "info", "me", "mil",
    "ne", "net", "nom", "or", "org", "sch", "web",
})  # fmt: skip


@functools.lru_cache(maxsize=8192)
def provider_of(domain: str) -> str:
    """The provider of a domain in lower case: the name that all its domains share."""
    registered = _registered(domain)
    found = _BY_DOMAIN.get(registered) or _BY_NAME.get(registered.partition(".")[0])
    return found or registered


def provider_of_address(email: str) -> str:
    """The same for an address in lower case."""
    return provider_of(email.rpartition("@")[2])


def _registered(domain: str) -> str:
    """The last labels of a domain, as many as one has to register."""
    labels = domain.split(".")
    count = 2
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        count = 3
    return ".".join(labels[-count:])
