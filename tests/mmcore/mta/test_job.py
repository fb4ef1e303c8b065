"""What the log says of a delivery."""

from __future__ import annotations

import logging

from mmcore.mta.deliver import Delivery, Result
from mmcore.mta.job import Job, report
from mmcore.mta.journal import Reply

JOB = Job("1.0+abc", Delivery("1.0+abc", "s@example.com", ("a@x.example", "b@x.example"), b""),
          "<ant>", "ant.example.com")  # fmt: skip


class TestReport:
    def test_how_many_got_it(self, caplog):
        caplog.set_level(logging.INFO, "mmcore.smtp")
        report(JOB, Result("1.0+abc", delivered={0: Reply(250), 1: Reply(250)}))
        assert "<ant> smtp to ant.example.com for 2 recips, completed in" in caplog.text
        assert "2 delivered, 0 later, 0 failed, 0 in doubt" in caplog.text

    def test_each_that_was_refused(self, caplog):
        caplog.set_level(logging.INFO, "mmcore.smtp")
        report(JOB, Result("1.0+abc", permanent={1: Reply(550, "5.1.1", "No such user")}))
        assert "<ant> delivery to b@x.example failed with code 550, No such user" in caplog.text
