"""`uris`, `domains/{mail_host}/uris` and `lists/{list}/uris`: where notices are fetched.

The same at all levels; a list cannot set what concerns a domain.  Only under
API 3.1: the older version has attributes of `config` instead.
"""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.template import TemplateURI
from resources.domains.model import Domain
from resources.errors import Problem
from resources.lists.model import MailingList
from resources.parameters import validated
from resources.representation import Collection, listing, no_content
from resources.rest import RestRequest, Segment, View, rest, segment
from resources.uris.model import TemplateURIs, check_credentials
from resources.uris.representation import show_template, uris_link
from resources.uris.schemas import CREDENTIALS, uris_schema
from resources.versions import ApiVersion


def _uris(level: Any, request: RestRequest) -> TemplateURIs:
    if request.api.__name__ == "3.0":
        raise Problem(404, bare=True)
    return level.uris


@segment(of=ApiVersion, name="uris")
def site_uris(parent: ApiVersion, name: str, request: RestRequest) -> TemplateURIs:
    """`uris`"""
    return _uris(request.site, request)


@segment(of=Domain, name="uris")
def domain_uris(parent: Domain, name: str, request: RestRequest) -> TemplateURIs:
    """`domains/{mail_host}/uris`"""
    return _uris(parent, request)


@segment(of=MailingList, name="uris")
def list_uris(parent: MailingList, name: str, request: RestRequest) -> TemplateURIs:
    """`lists/{list}/uris`"""
    return _uris(parent, request)


class TemplateSegment(Segment):
    """One name below `uris`; the views say if nothing is set under it."""

    __rest_extra__ = 400


@segment(of=TemplateURIs)
def template(parent: TemplateURIs, name: str, request: RestRequest) -> TemplateSegment:
    """`uris/{template}`, below the site, a domain or a list; only names of the level exist."""
    if name not in parent.names:
        raise Problem(404, bare=True)
    return TemplateSegment(parent, name)


def change(uris: TemplateURIs, values: dict[str, Any]) -> None:
    """Set the templates given, all with the credentials given; raises TemplateCredentialsError."""
    credentials = tuple(values.pop(name, "") for name in CREDENTIALS)
    check_credentials(*credentials)
    for name, uri in values.items():
        uris.set(name, uri, *credentials)


@rest(context=TemplateURIs)
class TemplateURIsView(View):
    """The templates of one level."""

    def GET(self) -> Collection:
        """Those that are set here, by name."""
        uris: TemplateURIs = self.context

        def show(template: TemplateURI) -> dict[str, Any]:
            return show_template(self.api, uris, template)

        return listing(self.request, len(uris), uris.values, show, uris_link(self.api, uris))

    def PATCH(self) -> Any:
        """Set those that are given; a blank one is removed."""
        return self._change(required=False)

    def PUT(self) -> Any:
        """Set all that can be set here; blank ones are removed."""
        return self._change(required=True)

    def _change(self, *, required: bool) -> Any:
        schema = uris_schema(self.context.names, required)
        change(self.context, validated(self.request, schema))
        return no_content()

    def DELETE(self) -> Any:
        """Remove all."""
        self.context.clear()
        return no_content()


@rest(context=TemplateSegment)
class TemplateView(View):
    """One template of a level."""

    def __init__(self, context: TemplateSegment, request: RestRequest) -> None:
        super().__init__(context, request)
        self.uris: TemplateURIs = context.__parent__
        self.name = context.__name__

    def GET(self) -> dict[str, Any]:
        """Where it is fetched."""
        found = self.uris.get(self.name)
        if found is None:
            raise Problem(404)
        link = f"{uris_link(self.api, self.uris)}/{self.name}"
        return {"uri": found.uri, "self_link": link}

    def PATCH(self) -> Any:
        """Set it, if it is given; remove it, if that is blank."""
        return self._change(required=False)

    def PUT(self) -> Any:
        """Set it; remove it, if it is blank."""
        return self._change(required=True)

    def _change(self, *, required: bool) -> Any:
        schema = uris_schema((self.name,), required)
        change(self.uris, validated(self.request, schema))
        return no_content()

    def DELETE(self) -> Any:
        """Remove it; if it is not set, there is nothing to do."""
        self.uris.remove(self.name)
        return no_content()
