"""Having a digest written, and leaving it for those who read digests."""

from __future__ import annotations

import logging
from typing import Any

from i18n import using
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from mmcore.services.digest_issue import edition
from mmcore.services.digest_mime import mime_digest
from mmcore.services.digest_plain import plain_digest

log = logging.getLogger("mmcore.lists")


def send_issue(engine: Any, mlist: Any, msgdata: dict) -> None:
    """Leave the issue that an entry of the queue `digest` names in `virgin`, and forget it.

    All of it is part of the current transaction.  Raises NoSuchIssueError.
    """
    digests = mlist.site.digests
    issue_id = str(msgdata.get("digest_id"))
    issue = digests.issue(issue_id)
    mime, plain = recipients(mlist, issue)
    if mime or plain:
        volume, number = msgdata["volume"], msgdata["digest_number"]
        mailroom = engine.mailroom(mlist)
        with using(mlist.preferred_language):
            made = edition(engine, mlist, issue, volume, number)
            for readers, write in ((mime, mime_digest), (plain, plain_digest)):
                if readers:
                    data = {"listid": mlist.list_id, "isdigest": True, "recipients": readers}
                    mailroom.enqueue("virgin", write(made), data)
        log.info(
            "%s: %s, %d posts, to %d as MIME, to %d as text",
            mlist.list_id, made.title, len(made.posts), len(mime), len(plain),
        )  # fmt: skip
    digests.finish(issue_id)


def recipients(mlist: Any, issue: Any) -> tuple[list[str], list[str]]:
    """(who gets the digest as MIME, who as plain text), each once.

    Besides those who read digests these are the issue's last readers, as long as they are
    members who get mail.
    """
    mime: list[str] = []
    plain: list[str] = []
    for email, mode in mlist.digest_recipients():
        (plain if mode is DeliveryMode.plaintext_digests else mime).append(email)
    last = [reader for reader in issue.last_readers() if _gets_mail(mlist, reader[0])]
    # Whoever came back reads digests already.
    known = {email.lower() for email in (*mime, *plain)} if last else set()
    for email, mode in last:
        if email.lower() not in known:
            (plain if mode is DeliveryMode.plaintext_digests else mime).append(email)
    return mime, plain


def _gets_mail(mlist: Any, email: str) -> bool:
    member = mlist.members.get(email)
    return member is not None and member.delivery_status is DeliveryStatus.enabled
