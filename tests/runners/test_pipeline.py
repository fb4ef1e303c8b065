"""The pipeline runner: accepted posts are prepared for their recipients."""

from __future__ import annotations

from mmcore.interfaces.member import MemberRole
from runners.pipeline import PipelineRunner


class TestPipeline:
    def test_a_post_gets_recipients_and_the_lists_header_fields(
        self, opened, enqueue, anne, engine, session, now_in
    ):
        enqueue("pipeline")
        opened(PipelineRunner).iterate()
        [msgdata] = now_in("out")
        assert msgdata["recipients"] == ["aperson@example.com"]
        [name] = session.site.queues["out"].names()
        msg, _ = engine.mailroom(session.site).load(session.site.queues["out"].get(name))
        assert msg["list-id"] == "<test.example.com>"
        assert msg["subject"] == "[Test] Hello"

    def test_mail_for_the_owners_goes_to_them_as_it_is(
        self, opened, enqueue, mlist, site, engine, session, now_in
    ):
        site.users.make("olga@example.com")
        mlist.subscribe(site.addresses.get("olga@example.com"), MemberRole.owner)
        enqueue("pipeline", to_owner=True, envsender="site@example.com")
        opened(PipelineRunner).iterate()
        [msgdata] = now_in("out")
        assert (msgdata["recipients"], msgdata["nodecorate"]) == (["olga@example.com"], True)
        [name] = session.site.queues["out"].names()
        msg, _ = engine.mailroom(session.site).load(session.site.queues["out"].get(name))
        assert (msg["subject"], msg["list-id"]) == ("Hello", None)

    def test_a_pipeline_that_does_not_exist_is_a_fault(self, opened, enqueue, mlist, now_in):
        mlist.posting_pipeline = "no-such-pipeline"
        enqueue("pipeline")
        opened(PipelineRunner).iterate()
        [msgdata] = now_in("shunt")
        assert "no pipeline is named 'no-such-pipeline'" in msgdata["shunt_error"]
