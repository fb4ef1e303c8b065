"""What Pyramid's `pserve` finds behind `use = egg:mmcore` in our ini file.

The application is the REST API, the server is waitress on the address of
`[webservice]`.  Behind `use = egg:mmcore#public` are the public pages, and waitress
on the address of `[public]`.  Whatever keeps one of them from starting ends `pserve` with a
line that says what it is, and not with a traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server

from mmcore import app, logs
from mmcore.config import Settings, load
from mmcore.errors import MMCoreError
from mmcore.public import wsgi as public
from runners import rest


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


def make_public_app(global_config: dict[str, str], **options: str) -> Any:
    """The same for the public pages."""
    with _explained():
        settings = load(global_config["__file__"])
        logs.adopt(settings)
        database = app.kept_database(settings)
        engine = app.compose(settings, "public", database)
        return public.make_app(engine, database, settings)


def make_server(global_config: dict[str, str], **options: str) -> Callable[[Any], None]:
    """PasteDeploy's server factory; ends the process when the address cannot be had.

    The address is taken at once, before the database is opened for nothing.
    `options` are waitress's; `listen` replaces the address of `[webservice]`.
    """
    settings = _settings(global_config)
    web = settings.webservice
    wanted = {"listen": f"{web.hostname}:{web.port}", **rest.server_options(settings), **options}
    return _server(wanted, "the REST API")


def make_public_server(global_config: dict[str, str], **options: str) -> Callable[[Any], None]:
    """The same for the public pages, on the address of `[public]`."""
    settings = _settings(global_config)
    web = settings.public
    wanted = {"listen": f"{web.hostname}:{web.port}", **public.server_options(settings), **options}
    return _server(wanted, "the public pages")


def _settings(global_config: dict[str, str]) -> Settings:
    with _explained():
        return load(global_config["__file__"])


def _server(wanted: dict[str, Any], what: str) -> Callable[[Any], None]:
    """A server that has its address; what it returns serves an application."""
    applications: list[Any] = []
    try:
        server = create_server(
            lambda environ, start_response: applications[0](environ, start_response), **wanted
        )
    except (OSError, ValueError) as error:
        raise SystemExit(
            f"Error: cannot serve on {wanted['listen']}: {error}.\n"
            f"If a running master serves {what} there, there is nothing to do;"
            " to serve elsewhere, set `listen` in the section [server:…]."
        ) from error

    def serve(wsgi_app: Any) -> None:
        applications.append(wsgi_app)
        server.print_listen("Serving on http://{}:{}")
        server.run()

    return serve
