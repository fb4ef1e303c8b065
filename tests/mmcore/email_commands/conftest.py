"""Mailing commands to a list, and reading what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from mmcore.email_commands.engine import process
from mmcore.email_commands.results import Results
from mmcore.message.message import Message
from tests.support.messages import message
from tests.support.queues import queued

ANNE = "aperson@example.com"
#: Of results, in the languages of the tests.
SUBJECTS = ("The results of your e-mail commands", "Ergebnis Ihrer Befehle per Mail")


class Sent(NamedTuple):
    """What the engine has sent because of a mail."""

    #: The results of the commands, if they were mailed.
    results: Message | None
    #: Every other message, by recipient.
    others: dict[str, Message]

    @property
    def text(self) -> str:
        """The text of the results."""
        assert self.results is not None
        data = self.results.get_payload(decode=True)
        return data.decode(self.results.get_content_charset()).replace("\r\n", "\n")

    @property
    def said(self) -> str:
        """What the commands said, without indentation."""
        part = self.text.partition("- Results:\n")[2].partition("\n\n- ")[0]
        return "\n".join(line[4:] for line in part.split("\n"))


@pytest.fixture
def mail(engine: Any, site: Any, mlist: Any) -> Callable[..., Sent]:
    """mail(text or message, to=sub-address, **metadata) -> Sent."""

    def mail(text: Any, to: str = "request", sender: str = ANNE, **msgdata: Any) -> Sent:
        if isinstance(text, str):
            host = mlist.mail_host
            head = f"From: {sender}\nTo: {mlist.list_name}-{to}@{host}\nMessage-ID: <cmd@x>\n"
            text = message(head + text)
        subaddress = to.partition("+")[0]
        data = {"listid": mlist.list_id, "subaddress": subaddress, **msgdata}
        if subaddress == "request":
            data["to_request"] = True
        process(engine, mlist, text, data)
        found = [msg for msg, _msgdata in queued(engine, site, "virgin")]
        results = [m for m in found if str(m["subject"]) in SUBJECTS]
        assert len(results) <= 1
        return Sent(
            results[0] if results else None, {m["to"]: m for m in found if m not in results}
        )

    return mail


@pytest.fixture
def results() -> Results:
    """Results for somebody who is known."""
    return Results(may_quote=True)
