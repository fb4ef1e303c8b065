from __future__ import annotations

import pytest

POST = "From: b@example.com\nSubject: Hello\n\nHi.\n"


@pytest.fixture
def linked(mlist):
    mlist.gateway_to_news = True
    mlist.linked_newsgroup = "misc.test"
    return mlist


@pytest.fixture
def queued(site):
    """Metadata of what is in `nntp`."""

    def queued():
        board = site.queues["nntp"]
        return [board.get(name).msgdata() for name in board.names()]

    return queued


class TestToUsenet:
    def test_a_post_is_copied_without_its_recipients(self, handle, linked, queued):
        recipients = ["a@example.com"]
        _, msgdata = handle(
            "to-usenet", POST, stripped_subject="Hello", recipients=recipients,
            **{"add-dup-header": recipients},
        )  # fmt: skip
        [copy] = queued()
        assert (copy["listid"], copy["stripped_subject"]) == ("test.example.com", "Hello")
        assert "recipients" not in copy
        assert "add-dup-header" not in copy
        assert msgdata["recipients"] == recipients

    def test_a_list_without_a_gateway_copies_nothing(self, handle, linked, queued):
        linked.gateway_to_news = False
        handle("to-usenet", POST)
        assert queued() == []

    @pytest.mark.parametrize("metadata", ["isdigest", "fromusenet"])
    def test_digests_and_what_came_from_there_stay_here(self, handle, linked, queued, metadata):
        handle("to-usenet", POST, **{metadata: True})
        assert queued() == []

    @pytest.mark.parametrize("group", ["", "  ", "no group"])
    def test_a_gateway_without_a_newsgroup_is_reported(
        self, handle, linked, queued, caplog, group
    ):
        linked.linked_newsgroup = group
        handle("to-usenet", POST)
        assert queued() == []
        assert (
            f"test.example.com: gateway_to_news is on, and linked_newsgroup {group!r}"
            in caplog.text
        )
