"""What holds for every command that can be mailed."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.email_commands.results import Results
from mmcore.interfaces.email_command import ContinueProcessing, IEmailCommand, IResults
from tests.support.malformed import MALFORMED, malformed

NAMES = (
    "confirm",
    "echo",
    "end",
    "help",
    "join",
    "leave",
    "stop",
    "subscribe",
    "unsubscribe",
    "who",
)


class TestEveryCommand:
    def test_all_are_found(self, engine):
        assert tuple(sorted(engine.email_commands)) == NAMES

    @pytest.mark.parametrize("name", NAMES)
    def test_it_keeps_its_promises(self, engine, name):
        command = engine.email_commands[name]
        assert verifyObject(IEmailCommand, command)
        assert command.name == name
        assert type(command).__module__ == f"mmcore.email_commands.{name}"
        assert command.short_description.endswith(".")
        assert "\n" not in command.short_description
        assert command.description.strip().endswith(".")

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("arguments", [[], ["x"], ["="], ["address=@"], ["digest=="]])
    def test_it_copes_with_any_message(self, engine, mlist, name, arguments):
        for sample in MALFORMED:
            for may_quote in (True, False):
                results = Results(may_quote)
                assert verifyObject(IResults, results)
                answer = engine.email_commands[name].process(
                    mlist, malformed(sample), {}, arguments, results
                )
                assert isinstance(answer, ContinueProcessing), sample

    def test_answers_have_the_numbers_of_the_protocol(self):
        assert [(each.name, each.value) for each in ContinueProcessing] == [("no", 0), ("yes", 1)]
