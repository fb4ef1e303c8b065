"""What Pyramid's `pserve` finds behind `use = egg:mmcore` in our ini file.

The application is the REST API, the server is waitress on the address of
`[webservice]`.  Whatever keeps one of them from starting ends `pserve` with a
line that says what it is, and not with a traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server

from mmcore import app, logs
from mmcore.config import load
from mmcore.errors import MMCoreError
from runners.rest import server_options


@contextmanager
def _explained() -> Iterator[None]:
    """Turn an error of ours into the end of the process: the text, exit status 1."""
    try:
        yield
    except MMCoreError as error:
        raise SystemExit(f"Error: {error}") from error


def make_app(global_config: dict[str, str], **options: str) -> Any:
    """PasteDeploy's app factory; ends the process when the API cannot be served."""
    with _explained():
        logs.adopt(load(global_config["__file__"]))
        return app.main(global_config, **options)


def make_server(global_config: dict[str, str], **options: str) -> Callable[[Any], None]:
    """PasteDeploy's server factory; ends the process when the address cannot be had.

    The address is taken at once, before the database is opened for nothing.
    `options` are waitress's; `listen` replaces the address of `[webservice]`.
    """
    applications: list[Any] = []
    with _explained():
        settings = load(global_config["__file__"])
    web = settings.webservice
    options.setdefault("listen", f"{web.hostname}:{web.port}")
    wanted = {**server_options(settings), **options}
    try:
        server = create_server(
            lambda environ, start_response: applications[0](environ, start_response), **wanted
        )
    except (OSError, ValueError) as error:
        raise SystemExit(
            f"Error: cannot serve on {options['listen']}: {error}.\n"
            "If a running master serves the REST API there, there is nothing to do;"
            " to serve it elsewhere, set `listen` in [server:main]."
        ) from error

    def serve(wsgi_app: Any) -> None:
        applications.append(wsgi_app)
        server.print_listen("Serving on http://{}:{}")
        server.run()

    return serve
