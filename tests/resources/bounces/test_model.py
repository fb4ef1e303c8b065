"""Bounce events are written down with what is known of them."""

from __future__ import annotations


class TestBounceEvents:
    def test_an_event_says_who_failed_where_and_why(self, site):
        event = site.bounce_events.add("a.b", "c@d.e", code=550, text="gone")
        assert (event.list_id, event.email, event.context) == ("a.b", "c@d.e", "normal")
        assert event.data == {"code": 550, "text": "gone"}
        assert not event.processed
        assert site.bounce_events.values() == [event]
