from __future__ import annotations

POST = "From: a@example.com\nTo: b@example.com, c@example.com\nCc: d@example.com\n\n"


class TestMaxRecipients:
    def test_as_many_as_the_limit_hit(self, ask, mlist):
        mlist.max_num_recipients = 3
        hit, msgdata = ask("max-recipients", POST)
        assert hit
        assert msgdata["moderation_sender"] == "a@example.com"
        assert msgdata["moderation_reasons"] == [
            ("The message is addressed to {} or more people", 3)
        ]

    def test_fewer_miss(self, ask, mlist):
        mlist.max_num_recipients = 4
        assert not ask("max-recipients", POST)[0]

    def test_commas_in_names_do_not_count(self, ask, mlist):
        mlist.max_num_recipients = 3
        assert not ask("max-recipients", 'To: "a, b, c, d" <a@example.com>\n\n')[0]

    def test_semicolons_between_addresses_count(self, ask, mlist):
        mlist.max_num_recipients = 3
        assert ask("max-recipients", "To: a@example.com; b@example.com; c@example.com\n\n")[0]

    def test_zero_means_no_limit(self, ask, mlist):
        mlist.max_num_recipients = 0
        assert not ask("max-recipients", POST)[0]

    def test_repeated_fields_count(self, ask, mlist):
        mlist.max_num_recipients = 2
        assert ask("max-recipients", "To: a@example.com\nTo: b@example.com\n\n")[0]
