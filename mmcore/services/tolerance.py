"""What «this part cannot cope with this message» looks like.

Mail from the internet is malformed in ways nobody foresees.  A rule or handler that trips over
one message is skipped for it, and the message goes on (`mmcore.chains.engine`,
`mmcore.pipelines.engine`).  Faults of the store are never in this class: half of a transaction
must not be committed.
"""

from __future__ import annotations

import logging
from email.errors import MessageError
from typing import Any

from ZODB.POSException import POSError

#: What a part may raise over strange bytes.
CANNOT_COPE = (
    UnicodeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    MessageError,
)


def is_tolerable(part: object, error: BaseException) -> bool:
    """Whether a message may go on without what `part` would have done to it.

    Parts with the class attribute `essential` never are skipped, and a missing object
    (`POSKeyError` is a `KeyError`) is the store's fault, not the message's.
    """
    if isinstance(error, POSError):
        return False
    return isinstance(error, CANNOT_COPE) and not getattr(part, "essential", False)


def record_failure(
    kind: str, name: str, error: BaseException, msg: Any, msgdata: dict, log: logging.Logger
) -> str:
    """Write down that the rule or handler (`kind`) called `name` was skipped.

    The entry goes to the list `<kind>_failures` of the metadata, the traceback to `log`.
    Returns the error in one line.
    """
    text = f"{type(error).__name__}: {error}"[:300].encode("ascii", "backslashreplace").decode()
    msgdata.setdefault(f"{kind}_failures", []).append({kind: name, "error": text})
    log.error(
        "%s %s skipped for message %r: %s",
        kind,
        name,
        str(msg.get("message-id", "n/a")),
        text,
        exc_info=error,
    )
    return text
