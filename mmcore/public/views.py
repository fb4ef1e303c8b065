"""Leaving a list by a link: a question for people, one click for mail programs (RFC 8058).

Only a POST that says what for changes anything: programs that follow links of mails, to look
whether they are dangerous, send GET, HEAD and OPTIONS.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from pyramid.response import Response

from i18n import _, mark, using
from mmcore.database import Database
from mmcore.public import pages
from mmcore.public.forms import LARGEST_BODY, fields, is_one_click
from mmcore.public.html import POLICY, Page, render
from mmcore.public.languages import page_language
from mmcore.services.one_click import Subscription, leave_by_token, subscription_of

log = logging.getLogger("mmcore.public")

ALLOWED = "GET, HEAD, OPTIONS, POST"


class Unsubscribing:
    """The views of a link; one instance serves all requests."""

    def __init__(self, engine: Any, database: Database) -> None:
        self._engine = engine
        self._database = database
        # Two that write side by side in threads of one process gain nothing, and may conflict.
        self._writing = threading.Lock()

    def show(self, request: Any) -> Response:
        """GET: ask whether to leave.  Changes nothing."""
        return self._answer(request, self._look(request), pages.asking)

    def post(self, request: Any) -> Response:
        """POST: leave, if that is what the form says."""
        if (request.content_length or 0) > LARGEST_BODY:
            return refused(request, 413, mark("This request is too large"))
        form = fields(request.environ.get("CONTENT_TYPE", ""), request.body)
        one_click = is_one_click(form)
        if not one_click and pages.LEAVE not in form:
            return self._answer(
                request,
                self._look(request),
                lambda of: pages.asking(of, nothing_asked=True),
                status=400,
            )
        found = self._leave(request)
        if found is not None and found.email:
            how = "one click" if one_click else "the page"
            client = request.environ.get("REMOTE_ADDR") or "-"
            log.info("%s left %s by %s, from %s", found.email, found.list_id, how, client)
        if one_click:
            return self._to_program(request, found)
        return self._answer(request, found, pages.left)

    def options(self, request: Any) -> Response:
        """OPTIONS: what could be done here."""
        return Response(status=204, headers={"Allow": ALLOWED})

    def refuse_method(self, request: Any) -> Response:
        """Any other method."""
        response = refused(request, 405, mark("This cannot be done here"))
        response.headers["Allow"] = ALLOWED
        return response

    def _look(self, request: Any) -> Subscription | None:
        session = self._database.session()
        try:
            return subscription_of(session.begin(), request.matchdict["token"])
        finally:
            session.close()

    def _leave(self, request: Any) -> Subscription | None:
        token = request.matchdict["token"]
        with self._writing:
            session = self._database.session()
            try:
                return session.run(lambda site: leave_by_token(self._engine, site, token))
            finally:
                session.close()

    def _answer(
        self,
        request: Any,
        found: Subscription | None,
        page: Callable[[Subscription], Page],
        status: int = 200,
    ) -> Response:
        """`page` of a subscription; another if there is none."""
        if found is None:
            return answer(request, 404, pages.unknown)
        if not found.email:
            return answer(request, 200, lambda: pages.ended(found), found)
        return answer(request, status, lambda: page(found), found)

    def _to_program(self, request: Any, found: Subscription | None) -> Response:
        """A line that hardly anybody reads; what counts is the status."""
        with using(language(request, found)):
            if found is None:
                return _plain(404, _("This link does not work"))
            return _plain(200, _("You are not subscribed to $list any more", list=found.list_id))


def language(request: Any, found: Subscription | None = None) -> str:
    """The code of the language in which to answer."""
    return page_language(request.accept_language, found, request.registry.default_language)


def answer(
    request: Any, status: int, page: Callable[[], Page], found: Subscription | None = None
) -> Response:
    """A page in the reader's language."""
    with using(language(request, found)):
        text = render(page())
    response = Response(text, status=status, content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def refused(request: Any, status: int, title: str) -> Response:
    """An answer to what no page of ours sends; `title` is a marked text."""
    return answer(request, status, lambda: pages.refused(_(title)))


def _plain(status: int, text: str) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain", charset="utf-8")
