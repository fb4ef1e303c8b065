"""Runs the handlers of a pipeline over a message."""

from __future__ import annotations

import logging
from typing import Any

from mmcore.interfaces.handler import DiscardMessage, RejectMessage
from mmcore.services.notifications import bounce_to_author
from mmcore.services.tolerance import CANNOT_COPE, is_tolerable, record_failure

log = logging.getLogger("mmcore.vette")


def _message_id(msg: Any) -> str:
    return " ".join(str(msg.get("message-id", "n/a")).split())


def run_handler(handler: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any = None) -> None:
    """Have one handler work on a message.

    One that cannot cope with the message is skipped, logged, and recorded in the metadata as
    `handler_failures`.  `watch` is told, see `IWatcher`.  Raises DiscardMessage, RejectMessage,
    and whatever an essential handler raises.
    """
    failure = None
    if watch is not None:
        watch.before(handler.name, msg, msgdata)
    try:
        handler.process(mlist, msg, msgdata)
    except (DiscardMessage, RejectMessage) as error:
        if watch is not None:
            watch.stopped(handler.name, msg, msgdata, error)
        raise
    except CANNOT_COPE as error:
        if not is_tolerable(handler, error):
            raise
        failure = record_failure("handler", handler.name, error, msg, msgdata, log)
    if watch is not None:
        watch.after(handler.name, msg, msgdata, failure)


def process(
    engine: Any, mlist: Any, msg: Any, msgdata: dict, pipeline_name: str, watch: Any = None
) -> None:
    """Prepare a message by the handlers of the named pipeline, in order; tells `watch`.

    Raises LookupError for a pipeline or handler that does not exist, and whatever an essential
    handler raises.
    """
    try:
        pipeline = engine.pipelines[pipeline_name]
    except KeyError:
        raise LookupError(f"no pipeline is named {pipeline_name!r}") from None
    for name in pipeline.handlers:
        try:
            handler = engine.handlers[name]
        except KeyError:
            raise LookupError(f"no handler is named {name!r}") from None
        try:
            run_handler(handler, mlist, msg, msgdata, watch)
        except DiscardMessage as error:
            log.info(
                "DISCARD: %s by handler %s of %s: %s", _message_id(msg), name, pipeline_name, error
            )
            return
        except RejectMessage as error:
            log.info(
                "REJECT: %s by handler %s of %s: %s", _message_id(msg), name, pipeline_name, error
            )
            bounce_to_author(engine, mlist, msg, str(error))
            return
