"""What a list is reached at."""

from __future__ import annotations


class TestListAddresses:
    def test_it_has_an_address_for_everything(self, mlist):
        names = ("bounces", "confirm", "join", "leave", "owner", "request")
        for name in names:
            assert getattr(mlist, f"{name}_address") == f"test-{name}@example.com"
        assert mlist.no_reply_address == "noreply@example.com"
        assert mlist.posting_address == mlist.fqdn_listname == "test@example.com"
