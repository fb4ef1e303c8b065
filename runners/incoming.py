"""The incoming runner: has posts judged.

Takes from: `in`.
Calls: `mmcore/chains/engine.py` with the list's posting or owner chain.
Leaves in: `pipeline` (accepted), `virgin` (notices about held and rejected
posts), the held messages, or nowhere (discarded).
"""

from __future__ import annotations

import contextlib
from typing import Any

from mmcore.chains.engine import process
from mmcore.directives import runner
from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.chain import UndecidedError
from runners.base import QueueRunner

#: Senders of one post that become known to the site: a forged From field with
#: thousands of them must not fill the database.
MAX_SENDERS = 10


@runner
class IncomingRunner(QueueRunner):
    """See `IRunner`."""

    name = "in"
    queue = "in"

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        msgdata.setdefault("envsender", mlist.no_reply_address)
        addresses = mlist.site.addresses
        for email in msg.senders[:MAX_SENDERS]:
            if addresses.get(email) is None:
                # `senders` has valid addresses only, but the tree has the last word.
                with contextlib.suppress(InvalidEmailAddressError):
                    addresses.add(email)
        chain = mlist.owner_chain if msgdata.get("to_owner") else mlist.posting_chain
        if not process(self.engine, mlist, msg, msgdata, chain):
            # A site's own chain, most likely.  Dropping the message would be losing it.
            raise UndecidedError(f"chain {chain!r} of {mlist.list_id} ended without a decision")
        return False
