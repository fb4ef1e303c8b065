"""Held messages: numbered over the whole site, listed by list."""

from __future__ import annotations

import pytest

from tests.support.messages import message

POST = "From: anne@example.com\nSubject: Hi\nMessage-ID: <x>\n\nText\n"


def hold(site, mlist):
    return site.held.add(mlist, message(POST), {"rule_hits": ["a"]}, ["a reason"])


class TestHeldMessages:
    def test_they_know_what_a_moderator_wants_to_know(self, site, mlist):
        held = hold(site, mlist)
        assert (held.request_id, held.list_id) == (1, "test.example.com")
        assert (held.message_id, held.sender, held.subject) == ("<x>", "anne@example.com", "Hi")
        assert held.reasons == ["a reason"]
        assert held.msgdata() == {"rule_hits": ["a"]}
        assert held.hold_date is not None

    def test_numbers_ascend_over_all_lists_and_are_not_used_again(self, site, mlist):
        other = site.lists.add("other@example.com")
        held = [hold(site, where) for where in (mlist, other, mlist)]
        assert [h.request_id for h in held] == [1, 2, 3]
        assert site.held.of_list("test.example.com") == [held[0], held[2]]
        site.held.remove(3)
        assert hold(site, mlist).request_id == 4
        assert site.held.get(3) is None
        with pytest.raises(KeyError):
            site.held.remove(3)

    def test_a_list_takes_them_along(self, site, mlist):
        hold(site, mlist)
        site.lists.remove(mlist)
        assert len(site.held) == 0
