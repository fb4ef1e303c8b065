"""`/queues`: looking into the queues, adding and removing messages."""

from __future__ import annotations

from email.utils import format_datetime, localtime
from typing import Any

from mmcore.interfaces.queue import NoSuchEntryError
from mmcore.message.headers import add_message_hash, make_message_id
from mmcore.message.message import Message
from resources.errors import Problem
from resources.fields import field, line, text
from resources.parameters import Parameters
from resources.queues.model import Queues, Switchboard
from resources.representation import Collection, created, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment
from resources.versions import ApiVersion


class NewEntry(Parameters):
    """POST to a queue: a message for a list."""

    list_id = field(line)
    text = field(text)


@segment(of=ApiVersion, name="queues")
def queues(parent: ApiVersion, name: str, request: RestRequest) -> Queues:
    """`queues`"""
    return request.site.queues


@segment(of=Queues)
def queue(parent: Queues, name: str, request: RestRequest) -> Switchboard:
    """`queues/{name}`"""
    found = parent.get(name)
    if found is None:
        raise Problem(404, f"No such queue: {name}")
    return found


@segment(of=Switchboard)
class QueueEntry(Segment):
    """`queues/{name}/{entry}`: can be deleted, not read."""

    __rest_extra__ = 400


def queue_link(api: ApiVersion, queue: Switchboard) -> str:
    """The canonical URL of a queue."""
    return api.url(f"queues/{queue.__name__}")


@rest(context=Queues)
class QueuesView(View):
    """The collection of queues."""

    def GET(self) -> Collection:
        """All queues by name."""
        queues = self.context
        return listing(
            self.request,
            len(queues),
            queues.values,
            lambda queue: show_queue(self.request, queue),
            self_link=self.api.url("queues"),
        )


def show_queue(request: RestRequest, queue: Switchboard) -> dict[str, Any]:
    """The queue object; `directory` is where the texts of its messages lie."""
    names = queue.names()
    return {
        "name": queue.__name__,
        "directory": str(request.registry.engine.settings.paths.content_dir),
        "count": len(names),
        "files": names,
        "self_link": queue_link(request.api, queue),
    }


@rest(context=Switchboard)
class QueueView(View):
    """One queue."""

    def GET(self) -> dict[str, Any]:
        """The queue object with the names of its entries, oldest first."""
        return show_queue(self.request, self.context)

    @opts(schema=NewEntry, takes_message=True)
    def POST(self) -> Any:
        """Put a message for a list into the queue."""
        list_id = self.request.validated["list_id"]
        mlist = None if "@" in list_id else self.site.lists.get(list_id)
        if mlist is None:
            raise Problem(400, f"No such list: {list_id}")
        data = self.request.validated["text"].encode("utf-8")
        msg = Message.parse(data)
        if "message-id" not in msg:
            msg["Message-ID"] = make_message_id(mlist.mail_host)
        if "date" not in msg:
            msg["Date"] = format_datetime(localtime())
        add_message_hash(msg)
        name = self.engine.mailroom(self.site).enqueue(
            self.context.__name__, msg, {}, listid=mlist.list_id, original_size=len(data)
        )
        return created(f"{queue_link(self.api, self.context)}/{name}")


@rest(context=QueueEntry)
class QueueEntryView(View):
    """One entry of a queue."""

    def DELETE(self) -> Any:
        """Remove the entry for good."""
        name = self.context.__name__
        try:
            self.context.__parent__.remove(name)
        except NoSuchEntryError as error:
            raise Problem(404, f"No such queue file: {name}") from error
        return no_content()
