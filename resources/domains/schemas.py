"""Parameters of domains."""

from __future__ import annotations

from resources.fields import field, line, strings, text, url
from resources.parameters import Parameters


class DomainChange(Parameters):
    """PUT of a domain; owners are added, never replaced."""

    description = field(text)
    alias_domain = field(line)
    base_url = field(url)
    owner = field(strings)


class NewDomain(Parameters):
    """POST to the collection."""

    mail_host = field(line)
    description = field(text, missing=None)
    alias_domain = field(line, missing=None)
    base_url = field(url, missing=None)
    owner = field(strings, missing=())


class NewOwners(Parameters):
    """POST to the owners of a domain."""

    owner = field(strings)


class NoParameters(Parameters):
    """Where nothing may be given."""
