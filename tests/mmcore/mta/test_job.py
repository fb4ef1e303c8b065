"""What the log says of a delivery."""

from __future__ import annotations

import logging

from mmcore.mta.deliver import Delivery, Result
from mmcore.mta.job import Job, report
from mmcore.mta.journal import Reply
from mmcore.mta.outcomes import Outcomes, State

JOB = Job("1.0+abc", Delivery("1.0+abc", "s@example.com", ("a@x.example", "b@x.example"), b""),
          "<ant>", "ant.example.com")  # fmt: skip


def result(*outcomes: tuple[State, Reply]) -> Result:
    """What became of each recipient."""
    columns = Outcomes(len(outcomes))
    for index, (state, reply) in enumerate(outcomes):
        columns.settle((index,), state, reply)
    return Result("1.0+abc", columns)


GOT = (State.DELIVERED, Reply(250))
REFUSED = (State.PERMANENT, Reply(550, "5.1.1", "No such user"))


class TestReport:
    def test_how_many_got_it(self, caplog):
        caplog.set_level(logging.INFO, "mmcore.smtp")
        report(JOB, result(GOT, GOT))
        assert "<ant> smtp to ant.example.com for 2 recips, completed in" in caplog.text
        assert "2 delivered, 0 later, 0 failed, 0 in doubt" in caplog.text

    def test_each_that_was_refused(self, caplog):
        caplog.set_level(logging.INFO, "mmcore.smtp")
        report(JOB, result(GOT, REFUSED))
        assert "<ant> delivery to b@x.example failed with code 550, No such user" in caplog.text

    def test_a_thousand_failures_and_how_many_more(self, caplog):
        caplog.set_level(logging.INFO, "mmcore.smtp")
        names = [f"m{number}@x.example" for number in range(1003)]
        job = Job("1.0+abc", Delivery("1.0+abc", "s@example.com", names, b""), "<ant>", "")
        report(job, result(*[REFUSED] * 1003))
        assert len(caplog.records) == 1002
        assert "<ant> and to 3 others" in caplog.text
