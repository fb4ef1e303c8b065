"""Digests as plain text: RFC 1153 to the letter, taken apart again by its rules."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmcore.message.compose import text_part
from mmcore.message.message import Message
from mmcore.services.digest_issue import Edition, Post
from mmcore.services.digest_plain import plain_digest
from tests.mmcore.message.samples import SAMPLES
from tests.support.digests import post, text_of, undigest
from tests.support.malformed import MALFORMED
from tests.support.messages import message

LINE = "-" * 30


@pytest.fixture
def make(engine, mlist):
    """The digest of these posts."""

    def make(*msgs):
        posts = [Post(n, msg, "Subject", "Anne") for n, msg in enumerate(msgs, 1)]
        return plain_digest(Edition(engine, mlist, 3, 7, posts))

    return make


class TestPlainDigest:
    def test_every_line_of_it(self, make, settings):
        folder = settings.paths.template_dir / "site" / "en"
        folder.mkdir(parents=True)
        for name, text in (
            ("masthead", "Masthead.\n"), ("header", "\nHeader.\n"), ("footer", "Footer.\n"),
        ):  # fmt: skip
            (folder / f"list:member:digest:{name}.txt").write_text(text)
        end = "End of Test Digest, Vol 3, Issue 7"
        assert text_of(make(post(1), post(2))).replace("\r\n", "\n") == "\n".join([
            "Masthead.",
            "",
            "Header.",
            "",
            "Today's topics:",
            "",
            "  1. Subject (Anne)",
            "  2. Subject (Anne)",
            "",
            "-" * 70,
            "",
            "Message: 1",
            "Date: Mon, 02 Mar 2026 10:00:00 +0000",
            "From: Anne Person <aperson@example.com>",
            "Subject: [Test] Hello 1",
            "To: test@example.com",
            "Message-ID: <m1@example.com>",
            "",
            "This is text number 1.",
            "",
            "-" * 30,
            "",
            "Message: 2",
            "Date: Mon, 02 Mar 2026 10:00:00 +0000",
            "From: Anne Person <aperson@example.com>",
            "Subject: [Test] Hello 2",
            "To: test@example.com",
            "Message-ID: <m2@example.com>",
            "",
            "This is text number 2.",
            "",
            "-" * 30,
            "",
            "Subject: Digest Footer",
            "",
            "Footer.",
            "",
            "-" * 30,
            "",
            end,
            "*" * len(end),
            "",
        ])  # fmt: skip

    def test_without_texts_of_the_site_it_can_be_taken_apart(self, make):
        found = undigest(text_of(make(post(1), post(2))))
        assert "test-request@example.com" in found.preamble
        assert [fields[0] for fields, _ in found.posts] == [
            ("Message", "1"), ("Message", "2"), ("Subject", "Digest Footer"),
        ]  # fmt: skip
        assert found.posts[1][1] == "This is text number 2."

    def test_fields_are_those_of_the_settings_in_their_order(self, make, settings):
        settings.digests.plain_digest_keep_headers = ("subject", "X-Two", "From")
        msg = message("From: a@b.cd\nX-Two: 1\nx-two: 2\nSubject: s\nTo: x\n\ntext\n")
        [(fields, _), *_] = undigest(text_of(make(msg))).posts
        assert fields == [
            ("Message", "1"), ("subject", "s"), ("X-Two", "1"), ("X-Two", "2"), ("From", "a@b.cd"),
        ]  # fmt: skip

    def test_fields_are_decoded_and_folded(self, make):
        people = ", ".join(f"Person {number} <p{number}@example.com>" for number in range(9))
        msg = message(f"To: {people}\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n.\n")
        text = text_of(make(msg)).replace("\r\n", "\n")
        assert "\nSubject: Grüße\n" in text
        assert "\n\tPerson" in text
        [(fields, _), *_] = undigest(text).posts
        assert dict(fields)["To"] == people

    def test_whatever_it_was_it_is_plain_text_now(self, make):
        msg = message("Content-Type: text/html; charset=x\n\n<p>Hi.\n")
        [(fields, body), *_] = undigest(text_of(make(msg))).posts
        assert dict(fields)["Content-Type"] == "text/plain"
        assert body == "[This was HTML.]\n\nHi."

    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            (f"a\n\n{LINE}\n\nb", f"a\n\n {LINE[1:]}\n\nb"),
            (f"{LINE}-\n{LINE} \n-{LINE}", f"{LINE}-\n{LINE} \n-{LINE}"),
            ("\n \n\na\n\n\n", "a"),
            ("", ""),
        ],
    )
    def test_what_could_be_taken_for_the_form_is_changed(self, make, written, shown):
        found = undigest(text_of(make(text_part(written), post(2))))
        assert found.posts[0][1] == shown
        assert len(found.posts) == 3

    @settings(
        max_examples=60, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(
        st.lists(
            st.lists(st.sampled_from(["a", "", " b", LINE, "-" * 70, "Grüße", "***", "From x"])),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    def test_posts_are_found_again_whatever_they_say(self, make, texts):
        digest = make(*(text_part("\n".join(lines)) for lines in texts))
        text = text_of(digest).replace("\r\n", "\n")
        # A line of 70 hyphens means something once.
        _, rest = text.split(f"\n\n{'-' * 70}\n\n", 1)
        blocks = rest.split(f"\n\n{LINE}\n\n")
        assert len(blocks) == len(texts) + 2
        for block, lines in zip(blocks, texts, strict=False):
            expected = "\n".join(f" {LINE[1:]}" if line == LINE else line for line in lines)
            assert block.partition("\n\n")[2].strip() == expected.strip()

    def test_the_charset_is_that_of_the_language_if_it_can_express_it(self, make, mlist):
        assert make(post(1)).get_content_charset() == "us-ascii"
        assert make(text_part("Grüße")).get_content_charset() == "utf-8"
        mlist.preferred_language = "de"
        assert make(post(1)).get_content_charset() == "utf-8"

    @pytest.mark.parametrize("name", [*MALFORMED, *SAMPLES])
    def test_no_message_keeps_another_from_its_readers(self, make, name):
        bad = Message.parse((MALFORMED | SAMPLES)[name])
        text = text_of(make(post(1), bad, post(3))).replace("\r\n", "\n")
        for number in (1, 2, 3):
            assert text.count(f"\nMessage: {number}\n") == 1
        assert text.count("This is text number ") == 2
        assert text.endswith("\n**********************************\n")
