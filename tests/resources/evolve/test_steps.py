"""Evolution steps run once, in order, each in a transaction of its own."""

from __future__ import annotations

import pytest

from resources.evolve.steps import CURRENT_VERSION, STEPS, TooNewError, evolve


class TestEvolve:
    def test_a_new_database_is_current(self, site):
        assert site.schema_version == CURRENT_VERSION == len(STEPS)

    def test_missing_steps_run_in_order_and_are_remembered(self, session):
        seen = []
        steps = {1: lambda site: seen.append(1), 2: lambda site: seen.append(2)}
        session.site.schema_version = 0
        assert evolve(session.site, session.manager, steps) == 2
        assert seen == [1, 2]
        assert evolve(session.site, session.manager, steps) == 0
        assert session.site.schema_version == 2

    def test_a_step_that_fails_leaves_what_was_before_it(self, session):
        def fail(site):
            raise RuntimeError("no")

        session.site.schema_version = 0
        with pytest.raises(RuntimeError):
            evolve(session.site, session.manager, {1: lambda site: None, 2: fail})
        session.abort()
        assert session.begin().schema_version == 1

    def test_a_database_of_a_newer_release_is_refused(self, site):
        site.schema_version = CURRENT_VERSION + 1
        with pytest.raises(TooNewError, match="newer mmcore"):
            evolve(site, None)
