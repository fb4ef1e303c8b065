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
from resources.security import SecurityPolicy
from resources.traversal import RootFactory

#: Pyramid's own settings: one explicit transaction manager per request (one
#: instead of four begun transactions), several attempts when transactions
#: conflict, and nothing is stored unless the request succeeded.
SETTINGS = {
    "tm.manager_hook": "pyramid_tm.explicit_manager",
    "tm.annotate_user": "false",
    "tm.commit_veto": "resources.wsgi.not_successful",
    "retry.attempts": "8",
}


def not_successful(request: Any, response: Any) -> bool:
    """Commit veto: whatever is not 2xx leaves no trace in the database."""
    return not 200 <= response.status_int < 300


def make_app(engine: Any, database: Database, settings: Settings) -> Any:
    """Build the application.

    `engine` is the composed `IEngine`, `database` the open database that
    holds the site.  Raises ConfigurationError when the account has no password.
    """
    # One line per queued request would be the bulk of every log.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    webservice = settings.webservice
    policy = SecurityPolicy(webservice.admin_user, webservice.admin_pass)
    config = Configurator(
        settings=dict(SETTINGS),
        root_factory=RootFactory(database),
        security_policy=policy,
        default_permission="administer",
    )
    config.registry.engine = engine
    scheme = "https" if webservice.use_https else "http"
    config.registry.rest_base_url = f"{scheme}://{webservice.hostname}:{webservice.port}"
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.include("resources.writing")
    config.include("resources")
    app = config.make_wsgi_app()
    # Our requests have it anyway: as an extension it would cost a new class per request.
    del config.registry.getUtility(IRequestExtensions).descriptors["tm"]
    return app
