"""The mailboxes of a list, and what is known of mail to them."""

from __future__ import annotations

import pytest

from mmcore.message import addresses
from mmcore.services.mailboxes import SUBADDRESSES, mailbox

LIST = "ant.example.com"


class TestMailbox:
    def test_the_list_itself(self, settings):
        assert mailbox(settings, LIST, None) == ("in", {"listid": LIST, "to_list": True})

    def test_the_owners(self, settings):
        queue, metadata = mailbox(settings, LIST, "owner")
        assert queue == "in"
        assert metadata == {
            "listid": LIST,
            "subaddress": "owner",
            "to_owner": True,
            "envsender": settings.mmcore.site_owner,
        }

    def test_requests(self, settings):
        found = mailbox(settings, LIST, "request")
        assert found == ("command", {"listid": LIST, "subaddress": "request", "to_request": True})

    @pytest.mark.parametrize(
        ("subaddress", "name"), [("subscribe", "join"), ("unsubscribe", "leave"), ("join", "join")]
    )
    def test_two_names_for_one(self, settings, subaddress, name):
        queue, metadata = mailbox(settings, LIST, subaddress)
        assert (queue, metadata["subaddress"]) == ("command", name)

    def test_every_suffix_of_an_address_has_one(self):
        assert SUBADDRESSES.keys() == addresses.SUBADDRESSES.keys()
