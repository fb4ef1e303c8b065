"""Mail domains that host lists."""

from __future__ import annotations

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class BadDomainSpecificationError(MMCoreError):
    """The domain exists already, or does not exist, or its name is not one."""


class IDomain(Interface):
    """One mail host."""

    mail_host = Attribute("Lower-cased host name, the key.")
    description = Attribute("Text or None.")
    alias_domain = Attribute("Host whose mail is also for this domain, or None.")
    base_url = Attribute("URL used in notices, or None.")
    owners = Attribute("List of `IUser` objects, in the order added.")

    def add_owner(user: object) -> None:
        """Add an owner; adding one twice changes nothing."""

    def remove_owners() -> None:
        """Remove all owners."""


class IDomains(Interface):
    """The container of all domains, by mail host."""

    def add(
        mail_host: str,
        description: str | None = None,
        alias_domain: str | None = None,
        base_url: str | None = None,
    ) -> IDomain:
        """Create a domain; raises BadDomainSpecificationError."""

    def get(mail_host: str) -> IDomain | None:
        """Find a domain in any letter case."""

    def aliases() -> dict[str, str]:
        """Mail host -> alias domain of those that have one, without loading any domain."""

    def resolve_alias(host: str) -> str:
        """The mail host that a host or alias domain stands for (O(log n))."""
