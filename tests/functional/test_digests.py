"""Digests from posts over LMTP to the smarthost, and in the hands of their readers."""

from __future__ import annotations

import email
from collections import Counter
from typing import Any

from tests.support.digests import parts_of, text_of, undigest
from tests.support.engine import RunningEngine, until
from tests.support.lists import List, settle
from tests.support.smtpd import ScriptedServer


class DigestList(List):
    """A list whose members m1 gets MIME digests, m2 plain ones, and all others posts."""

    def __init__(self, engine: RunningEngine, members: int) -> None:
        super().__init__(engine, members)
        self.choose(1, "mime_digests")
        self.choose(2, "plaintext_digests")

    def choose(self, number: int, mode: str) -> None:
        path = f"/addresses/{self.members[number]}/preferences"
        status, answer = self.engine.rest("PATCH", path, delivery_mode=mode)
        assert status == 204, answer

    def next_number(self) -> int:
        _, answer = self.engine.rest("GET", f"/lists/{self.list_id}/digest")
        return int(answer["next_digest_number"])

    def issue(self, msg: Any) -> int:
        return int(str(msg["subject"]).rpartition(" ")[2])

    def digests(self, server: ScriptedServer) -> dict[str, list[Any]]:
        """The digests that each reader was given."""
        found: dict[str, list[Any]] = {}
        for caught in self.transactions(server):
            msg = email.message_from_bytes(caught.content)
            if " Digest, Vol " in msg["subject"]:
                for recipient in caught.recipients:
                    found.setdefault(recipient, []).append(msg)
        return found


def numbers(mime: Any, plain: Any) -> tuple[list[str], list[str]]:
    """Message-IDs of the posts in both forms of a digest."""
    in_plain = [dict(fields) for fields, _ in undigest(text_of(plain)).posts[:-1]]
    return (
        [post["message-id"] for post in parts_of(mime)[1]],
        [fields["Message-ID"] for fields in in_plain],
    )


class TestDigests:
    def test_each_reader_gets_every_post_in_the_chosen_form(self, engine, smarthost):
        mlist = DigestList(engine, 4)
        posted = [mlist.post(f"Number{number}") for number in range(3)]
        until(lambda: mlist.copies(smarthost)[mlist.members[3]] == 3)
        settle(engine)
        assert mlist.digests(smarthost) == {}
        status, _ = engine.rest("POST", f"/lists/{mlist.list_id}/digest", send="yes")
        assert status == 202
        until(lambda: len(mlist.digests(smarthost)) == 2)
        settle(engine)
        found = mlist.digests(smarthost)
        assert {name: len(msgs) for name, msgs in found.items()} == {
            mlist.members[1]: 1, mlist.members[2]: 1,
        }  # fmt: skip
        mime, plain = found[mlist.members[1]][0], found[mlist.members[2]][0]
        assert numbers(mime, plain) == (posted, posted)
        name = mlist.name.capitalize()
        for msg in (mime, plain):
            assert msg["subject"] == f"{name} Digest, Vol 1, Issue 1"
            assert msg["from"] == f"{mlist.name}-request@example.com"
            assert msg["reply-to"] == msg["to"] == mlist.address
            assert msg["list-post"] == f"<mailto:{mlist.address}>"
        _, posts = parts_of(mime)
        assert [post["message"] for post in posts] == ["1", "2", "3"]
        assert posts[0].get_payload() == "How are you?\n"
        assert undigest(text_of(plain)).posts[0][1] == "How are you?"
        # Nobody got a post in another form as well.
        assert mlist.copies(smarthost) == Counter({
            mlist.members[0]: 3, mlist.members[3]: 3, mlist.members[1]: 1, mlist.members[2]: 1,
        })  # fmt: skip

    def test_a_list_that_has_enough_sends_by_itself(self, engine, smarthost):
        mlist = DigestList(engine, 3)
        mlist.config(digest_size_threshold="1.5")
        posted = [mlist.post(f"Full{number}") for number in range(4)]
        until(lambda: mlist.members[1] in mlist.digests(smarthost))
        engine.mmcore("digests", "--send", "--list", mlist.list_id)
        until(lambda: mlist.next_number() > 1 and engine.queue("digest") == 0)
        settle(engine)
        found = mlist.digests(smarthost)
        pairs = zip(found[mlist.members[1]], found[mlist.members[2]], strict=True)
        both = [numbers(mime, plain) for mime, plain in pairs]
        assert [each for mime, _ in both for each in mime] == posted
        assert [each for _, plain in both for each in plain] == posted
        assert [mlist.issue(msg) for msg in found[mlist.members[1]]] == list(
            range(1, len(both) + 1)
        )

    def test_who_comes_back_to_single_posts_misses_nothing(self, engine, smarthost):
        mlist = DigestList(engine, 3)
        before = mlist.post("Before")
        until(lambda: mlist.copies(smarthost)[mlist.members[0]] == 1)
        mlist.choose(2, "regular")
        mlist.post("After")
        until(lambda: mlist.copies(smarthost)[mlist.members[0]] == 2)
        done = engine.mmcore("digests", "-s", "-v", "-l", mlist.address)
        assert done.stdout == f"{mlist.list_id} sent volume 1, number 1\n"
        until(lambda: len(mlist.digests(smarthost)) == 2)
        settle(engine)
        [last] = mlist.digests(smarthost)[mlist.members[2]]
        assert before in text_of(last)
        assert mlist.copies(smarthost)[mlist.members[2]] == 2
        mlist.post("Later")
        until(lambda: mlist.copies(smarthost)[mlist.members[2]] == 3)
        engine.mmcore("digests", "-s", "-l", mlist.address)
        until(lambda: len(mlist.digests(smarthost)[mlist.members[1]]) == 2)
        settle(engine)
        assert len(mlist.digests(smarthost)[mlist.members[2]]) == 1
