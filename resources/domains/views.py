"""`/domains`: mail domains, their lists and owners."""

from __future__ import annotations

from typing import Any

from mmcore.services.domains import change_domain, remove_domain
from mmcore.services.users import add_owners
from resources.domains.model import Domain, Domains
from resources.domains.representation import domain_link, show_domain
from resources.domains.schemas import DomainChange, NewDomain, NewOwners, NoParameters
from resources.lists.representation import list_listing
from resources.parameters import optional
from resources.representation import Collection, created, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.users.representation import show_user
from resources.versions import ApiVersion


@segment(of=ApiVersion, name="domains")
def domains(parent: ApiVersion, name: str, request: RestRequest) -> Domains:
    """`domains`"""
    return request.site.domains


@segment(of=Domains)
def domain(parent: Domains, name: str, request: RestRequest) -> Domain | None:
    """`domains/{mail_host}`"""
    return parent.get(name)


@segment(of=Domain, name="lists")
class DomainLists(Segment):
    """`domains/{mail_host}/lists`"""

    __rest_extra__ = 400


@segment(of=Domain, name="owners")
class DomainOwners(Segment):
    """`domains/{mail_host}/owners`"""


@rest(context=Domains)
class DomainsView(View):
    """The collection of domains."""

    def GET(self) -> Collection:
        """All domains by mail host."""
        domains = self.context
        return listing(
            self.request, len(domains), domains.values, lambda item: show_domain(self.api, item)
        )

    @opts(schema=NewDomain)
    def POST(self) -> Any:
        """Create a domain."""
        new = self.request.validated
        owners = new.pop("owner")
        domain = self.context.add(**new)
        add_owners(self.site, domain, owners)
        return created(domain_link(self.api, domain))


@rest(context=Domain)
class DomainView(View):
    """One domain."""

    def GET(self) -> dict[str, Any]:
        """The domain object."""
        return show_domain(self.api, self.context)

    @opts(schema=optional(DomainChange()))
    def PATCH(self) -> Any:
        """Change what is given."""
        return self._change()

    @opts(schema=DomainChange)
    def PUT(self) -> Any:
        """Change everything; owners are added."""
        return self._change()

    def _change(self) -> Any:
        change = self.request.validated
        add_owners(self.site, self.context, change.pop("owner", ()))
        change_domain(self.engine, self.context, change)
        return no_content()

    def DELETE(self) -> Any:
        """Delete the domain with all its lists."""
        remove_domain(self.engine, self.context)
        return no_content()


@rest(context=DomainLists)
class DomainListsView(View):
    """The lists of a domain."""

    def GET(self) -> Collection:
        """Lists by list-id; `advertised=true` leaves out the others."""
        lists, mail_host = self.site.lists, self.context.__parent__.mail_host
        return list_listing(
            self.request,
            lists.count_of_host(mail_host),
            lambda start, count: lists.of_host(mail_host, start, count),
        )


@rest(context=DomainOwners)
class DomainOwnersView(View):
    """The owners of a domain."""

    def GET(self) -> Collection:
        """Users, in the order they were added."""
        owners = self.context.__parent__.owners
        return listing(
            self.request,
            len(owners),
            lambda start, count: owners[start:][:count],
            lambda user: show_user(self.api, user),
        )

    @opts(schema=NewOwners)
    def POST(self) -> Any:
        """Add owners; who is one already stays one."""
        add_owners(self.site, self.context.__parent__, self.request.validated["owner"])
        return no_content()

    @opts(schema=NoParameters)
    def DELETE(self) -> Any:
        """Remove all owners."""
        self.context.__parent__.remove_owners()
        return no_content()
