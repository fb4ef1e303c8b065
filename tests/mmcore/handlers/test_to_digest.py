"""Posts join the next digest of their list."""

from __future__ import annotations

from mmcore.pipelines.engine import process
from tests.support.digests import post
from tests.support.queues import queued

LIST_ID = "test.example.com"


def collected(engine, site):
    """Subjects of the posts that the list has collected."""
    found = site.digests.get(LIST_ID)
    mailroom = engine.mailroom(site)
    posts = [] if found is None else found.posts()
    return [str(mailroom.read(each.content, each.header)["subject"]) for each in posts]


class TestToDigest:
    def test_a_post_is_collected(self, engine, site, handle):
        handle("to-digest", post(1))
        handle("to-digest", post(2))
        assert collected(engine, site) == ["[Test] Hello 1", "[Test] Hello 2"]

    def test_not_by_a_list_without_digests(self, engine, site, mlist, handle):
        mlist.digests_enabled = False
        handle("to-digest", post(1))
        assert collected(engine, site) == []

    def test_nor_a_digest(self, engine, site, handle):
        handle("to-digest", post(1), isdigest=True)
        assert collected(engine, site) == []

    def test_the_post_itself_stays_as_it_is(self, handle):
        before = post(1)
        msg, msgdata = handle("to-digest", post(1))
        assert (msg.as_bytes(), msgdata) == (before.as_bytes(), {})

    def test_in_the_pipeline_it_gets_what_members_see(self, engine, site, mlist, anne):
        msg = post(1)
        process(engine, mlist, msg, {}, "default-posting-pipeline")
        [found] = site.digests.get(LIST_ID).posts()
        read = engine.mailroom(site).read(found.content, found.header)
        assert read["list-id"] == "<test.example.com>"
        assert read["precedence"] == "list"
        [(out, _)] = queued(engine, site, "out")
        assert read.body_bytes() == out.body_bytes()
        # Nothing happens to a digest twice.
        process(engine, mlist, post(2), {"isdigest": True, "recipients": []}, "virgin")
        assert len(site.digests.get(LIST_ID)) == 1
