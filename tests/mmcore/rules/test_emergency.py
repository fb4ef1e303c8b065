from __future__ import annotations

POST = "From: aperson@example.com\n\nHi.\n"


class TestEmergency:
    def test_ordinary_list_misses(self, ask):
        assert not ask("emergency", POST)[0]

    def test_post_to_a_list_in_an_emergency_hits(self, ask, mlist):
        mlist.emergency = True
        hit, msgdata = ask("emergency", POST)
        assert hit
        assert msgdata == {
            "moderation_sender": "aperson@example.com",
            "moderation_reasons": ["All posts to this list wait for a moderator at present"],
        }

    def test_post_that_a_moderator_approved_misses(self, ask, mlist):
        mlist.emergency = True
        assert not ask("emergency", POST, moderator_approved=True)[0]
