"""The object tree of mmcore, and its REST face.

Models (`*/model.py`) are persistent and know nothing of HTTP; views, schemas
and representations stand beside them.  `includeme` is the table of contents
of the API.
"""

from __future__ import annotations

from typing import Any

from mmcore.plugins import site_packages

#: Where the REST resources are, in the order of the API's URLs.
FACES = (
    "resources.versions",
    "resources.system.views",
    "resources.system.configuration_views",
    "resources.domains.views",
    "resources.lists.views",
    "resources.lists.config_views",
    "resources.lists.roster_views",
    "resources.requests.views",
    "resources.digests.views",
    "resources.held.views",
    "resources.explain.views",
    "resources.archivers.views",
    "resources.bans.views",
    "resources.header_matches.views",
    "resources.uris.views",
    "resources.templates.views",
    "resources.members.views",
    "resources.users.views",
    "resources.addresses.views",
    "resources.addresses.user_views",
    "resources.owners.views",
    "resources.preferences.views",
    "resources.topics.views",
    "resources.queues.views",
    "resources.bounces.views",
    "resources.deliveries.views",
    "resources.plugins.views",
    "resources.reserved.views",
)


def includeme(config: Any) -> None:
    """Add the REST API to a Pyramid configuration; directives come before scans."""
    config.include("resources.errors")
    config.include("resources.rest")
    config.include("resources.traversal")
    added = site_packages(config.registry.engine.settings)
    for name in (*FACES, *added):
        config.scan(name, categories=("mmcore.rest",))
