"""Whatever a client sends: no fault, no traceback, no trace of what failed, no broken index.

Sequences of requests over every resource, with names and values that are right, nearly
right, of the wrong type, or noise.  What a request may carry is asked of the
schemas, so a new resource is tried as soon as it is in the resource map.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import colander
import pytest
import ZODB
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyramid.interfaces import ITraverser
from ZODB.DemoStorage import DemoStorage

from resources.check import problems
from resources.fields import boolean, field, text
from resources.lists.config_schema import ATTRIBUTES, config_schema
from resources.rest import METHODS, RestRequest
from resources.writing import SAFE, GroupWriter
from tests.support.rest_map import ROWS, UNKNOWN, World

TEMPLATES = [
    field(text, name=name)
    for name in ("list:member:regular:footer", "list:user:notice:welcome", "username", "password")
]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
VERSIONS = ("3.1", "3.0")

#: Values that are right for one parameter or another, and such as are right for none.
TEXTS = (
    "", "None", "yes", "no", "True", "0", "1", "-1", "7", "1e3", "nan", "inf", "9" * 40,
    "x" * 3000, "3d", "1d2h", "99999999w", "member", "owner", "moderator", "nonmember",
    "administrator", "hold", "reject", "discard", "accept", "defer", "enabled", "by_user",
    "by_bounces", "regular",
    "mime_digests", "summary_digests", "as_user", "as_address", "public", "never", "members",
    "open", "confirm", "moderate", "confirm_then_moderate", "subscription", "unsubscription",
    "subscriber", "no_one", "legacy-default", "private-default", "en", "de", "xx",
    "default-posting-pipeline", "virgin", "example.com", "other.example.com", "Example.COM",
    "ant.example.com", "ant@example.com", "bee@example.com", "bee@other.example.com",
    "anne@example.com", "ANNE@example.com", "bart@example.com", "owner@example.com",
    "new@example.com", "mallory@example.com", "a/b@example.com", "a@b@c.dd", "who?x@example.com",
    "not an address", "^.*@example.net", "^(", "^" + "(" * 300, "^(a+)+$", "X-Spam", "subject",
    "http://example.com/x", "mailman:///x.txt", "file:///etc/passwd", "not a uri", "*", "an*",
    "email", "delivery_mode", "Grüße", "line\nbreak", "\r\nX: y", "\x00", "\u2028", "\U0001f41d",
    "0" * 32, "{00000000-0000-0000-0000-000000000000}", "0" * 40, "(self", "%(x)s", "$list_id",
    "From: anne@example.com\n\nHello.\n", "Subject: =?x?q?=FF?=\n\n", "%", "%2F", "..",
)  # fmt: skip
ODD = ("\ud800", None, True, False, 0, 1, -1, 7.9, 1e308, float("nan"), float("inf"), 10**40)
#: What comes far where any text would do.
HINTS = {
    "list_id": ("ant.example.com", "ant.example.com", "other.example.com", "ant@example.com"),
    "mail_host": ("other.example.com", "example.com", "Third.Example.com", "bad host"),
    "fqdn_listname": ("bee@example.com", "ant@example.com", "bee@nope.example.com", "bee"),
    "style_name": ("legacy-default", "private-default", "legacy-announce", "nope"),
    "subscriber": (
        "new@example.com", "anne@example.com", "bart@example.com", "owner@example.com",
        "ANNE@EXAMPLE.COM", "a/b@example.com", "mallory@example.com", "ant@example.com", "nope",
    ),
    "address": ("anne@example.com", "new@example.com", "owner@example.com", "nope"),
    "emails": ("anne@example.com", "ANNE@example.com", "nope@example.com"),
    "owner": ("owen@example.com", "anne@example.com", "new@example.com", "nope"),
    "fields": ("email", "role", "nope"),
    "user_id": ("0" * 32, "1", "anne@example.com"),
    "q": ("anne", "*", ""),
    "cleartext_password": ("secret", "", "wrong"),
    "position": ("0", "1", "-1"),
    "username": ("ann", ""),
    "password": ("secret", ""),
}  # fmt: skip
SEGMENTS = (
    "", ".", "..", "x", "%2F", "a%2Fb@example.com", "%00", "%0A", "+", "^.*", "%5E(", "0", "-1",
    "00", "1" * 50, "%F0%9F%90%9D", "%ED%A0%80", "anne@example.com", "ANNE%40example.com", "find",
    "styles", "count", "0" * 32, "member", "list:user:notice:welcome",
)  # fmt: skip


def taken(node: Any) -> list[str]:
    """The texts that a parameter takes; all if it takes none."""
    if node.name in HINTS:
        return list(HINTS[node.name])
    found = []
    for value in TEXTS:
        with suppress(colander.Invalid):
            node.deserialize(value)
            found.append(value)
    return found or list(TEXTS)


class Site:
    """The application over a site that can be had anew, as it was, in no time."""

    def __init__(self, app: Any, api: Any, database: Any, world: World) -> None:
        self.app = app
        self.api = api
        self.database = database
        self.world = world
        self.base = database.db.storage
        self.schemas = {
            (view["introspectable"]["context"], method): view["introspectable"]["schema"]
            for view in app.registry.introspector.get_category("views")
            if view["introspectable"].get("schema")
            for method in METHODS
            if method in view["introspectable"]["request_methods"]
        }
        self.required: dict[tuple[str, str], set[str]] = {}
        self.names = {row.path: self._names(row) for row in ROWS}
        # These read their parameters themselves.
        settings = config_schema().bind(engine=app.registry.engine)
        for path, nodes in (
            ("lists/{list}/config", settings),
            ("lists/{list}/config/{attribute}", settings),
            ("lists/{list}/archivers", [field(boolean, name="prototype")]),
            *((row.path, TEMPLATES) for row in ROWS if "uris" in row.path),
        ):
            known = {node.name: taken(node) for node in nodes}
            self.names[path] = dict.fromkeys(("PATCH", "PUT"), known)

    def _names(self, row: Any) -> dict[str, dict[str, list[str]]]:
        """Parameters by method of a row, each with the texts that it takes."""
        session = self.database.session()
        try:
            request = RestRequest.blank(self.world.url(row.versions[0], row.path))
            request.registry = self.app.registry
            request.site = session.begin()
            traverser = self.app.registry.getAdapter(request.site, ITraverser)
            cls = type(traverser(request)["context"])
        finally:
            session.close()
        found: dict[str, dict[str, list[str]]] = {}
        for (context, method), schema in self.schemas.items():
            if isinstance(context, type) and issubclass(cls, context):
                schema = schema() if isinstance(schema, type) else schema
                nodes = schema.bind(engine=self.app.registry.engine).children
                found[method] = {node.name: taken(node) for node in nodes}
                self.required[row.path, method] = {node.name for node in nodes if node.required}
        return found

    def renew(self) -> None:
        """Go back to the site as it was."""
        writer = self.app.app.handle_request
        assert isinstance(writer, GroupWriter)
        if writer.session is not None:
            writer.session.close()
            writer.session = None
        self.database.db = ZODB.DB(DemoStorage(base=self.base))

    def send(self, request: dict[str, Any]) -> None:
        """Send a request; whatever comes back has to be in order."""
        before = self.database.db.lastTransaction()
        given = dict(request)
        answer = self.api.request(given.pop("url"), **given, status="*")
        assert b"Traceback" not in answer.body
        assert "X-Request-Id" in answer.headers
        if answer.body and answer.content_type == JSON:
            json.loads(answer.body)
        # A list that is asked for its archivers meets those that are new to it.
        reading = request["method"] in SAFE and "/archivers" not in request["url"]
        if answer.status_int >= 300 or reading:
            assert self.database.db.lastTransaction() == before

    def check(self) -> None:
        """The tree has to be sound."""
        session = self.database.session()
        try:
            assert problems(session.begin()) == []
        finally:
            session.close()


@pytest.fixture
def fuzzed(app, any_method, api, engine, database, change):
    site = Site(app, any_method, database, World(api, engine, change))
    original = database.db
    yield site
    site.renew()
    database.db = original


json_values = st.recursive(
    st.sampled_from([*TEXTS, *ODD]) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
form_values = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8"), max_size=8)


NINE = st.integers(0, 9)


@st.composite
def requests(draw: Any, site: Site) -> dict[str, Any]:
    """One request, more or less right."""
    row = draw(st.sampled_from(ROWS))
    version = draw(st.sampled_from(row.versions))
    method = draw(st.sampled_from((*row.methods, *row.methods, *METHODS, "HEAD", "OPTIONS")))
    names: dict[str, str] = {}
    for name in site.world.names | site.world.ids[version]:
        if f"{{{name}}}" in row.path and draw(st.integers(0, 3)) == 0:
            names[name] = draw(st.sampled_from((UNKNOWN[name], *SEGMENTS)))
    if row.path.endswith("{attribute}") and "attribute" not in names:
        names["attribute"] = draw(st.sampled_from(ATTRIBUTES))
    url = site.world.url(version, row.path, **names)
    if draw(st.integers(0, 15)) == 0:
        url += "/" + draw(st.sampled_from(SEGMENTS))
    known = site.names[row.path].get(method, {})
    chosen = draw(st.lists(st.sampled_from(sorted(known)), unique=True)) if known else []
    if draw(NINE):
        chosen += sorted(site.required.get((row.path, method), set()) - set(chosen))
    if "attribute" in names and draw(NINE):
        chosen = sorted(known.keys() & {names["attribute"]})
    # Most of a request is right: otherwise few would come far.
    wrong = draw(st.sampled_from((0, 0, 1, 5)))
    values = {name: draw(st.sampled_from(known[name])) for name in chosen if draw(NINE) >= wrong}
    missing = [name for name in chosen if name not in values]
    if draw(st.integers(0, 9)) == 0:
        missing.append(draw(st.sampled_from(("unknown", "count", "page", "email", "", "\x00"))))
    request = draw(carried(values, missing))
    return {"url": url + request.pop("query", ""), "method": method} | request


@st.composite
def carried(draw: Any, values: dict[str, str], others: list[str]) -> dict[str, Any]:
    """Query, body and content type for parameters, the others with values of any kind."""
    way = draw(st.sampled_from(("form", "form", "form", "json", "json", "query", "noise")))
    if way == "json":
        data: Any = values | {name: draw(json_values) for name in others}
        if draw(st.integers(0, 15)) == 0:
            data = draw(json_values)
        return {"body": json.dumps(data).encode(), "headers": {"Content-Type": JSON}}
    if way == "noise":
        kind = draw(st.sampled_from((FORM, JSON, "application/jsonx", "text/plain", "\xe9;", "")))
        return {"body": draw(st.binary(max_size=20)), "headers": {"Content-Type": kind}}
    pairs = list(values.items())
    for name in others:
        for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2)))):
            pairs.append((name, draw(form_values)))
    encoded = urlencode(pairs)
    if draw(st.integers(0, 15)) == 0:
        encoded += "&x=" + quote_from_bytes(draw(st.binary(max_size=4)))
    if way == "query":
        return {"query": f"?{encoded}"}
    return {"body": encoded.encode(), "headers": {"Content-Type": FORM}}


def test_no_request_is_a_fault(fuzzed):
    @settings(
        max_examples=500,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(requests(fuzzed), min_size=1, max_size=8))
    def run(sequence: list[dict[str, Any]]) -> None:
        fuzzed.renew()
        for request in sequence:
            query = request.pop("query", "")
            url = request["url"] + (f"?{query}" if query else "")
            fuzzed.send({**request, "url": url})
        fuzzed.check()

    run()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("segment", SEGMENTS)
def test_no_url_is_a_fault(fuzzed, version, segment):
    for row in ROWS:
        if version in row.versions:
            path = fuzzed.world.url(version, row.path).split("/")
            for place in range(2, len(path) + 1):
                url = "/".join((*path[:place], segment, *path[place + 1 :]))
                fuzzed.send({"url": url, "method": "GET"})
                fuzzed.send({"url": quote(url), "method": "GET"})
