"""How a class becomes a REST resource: `@rest`, `@segment`, `@opts`.

URLs are paths through the object tree (no route table).  `@rest(context=X)`
marks a class as the REST face of objects of class X: each method that is
named like an HTTP method becomes a view.  The decorator also gives what every
resource owes its clients (RFC 9110): 405 with `Allow`, an answer to OPTIONS,
406 when the client does not want JSON, and HEAD, which is answered like GET
without the body.

`@opts(schema=...)` names the colander schema of a method's parameters; the
view deriver `validated_view` checks them before the method is called.
`@segment(of=X, name='config')` adds a URL segment below objects of class X
that is no persistent object itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import venusian
from pyramid.decorator import reify
from pyramid.request import Request
from pyramid.response import Response
from pyramid_tm import create_tm
from zope.interface.interfaces import IInterface

from resources import representation
from resources.errors import bare
from resources.parameters import request_schema, validated

if TYPE_CHECKING:
    from resources.root import Site
    from resources.versions import ApiVersion

#: The venusian category of our decorators.
CATEGORY = "mmcore.rest"
#: The HTTP methods that a resource may implement.
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
#: The methods that are known although no resource has them: 405, not 400.
KNOWN_METHODS = frozenset(
    (*METHODS, "HEAD", "OPTIONS", "TRACE", "CONNECT", "CHECKIN", "CHECKOUT", "COPY", "LOCK",
     "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "REPORT", "UNCHECKIN", "UNLOCK", "UPDATE",
     "VERSION-CONTROL")
)  # fmt: skip

#: Who accepts one of these can make something of JSON.
READABLE = ("application/json", "application/xml", "text/xml", "text/html", "text/plain")

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])


class RestRequest(Request):
    """A request, with what the way to the view has found out about it."""

    #: Bodies are read whole anyway, and the server has kept the large ones in a file already.
    request_body_tempfile_limit = 1 << 62

    #: The site object, set by the root factory.
    site: Site
    #: The API version of the URL, set when traversal passes it.
    api: ApiVersion
    #: Whether the body may be as large as a message.
    takes_message = False
    #: The checked parameters, set before a view with a schema is called.
    validated: dict[str, Any]
    #: Whether what a view did is stored although its answer is an error.
    settled = False

    @reify
    def tm(self) -> Any:
        """The transaction manager of the request, from pyramid_tm."""
        return create_tm(self)


class View:
    """Base of the classes that `@rest` marks."""

    def __init__(self, context: Any, request: RestRequest) -> None:
        self.context = context
        self.request = request
        self.api = request.api
        self.site = request.site

    @property
    def engine(self) -> Any:
        """The `IEngine` of this process."""
        return self.request.registry.engine


class Segment:
    """A place in the URL that is no persistent object.

    Its parent is the object before it in the URL.
    """

    #: The status of URLs that go on below a segment without children.
    __rest_extra__ = 404

    def __init__(self, parent: Any, name: str, request: RestRequest | None = None) -> None:
        self.__parent__ = parent
        self.__name__ = name


def opts(**options: Any) -> Callable[[F], F]:
    """Give options to the method of a REST class.

    `schema` is a colander mapping: the parameters that the method takes.  A
    method without schema ignores parameters.  With `takes_message` the body may
    be as large as a message, instead of `[webservice] max_body`.  Everything else
    goes to Pyramid's `add_view` (`permission`, for example).
    """

    def decorate(method: F) -> F:
        method.__rest_options__ = options  # type: ignore[attr-defined]
        return method

    return decorate


class rest:  # noqa: N801 - a decorator, used in lower case
    """Mark a class as the REST face of `context` (a class or an interface)."""

    def __init__(self, context: Any, **options: Any) -> None:
        self.context = context
        self.options = options

    def __call__(self, wrapped: C) -> C:
        """Have the scan find the class; it stays as it is."""

        def found(scanner: Any, name: str, ob: type) -> None:
            scanner.config.add_rest_resource(ob, self.context, **self.options)

        venusian.attach(wrapped, found, category=CATEGORY)
        return wrapped


class segment:  # noqa: N801 - a decorator, used in lower case
    """Mark a factory `(parent, name, request)` of what lies below objects of class `of`.

    With `name` it answers to that segment only; without, it is asked for every
    segment that has no name of its own, and returns None for «no such thing».
    """

    def __init__(self, of: type, name: str | None = None) -> None:
        self.of = of
        self.name = name

    def __call__(self, factory: F) -> F:
        """Have the scan find the factory; it stays as it is."""

        def found(scanner: Any, name: str, ob: Any) -> None:
            scanner.config.registry.rest_tree.add(self.of, self.name, ob)

        venusian.attach(factory, found, category=CATEGORY)
        return factory


class Tree:
    """Which URL segments lie below objects of which class."""

    def __init__(self) -> None:
        self._named: dict[type, dict[str, Callable[..., Any]]] = {}
        self._others: dict[type, Callable[..., Any]] = {}

    def add(self, of: type, name: str | None, factory: Callable[..., Any]) -> None:
        """Register a factory; see `segment`."""
        if name is None:
            self._others[of] = factory
        else:
            self._named.setdefault(of, {})[name] = factory

    def step(self, context: Any, name: str, request: RestRequest) -> Any:
        """What lies one segment below `context`, or None."""
        cls = type(context)
        factory = self._named.get(cls, {}).get(name) or self._others.get(cls)
        return None if factory is None else factory(context, name, request)

    def looks_up(self, context: Any) -> bool:
        """Whether names below `context` are names of objects, not fixed ones."""
        return type(context) in self._others

    def is_leaf(self, context: Any) -> bool:
        """Whether nothing can lie below `context`."""
        cls = type(context)
        return cls not in self._named and cls not in self._others


def add_rest_resource(config: Any, face: type, context: Any, **options: Any) -> None:
    """Directive: register every HTTP method of `face`, and the fallback."""
    if not isinstance(context, type) and not IInterface.providedBy(context):
        raise TypeError(f"{face.__qualname__}: {context!r} is no class or interface")
    offered = [name for name in METHODS if callable(getattr(face, name, None))]
    for name in offered:
        given = {**options, **getattr(getattr(face, name), "__rest_options__", {})}
        if name == "GET":
            given["negotiated"] = True
        config.add_view(face, attr=name, context=context, request_method=name, **given)
    config.add_view(fallback(offered), context=context)


def fallback(offered: list[str]) -> Callable[[Any, RestRequest], Response]:
    """The view for methods that a resource does not offer: OPTIONS or 405."""
    allow = ", ".join(offered)
    allow_with_options = ", ".join([*offered, "OPTIONS"])

    def view(context: Any, request: RestRequest) -> Response:
        if request.method == "OPTIONS":
            response = Response(status=200)
            response.headers["Content-Type"] = "application/json"
            response.headers["Allow"] = allow
            return response
        if request.method not in KNOWN_METHODS:
            return bare(request, 400, "Invalid HTTP method", title="Bad request")
        response = bare(request, 405)
        response.headers["Allow"] = allow_with_options
        return response

    return view


def validated_view(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """View deriver: check the parameters against the method's schema.

    The result is `request.validated`; see `resources.parameters`.
    """
    schema = info.options.get("schema")
    if schema is None:
        return view
    # Bound and wrapped once a process: requests build no schemas.
    bound = request_schema(schema, info.registry.engine)

    takes_message = info.options.get("takes_message", False)

    def wrapper(context: Any, request: RestRequest) -> Any:
        request.takes_message = takes_message
        request.validated = validated(request, bound)
        return view(context, request)

    return wrapper


validated_view.options = ("schema", "takes_message")  # type: ignore[attr-defined]


def negotiated_view(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """View deriver: 406 for clients that could not read JSON.

    Whoever accepts text or XML gets JSON, too: clients of other engines rely on it.
    """
    if not info.options.get("negotiated"):
        return view

    def wrapper(context: Any, request: RestRequest) -> Any:
        accept = request.environ.get("HTTP_ACCEPT")
        if (
            accept
            and "*/*" not in accept
            and "json" not in accept
            and not request.accept.acceptable_offers(READABLE)
        ):
            return bare(request, 406, "This API speaks application/json only")
        return view(context, request)

    return wrapper


negotiated_view.options = ("negotiated",)  # type: ignore[attr-defined]


def english(request: RestRequest) -> str:
    """The locale of every request.

    Pyramid would look for one among WebOb's parameters, which raise for a form that says
    another charset than UTF-8.
    """
    return "en"


def includeme(config: Any) -> None:
    """Directive, derivers and response adapters; before any scan."""
    config.registry.rest_tree = Tree()
    config.set_request_factory(RestRequest)
    config.set_locale_negotiator(english)
    config.add_directive("add_rest_resource", add_rest_resource)
    config.add_view_deriver(negotiated_view, name="negotiated")
    config.add_view_deriver(validated_view, name="validated", under="negotiated")
    config.add_response_adapter(representation.respond, dict)
    config.add_response_adapter(representation.respond, representation.Collection)
