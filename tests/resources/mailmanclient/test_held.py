"""Held messages."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from mailmanclient.restobjects.held_message import HeldMessage

from tests.resources.mailmanclient.tour import tours


class TestHeldMessages:
    def test_looking_and_deciding(self, client, mlist, hold):
        assert mlist.held == []
        hold(6)
        assert mlist.get_held_count() == 6
        first, *others = mlist.held
        assert [held.request_id for held in mlist.held] == [1, 2, 3, 4, 5, 6]
        assert (first.subject, first.sender, first.reason) == ("Hi", "max@example.net", "Because")
        assert "Hello" in first.msg
        assert first.type is None
        page = mlist.get_held_page(count=4, page=2)
        assert [held.request_id for held in page] == [5, 6]
        assert page.total_size == 6
        first.accept()
        others[0].reject("Please join first")
        others[1].defer()
        mlist.discard_message(4)
        mlist.reject_message(5, "No")
        mlist.accept_message(6)
        mlist.defer_message(3)
        assert [held.request_id for held in mlist.held] == [3]
        assert mlist.get_held_message(3).message_id == others[1].message_id
        assert len(client.queues["pipeline"].files) == 2
        with pytest.raises(HTTPError) as error:
            mlist.discard_message(4)
        assert error.value.code == 404


@tours(HeldMessage)
def test_a_tour_of_a_held_message(client, mlist, hold):
    hold(4)
    first, second, third, fourth = mlist.held
    assert first.self_link.endswith("/3.1/lists/ant.example.com/held/1")
    assert (first.request_id, first.sender, first.subject) == (1, "max@example.net", "Hi")
    assert (first.reason, first.type) == ("Because", None)
    assert first.message_id.startswith("<")
    assert first.hold_date.startswith("20")
    assert first.msg.startswith("From: max@example.net")
    assert first.rest_data["request_id"] == 1
    assert first.defer().status_code == 204
    assert first.accept().status_code == 204
    assert second.discard().status_code == 204
    assert third.reject("Please join first").status_code == 204
    assert fourth.moderate("reject", comment="No").status_code == 204
    assert mlist.held == []
    assert len(client.queues["pipeline"].files) == 1
    for refused in (fourth.save, fourth.delete):
        with pytest.raises(HTTPError, match="Method Not Allowed"):
            refused()
