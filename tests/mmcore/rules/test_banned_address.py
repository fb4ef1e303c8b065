from __future__ import annotations

POST = "From: eve@example.org\nReply-To: aperson@example.com\n\nHi.\n"


class TestBannedAddress:
    def test_who_is_not_banned_misses(self, ask, mlist):
        mlist.bans.ban("mallory@example.org")
        assert ask("banned-address", POST) == (False, {})

    def test_who_is_banned_from_the_list_hits(self, ask, mlist):
        mlist.bans.ban("eve@example.org")
        hit, msgdata = ask("banned-address", POST)
        assert hit
        assert msgdata == {
            "moderation_sender": "eve@example.org",
            "moderation_reasons": [("The sender {} is banned", "eve@example.org")],
        }

    def test_who_is_banned_from_the_site_hits(self, ask, site):
        site.bans.ban("^.*@example\\.org")
        assert ask("banned-address", POST)[0]

    def test_it_does_not_matter_which_of_the_senders_is_banned(self, ask, mlist):
        mlist.bans.ban("aperson@example.com")
        msgdata = ask("banned-address", POST)[1]
        assert msgdata["moderation_sender"] == "aperson@example.com"
