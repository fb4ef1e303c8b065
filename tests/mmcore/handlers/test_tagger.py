from __future__ import annotations

import pytest

from resources.topics.model import Topic
from tests.support.malformed import MALFORMED, malformed

BEES = Topic("Bees", "honey\n^re: bees?$", "All about bees.")


@pytest.fixture
def topics(mlist):
    mlist.topics_enabled = True
    mlist.set_topics([BEES, Topic("Ants", r"\bants?\b"), Topic("Größe", "größe")])
    return mlist


@pytest.fixture
def tagged(handle, topics):
    """Names of the topics of a message."""

    def tagged(text):
        return handle("tagger", text)[1]["topichits"]

    return tagged


class TestTagger:
    def test_hits_are_sorted_and_in_a_field(self, handle, topics):
        msg, msgdata = handle("tagger", "Subject: Ants love honey\n\nHi.\n")
        assert msgdata["topichits"] == ["Ants", "Bees"]
        assert b"\r\nX-Topics: Ants\r\n\tBees\r\n" in msg.header_bytes()

    def test_each_line_of_a_pattern_is_one_in_any_letter_case(self, tagged):
        assert tagged("Subject: RE: Bee\n\n") == ["Bees"]
        assert tagged("Subject: HONEY\n\n") == ["Bees"]
        assert tagged("Subject: Re: Beer\n\n") == []

    def test_keywords_count_too_and_every_one_of_them(self, tagged):
        assert tagged("Keywords: x\nKeywords: an ant\nSubject: x\n\n") == ["Ants"]

    def test_encoded_words_are_read(self, handle, topics):
        msg, msgdata = handle("tagger", "Subject: =?iso-8859-1?q?Gr=F6=DFe?=\n\n")
        assert msgdata["topichits"] == ["Größe"]
        assert msg["x-topics"] == "=?utf-8?b?R3LDtsOfZQ==?="

    def test_without_a_hit_it_is_known_that_there_is_none(self, handle, topics):
        msg, msgdata = handle("tagger", "Subject: Wasps\nX-Topics: Bees\n\n")
        assert msgdata["topichits"] == []
        assert "x-topics" not in msg

    @pytest.mark.parametrize("change", [{"topics_enabled": False}, {"topics": ()}])
    def test_a_list_without_topics_changes_nothing(self, handle, topics, change):
        for name, value in change.items():
            setattr(topics, name, value)
        msg, msgdata = handle("tagger", "Subject: Ants\nX-Topics: Bees\n\n")
        assert (msg["x-topics"], msgdata) == ("Bees", {})

    def test_a_pattern_that_takes_for_ever_is_given_up(self, mlist, handle):
        mlist.topics_enabled = True
        mlist.set_topics([Topic("Evil", "(a+)+$"), Topic("Good", "b$")])
        assert handle("tagger", f"Subject: {'a' * 60}b\n\n")[1]["topichits"] == ["Good"]

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_any_message_has_topics_or_none(self, handle, topics, sample):
        topics.topics_bodylines_limit = -1
        topics.set_topics([Topic("Everything", ".*")])
        msg, msgdata = handle("tagger", malformed(sample))
        assert msgdata["topichits"] in ([], ["Everything"])
        msg.as_bytes()


class TestBody:
    LINES = "Hello\n\n  \nKeywords: ants\nSubject: honey\n"

    @pytest.mark.parametrize(
        ("limit", "found"),
        [(0, []), (1, []), (2, ["Ants"]), (3, ["Ants", "Bees"]), (-1, ["Ants", "Bees"])],
    )
    def test_so_many_lines_that_are_not_blank_count(self, topics, tagged, limit, found):
        topics.topics_bodylines_limit = limit
        assert tagged(f"Subject: x\n\n{self.LINES}") == found

    def test_other_lines_do_not(self, tagged):
        assert tagged("Subject: x\n\nants and honey\n") == []

    def test_of_alternatives_it_is_the_plain_one(self, tagged):
        parts = "".join(
            f"--x\nContent-Type: text/{kind}\n\nKeywords: {word}\n\n"
            for kind, word in (("html", "honey"), ("plain", "ants"))
        )
        head = 'Content-Type: multipart/{}; boundary="x"\n\n'
        assert tagged(head.format("alternative") + parts + "--x--\n") == ["Ants"]
        assert tagged(head.format("mixed") + parts + "--x--\n") == []
        assert tagged("Content-Type: text/html\n\nKeywords: ants\n") == []
