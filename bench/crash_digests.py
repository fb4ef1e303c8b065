"""Digests under fire, for `crash.py`: is every post in exactly one digest of each reader?

Besides the members that get posts as they come the list has readers of digests, half of them of
MIME digests and half of plain ones.  It wants few kilobytes in a digest, so that many are sent
while processes are killed.  In the end the rest is sent, and what each reader got is compared with
what was accepted, post by post.

A copy of a digest that comes twice is `in_doubt` or `doubled` as any message is; a post in two
different digests is `in_two`, one in none is `in_none`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

_TITLE = re.compile(rb"^subject: .* Digest, Vol \d+, Issue \d+\r?$", re.I | re.M)
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(<[^>\r\n]*>)", re.I | re.M)

#: Kilobytes after which a digest is sent.
THRESHOLD = "5"


class DigestReaders:
    """The readers of one list, and what they got."""

    def __init__(self, count: int) -> None:
        self.emails = [f"d{number}@example.org" for number in range(count)]
        #: By the Message-ID of a digest: how often each post is in it.
        self.posts: dict[str, Counter[str]] = {}
        #: By reader: how often each digest came.
        self.copies: dict[str, Counter[str]] = defaultdict(Counter)
        #: Posts that came to somebody who wants digests.
        self.single = 0

    def mode(self, number: int) -> str:
        """How a reader wants digests."""
        return "plaintext_digests" if number % 2 else "mime_digests"

    def take(self, content: bytes, recipients: list[str]) -> bool:
        """A message has come; returns whether it was a digest."""
        header = content[: content.find(b"\r\n\r\n") + 2]
        if not _TITLE.search(header):
            self.single += len(set(recipients) & set(self.emails))
            return False
        digest, *posts = (found.decode() for found in _MESSAGE_ID.findall(content))
        self.posts[digest] = Counter(posts)
        for recipient in recipients:
            self.copies[recipient][digest] += 1
        return True

    def prepare(self, engine: Any, list_id: str) -> None:
        """Subscribe the readers."""
        form = {"digest_size_threshold": THRESHOLD}
        engine.rest("PATCH", f"/lists/{list_id}/config", **form)
        for number, email in enumerate(self.emails):
            status, answer = engine.rest(
                "POST", "/members", list_id=list_id, subscriber=email, pre_verified="true",
                pre_confirmed="true", pre_approved="true", send_welcome_message="false",
                delivery_mode=self.mode(number),
            )  # fmt: skip
            if status != 201:
                raise SystemExit(f"cannot subscribe {email}: {status} {answer}")

    def finish(self, engine: Any, list_id: str) -> None:
        """Have what was collected last be sent."""
        engine.rest("POST", f"/lists/{list_id}/digest", send="yes")

    def judge(
        self, accepted: set[str], ambiguous: set[str], doubt: set[tuple[str, str]]
    ) -> dict[str, Any]:
        """Account for every accepted post and every reader."""
        counts: Counter[str] = Counter()
        for reader in self.emails:
            found = sum((self.posts[digest] for digest in self.copies[reader]), Counter[str]())
            for post in accepted:
                if found[post] == 1:
                    counts["in_one"] += 1
                elif not found[post]:
                    counts["in_none"] += 1
                else:
                    counts["ambiguous" if post in ambiguous else "in_two"] += 1
            for digest, times in self.copies[reader].items():
                if times > 1:
                    known = (digest, reader) in doubt
                    counts["copies_in_doubt" if known else "copies_doubled"] += 1
        return {
            "readers": len(self.emails),
            "digests": len(self.posts),
            "expected": len(accepted) * len(self.emails),
            **{name: counts[name] for name in (
                "in_one", "in_none", "in_two", "ambiguous", "copies_in_doubt", "copies_doubled",
            )},
            "single_posts_to_readers": self.single,
        }  # fmt: skip


def failed(account: dict[str, Any]) -> bool:
    """Whether something is wrong with what `judge` has found."""
    wrong = ("in_none", "in_two", "copies_doubled", "single_posts_to_readers")
    return any(account[name] for name in wrong)
