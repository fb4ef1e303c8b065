"""Has a post judged: what happens to everything in the queue `in`.

The runner of that queue calls it, and so does whoever wants to know beforehand what would happen.
"""

from __future__ import annotations

import contextlib
from typing import Any

from mmcore.chains.engine import process
from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.chain import UndecidedError
from mmcore.interfaces.handler import DiscardMessage
from mmcore.services.replies import answer_and_stop

#: Senders of one post that become known to the site: a forged From field with
#: thousands of them must not fill the database.
MAX_SENDERS = 10


def judge(engine: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any = None) -> None:
    """Walk the list's posting chain with a post, or its owner chain with mail to the owners.

    A list that answers such mail by itself does so first, and may want nothing more.

    `watch` is told of every step, see `IWatcher`.  Raises UndecidedError when no chain took care
    of the message, LookupError for rules and chains that do not exist, and whatever an essential
    rule or an ending raises.
    """
    msgdata.setdefault("envsender", mlist.no_reply_address)
    if answer_and_stop(engine, mlist, msg, msgdata):
        if watch is not None:
            reason = DiscardMessage("the list only answers such mail")
            watch.stopped("replybot", msg, msgdata, reason)
        return
    addresses = mlist.site.addresses
    for email in msg.senders[:MAX_SENDERS]:
        if addresses.get(email) is None:
            # `senders` has valid addresses only, but the tree has the last word.
            with contextlib.suppress(InvalidEmailAddressError):
                addresses.add(email)
    chain = mlist.owner_chain if msgdata.get("to_owner") else mlist.posting_chain
    if not process(engine, mlist, msg, msgdata, chain, watch):
        # A site's own chain, most likely.  Dropping the message would be losing it.
        raise UndecidedError(f"chain {chain!r} of {mlist.list_id} ended without a decision")
