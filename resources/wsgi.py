"""The WSGI application of the REST API.

`mmcore.app.main` gives it the engine and the database; nothing here knows
which storage that is.
"""

from __future__ import annotations

import logging
from typing import Any

from pyramid.config import Configurator
from pyramid.interfaces import IRequestExtensions

from mmcore.config import Settings
from mmcore.database import Database
from mmcore.proxies import Proxies
from resources.front import Front
from resources.security import SecurityPolicy
from resources.throttle import Throttle
from resources.traversal import RootFactory
from resources.writing import is_stored

#: Pyramid's own settings: one explicit transaction manager per request (one
#: instead of four begun transactions), several attempts when transactions
#: conflict, and nothing is stored unless the request succeeded.
SETTINGS = {
    "tm.manager_hook": "pyramid_tm.explicit_manager",
    "tm.annotate_user": "false",
    "tm.activate_hook": "resources.writing.reads_only",
    "tm.commit_veto": "resources.wsgi.not_successful",
    "retry.attempts": "8",
}


def not_successful(request: Any, response: Any) -> bool:
    """Commit veto: whatever is not 2xx leaves no trace in the database, unless it is meant to."""
    return not is_stored(request, response)


def largest_body(settings: Settings) -> int:
    """Bytes of the largest body of any request: a message for a queue, and what is around it."""
    return int(settings.mmcore.max_message_bytes) + 2**20


def make_app(engine: Any, database: Database, settings: Settings) -> Any:
    """Build the application.

    `engine` is the composed `IEngine`, `database` the open database that
    holds the site.  Raises ConfigurationError when the account has no password.
    """
    # One line per queued request would be the bulk of every log.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    webservice = settings.webservice
    throttle = Throttle(
        webservice.login_failures,
        webservice.login_delay.total_seconds(),
        webservice.login_delay_max.total_seconds(),
        webservice.login_memory.total_seconds(),
    )
    policy = SecurityPolicy(webservice.admin_user, webservice.admin_pass, throttle)
    config = Configurator(
        settings=dict(SETTINGS),
        root_factory=RootFactory(database),
        security_policy=policy,
        default_permission="administer",
    )
    config.registry.engine = engine
    config.registry.database = database
    scheme = "https" if webservice.use_https else "http"
    config.registry.rest_base_url = f"{scheme}://{webservice.hostname}:{webservice.port}"
    config.registry.rest_max_body = webservice.max_body
    config.registry.rest_max_message = largest_body(settings)
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.include("resources.writing")
    config.include("resources")
    app = config.make_wsgi_app()
    # Our requests have it anyway: as an extension it would cost a new class per request.
    del config.registry.getUtility(IRequestExtensions).descriptors["tm"]
    return Front(app, Proxies(webservice.trusted_proxies))
