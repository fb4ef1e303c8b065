"""`/lists/{list}/explain`: what would become of a message, and why."""

from __future__ import annotations

from typing import Any

from mmcore.explain.explanation import Explanation
from mmcore.explain.rehearse import Question
from mmcore.explain.showing import show_explanation
from mmcore.explain.telling import explain, explain_held
from resources.errors import Problem
from resources.explain.schemas import Asking
from resources.lists.model import MailingList
from resources.parameters import FORM, JSON, ParameterError, body_of
from resources.rest import Segment, View, opts, rest, segment

#: No held message has this number, or a larger one, which need not fit an index.
FAR = 10**9
#: What a message may be sent as, besides being a parameter.
MESSAGE_TYPES = ("message/rfc822", "text/plain", "application/octet-stream")


@segment(of=MailingList, name="explain")
class ListExplain(Segment):
    """`lists/{list}/explain`"""


@rest(context=ListExplain)
class ListExplainView(View):
    """Explanations for a list."""

    @opts(schema=Asking, takes_message=True)
    def POST(self) -> dict[str, Any]:
        """Tell what would become of a message, without anything happening."""
        return show_explanation(self._explanation(dict(self.request.validated)))

    def _explanation(self, asked: dict[str, Any]) -> Explanation:
        mlist: MailingList = self.context.__parent__
        content, number = self._content(asked.pop("message")), asked.pop("held")
        question = Question(**asked)
        if number is None:
            if content is None:
                raise ParameterError("Missing Parameter: message")
            return explain(self.engine, mlist, content, question)
        if content is not None:
            raise ParameterError.of("held", "There is a message as well")
        held = self.site.held.get(number) if number < FAR else None
        if held is None or held.list_id != mlist.list_id:
            raise ParameterError.of("held", f"No such held message: {number}")
        return explain_held(self.engine, mlist, held, question)

    def _content(self, message: str | None) -> bytes | None:
        """The message: the whole body, or a parameter; raises `Problem`."""
        kind = self.request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if kind in MESSAGE_TYPES:
            if message is not None:
                raise ParameterError.of("message", "The body is a message as well")
            return body_of(self.request) or None
        if kind not in (FORM, JSON, ""):
            types = ", ".join(MESSAGE_TYPES)
            raise Problem(415, f"A message is sent as {types}, or as a parameter, not as {kind}")
        return None if message is None else message.encode("utf-8")
