"""A list's own automatic answers: to posts, to mail for its owners, and to its request address."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from mmcore.interfaces.auto_response import Response
from mmcore.interfaces.mailing_list import ResponseAction
from mmcore.services.tolerance import CANNOT_COPE, is_tolerable, record_failure

log = logging.getLogger("mmcore.vette")


class Reply(NamedTuple):
    """What a list answers to one kind of mail."""

    action: ResponseAction
    text: str
    response: Response


def reply_of(mlist: Any, msgdata: dict) -> Reply:
    """What the list answers to a message, by the address that it was sent to."""
    if msgdata.get("to_owner"):
        return Reply(mlist.autorespond_owner, mlist.autoresponse_owner_text, Response.owner)
    if msgdata.get("to_request"):
        return Reply(mlist.autorespond_requests, mlist.autoresponse_request_text, Response.command)
    if msgdata.get("to_list"):
        text = mlist.autoresponse_postings_text
        return Reply(mlist.autorespond_postings, text, Response.postings)
    return Reply(ResponseAction.none, "", Response.postings)


def answer_and_stop(engine: Any, mlist: Any, msg: Any, msgdata: dict) -> bool:
    """Have the handler `replybot` answer a message.

    Returns whether the list wants nothing else to be done with it; then that is logged.
    """
    action = reply_of(mlist, msgdata).action
    if action is ResponseAction.none:
        return False
    replybot = engine.handlers["replybot"]
    try:
        replybot.process(mlist, msg, msgdata)
    except CANNOT_COPE as error:
        if not is_tolerable(replybot, error):
            raise
        record_failure("handler", replybot.name, error, msg, msgdata, log)
    if action is not ResponseAction.respond_and_discard:
        return False
    message_id = " ".join(str(msg.get("message-id", "n/a")).split())
    log.info("DISCARD: %s; %s only answers such mail", message_id, mlist.fqdn_listname)
    return True
