from __future__ import annotations


class TestTruth:
    def test_every_message_hits(self, ask):
        assert ask("truth", "\n")[0]

    def test_it_is_not_recorded(self, engine):
        assert not engine.rules["truth"].record
