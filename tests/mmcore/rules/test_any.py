from __future__ import annotations


class TestAnyHit:
    def test_hits_after_another_rule_did(self, ask):
        assert ask("any", "\n", rule_hits=["max-size"])[0]

    def test_misses_when_no_rule_hit(self, ask):
        assert not ask("any", "\n", rule_hits=[])[0]
        assert not ask("any", "\n")[0]

    def test_it_is_not_recorded(self, engine):
        assert not engine.rules["any"].record
