"""How template URIs look to clients."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.template import TemplateURI
from resources.domains.model import Domain
from resources.domains.representation import domain_link
from resources.lists.model import MailingList
from resources.lists.representation import list_link
from resources.uris.model import TemplateURIs
from resources.versions import ApiVersion


def uris_link(api: ApiVersion, uris: TemplateURIs) -> str:
    """The canonical URL of the templates of a level."""
    level = uris.__parent__
    if isinstance(level, MailingList):
        return f"{list_link(api, level)}/uris"
    if isinstance(level, Domain):
        return f"{domain_link(api, level)}/uris"
    return api.url("uris")


def show_template(api: ApiVersion, uris: TemplateURIs, template: TemplateURI) -> dict[str, Any]:
    """One entry of the collection, with the credentials as they were given.

    In clear, because clients look at what they have set (mailmanclient's own
    tests do), and it is the web interface's password for its own texts.
    """
    shown = {
        "name": template.name,
        "uri": template.uri,
        "self_link": f"{uris_link(api, uris)}/{template.name}",
    }
    if template.username:
        shown |= {"username": template.username, "password": template.password}
    return shown
