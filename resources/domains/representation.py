"""How a domain looks to clients."""

from __future__ import annotations

from typing import Any

from resources.domains.model import Domain
from resources.versions import ApiVersion


def domain_link(api: ApiVersion, domain: Domain) -> str:
    """The canonical URL of a domain."""
    return api.url(f"domains/{domain.mail_host}")


def show_domain(api: ApiVersion, domain: Domain) -> dict[str, Any]:
    """The domain object; unset values are null."""
    return {
        "mail_host": domain.mail_host,
        "description": domain.description,
        "alias_domain": domain.alias_domain,
        "base_url": domain.base_url,
        "self_link": domain_link(api, domain),
    }
