"""Where a request's parameters come from, and how they are checked.

Parameters come from a JSON object, or from the query string merged with a
form body, whatever the HTTP method.  They are checked by cornice's colander
validator, and what it finds becomes one English sentence for the client.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import colander
from cornice.errors import Errors
from cornice.validators import colander_validator

from resources.errors import Problem

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

#: Parameters of one request, at most.  The largest are the addresses of a mass unsubscription.
MOST_PARAMETERS = 50_000
#: How deep JSON may be nested; no parameter is more than an object with a list.
DEEPEST = 16

#: What colander says about an absent parameter; never shown, see `complaint`.
REQUIRED = "\N{EM DASH}required\N{EM DASH}"


class ParameterError(Problem):
    """The parameters of a request are wrong; the description tells the client how."""

    def __init__(self, description: str) -> None:
        super().__init__(400, description)

    @classmethod
    def of(cls, name: str, reason: str) -> ParameterError:
        """The error of one parameter, found by a view."""
        return cls(f'Invalid Parameter "{name}": {reason}.')


class UnreadableError(Problem):
    """The request's parameters cannot even be read."""

    def __init__(self, title: str, description: str) -> None:
        super().__init__(400, description, bare=True, title=title)


class Parameters(colander.MappingSchema):
    """Base of all schemas: unknown names are refused."""

    @staticmethod
    def schema_type() -> colander.Mapping:
        """See colander."""
        return colander.Mapping(unknown="raise")


def request_schema(schema: Any, engine: Any) -> colander.SchemaNode:
    """Make the schema of a whole request from the schema of its parameters.

    Deferred values (names of pipelines, for example) are resolved with
    `engine`.  Done once, at start-up.
    """
    if isinstance(schema, type):
        schema = schema()
    body = schema.bind(engine=engine)
    body.name = "body"
    for child in body.children:
        child.missing_msg = REQUIRED
    return colander.SchemaNode(colander.Mapping(), body)


def optional(schema: colander.SchemaNode) -> colander.SchemaNode:
    """The same parameters, none of them required (for PATCH)."""
    copy = schema.clone()
    for child in copy.children:
        child.missing = colander.drop
    return copy


def validated(request: Any, schema: colander.SchemaNode) -> dict[str, Any]:
    """The checked parameters of a request.

    `schema` was made by `request_schema`.  Raises ParameterError and what
    `parameters` raises.
    """
    errors = Errors()
    found: dict[str, Any] = {}
    request.errors, request.validated = errors, found
    colander_validator(request, schema=schema, deserializer=_cstruct)
    if errors:
        unknown = set(parameters(request)) - {child.name for child in schema["body"].children}
        raise ParameterError(complaint(errors, unknown))
    return found["body"]


def _cstruct(request: Any) -> dict[str, Any]:
    return {"body": parameters(request)}


def complaint(errors: Errors, unknown: set[str]) -> str:
    """What is wrong with the parameters, in the order that clients know.

    Unknown names first, then bad values, then what is missing: only the first
    class that occurs is told.
    """
    if unknown:
        return f"Unexpected parameters: {', '.join(sorted(unknown))}"
    invalid = sorted((e["name"], e["description"]) for e in errors if e["description"] != REQUIRED)
    if invalid:
        return " ".join(f'Invalid Parameter "{name}": {reason}.' for name, reason in invalid)
    return f"Missing Parameter: {', '.join(sorted(e['name'] for e in errors))}"


def parameters(request: Any) -> dict[str, Any]:
    """All parameters of a request: str or list of str, or JSON values.

    Raises UnreadableError for a body that cannot be read.
    """
    content_type = request.environ.get("CONTENT_TYPE")
    if content_type and content_type.lower().startswith(JSON):
        return _from_json(request, content_type)
    return form_parameters(request)


def body_of(request: Any) -> bytes:
    """The body, unless it is too large; raises `Problem` (413)."""
    registry = request.registry
    most = registry.rest_max_message if request.takes_message else registry.rest_max_body
    if (request.content_length or 0) > most:
        raise Problem(413, f"The body has more than {most} bytes", bare=True)
    return request.body


def form_parameters(request: Any) -> dict[str, Any]:
    """Parameters of query string and form body only; the body wins.

    Paging and the `advertised` filter are read from here even when there is
    a JSON body.
    """
    environ = request.environ
    query = environ.get("QUERY_STRING", "")
    found = _decoded(query) if query else {}
    content_type = environ.get("CONTENT_TYPE")
    if content_type and content_type.lower().startswith(FORM):
        try:
            text = body_of(request).decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError("Invalid form", "The form is not UTF-8") from error
        found.update(_decoded(text))
    return found


def _decoded(text: str) -> dict[str, Any]:
    try:
        # They are counted before they are split.
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise UnreadableError("Invalid form", "A parameter is not UTF-8") from error
    except ValueError as error:
        raise Problem(413, f"More than {MOST_PARAMETERS} parameters", bare=True) from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _from_json(request: Any, content_type: str) -> dict[str, Any]:
    if content_type[len(JSON) :].strip()[:1] not in ("", ";"):
        raise Problem(415, f"Neither JSON nor a form: {content_type}", bare=True)
    try:
        # RecursionError: brackets nested deeper than the interpreter's stack.
        data = json.loads(body_of(request))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("Invalid JSON", f"Could not parse JSON body: {error}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UnreadableError("Invalid JSON", "The body must be a JSON object")
    if _is_deep(data):
        raise UnreadableError("Invalid JSON", f"Nested deeper than {DEEPEST} levels")
    return data


def _is_deep(data: Any) -> bool:
    """Whether JSON is nested so deeply that looking at it could end the stack."""
    level = [data]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
