"""What holds for every pipeline."""

from __future__ import annotations

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.pipeline import IPipeline

MODULES = {
    "default-owner-pipeline": "owner",
    "default-posting-pipeline": "posting",
    "virgin": "virgin",
}


class TestEveryPipeline:
    def test_all_are_found(self, engine):
        assert sorted(engine.pipelines) == sorted(MODULES)

    @pytest.mark.parametrize("name", MODULES)
    def test_it_keeps_its_promises(self, engine, name):
        pipeline = engine.pipelines[name]
        assert verifyObject(IPipeline, pipeline)
        assert pipeline.name == name
        assert type(pipeline).__module__ == f"mmcore.pipelines.{MODULES[name]}"
        assert pipeline.description.endswith(".")
        assert pipeline.handlers[-1] == "to-outgoing"
        assert set(pipeline.handlers) <= set(engine.handlers)
