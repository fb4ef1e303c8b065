"""`/lists/{list}/digest`: where a list is in its digests, and going on."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from mmcore.services.digests import act
from resources.digests.schemas import DigestActions
from resources.lists.model import MailingList
from resources.parameters import ParameterError
from resources.rest import Segment, View, opts, rest, segment


@segment(of=MailingList, name="digest")
class ListDigest(Segment):
    """`lists/{list}/digest`"""


@rest(context=ListDigest)
class ListDigestView(View):
    """The digests of a list."""

    def GET(self) -> dict[str, Any]:
        """Volume and number of the digest that is sent next."""
        mlist = self.context.__parent__
        return {"next_digest_number": mlist.next_digest_number, "volume": mlist.volume}

    @opts(schema=DigestActions)
    def POST(self) -> Response:
        """Go on to the next number or volume, then send what has been collected.

        If nothing has, nothing is sent, and that takes no number.
        """
        wanted = self.request.validated
        if wanted.get("send") and wanted.get("periodic"):
            raise ParameterError("send and periodic options are mutually exclusive")
        act(self.engine, self.context.__parent__, wanted)
        # Without any parameter nothing was asked for, and nothing is under way.
        status = 202 if wanted else 200
        headers = [("Content-Type", "application/json"), ("Content-Length", "0")]
        return Response(status=status, headerlist=headers, app_iter=[])
