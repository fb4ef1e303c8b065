from __future__ import annotations

import base64
import quopri

import pytest

from mmcore.config import Settings
from mmcore.rules import digests

MASTHEAD = """\
Send what you write for $listname to
        $listname

Whoever wants to leave this list, or to change how digests come, writes to
        $request_email
The people who run this list read what is sent to
        $owner_email

Please change the subject, so that it says more than what digest it is.
Yes
"""
#: The same as it reaches people.
TOP = [
    "Send what you write for test@example.com to",
    "test@example.com",
    "Whoever wants to leave this list, or to change how digests come,",
    "test-request@example.com",
    "The people who run this list read what is sent to",
    "test-owner@example.com",
]


@pytest.fixture
def settings(tmp_path_factory):
    """Of a site that holds such posts, and has a masthead of its own."""
    directory = tmp_path_factory.mktemp("v")
    settings = Settings.defaults(directory, {"mmcore": {"hold_digest": "yes"}})
    settings.ensure_dirs()
    folder = settings.paths.template_dir / "site" / "en"
    folder.mkdir(parents=True)
    (folder / "list.member.digest.masthead.txt").write_text(MASTHEAD)
    return settings


def quoting(lines, head=""):
    return f"From: a@example.com\nSubject: Re: x\n{head}\n" + "\n".join(f"> {x}" for x in lines)


class TestSubject:
    @pytest.mark.parametrize(
        "subject",
        ["Test Digest, Vol 3, Issue 12", "Re: test digest, vol 1, issue 1",
         "=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe_Digest=2C_Vol_3=2C_Issue_12?="],
    )  # fmt: skip
    def test_that_of_a_digest_is_held(self, ask, subject):
        hit, msgdata = ask("digests", f"From: a@example.com\nSubject: {subject}\n\n")
        assert hit
        assert msgdata == {
            "moderation_sender": "a@example.com",
            "moderation_reasons": ["The subject is that of a digest"],
        }

    @pytest.mark.parametrize(
        "subject",
        ["Test Digest, Vol 3, Issue 12: my opinion", "Digest", "", "Digest, Vol x, Issue 1"],
    )
    def test_others_are_not(self, ask, subject):
        assert ask("digests", f"From: a@example.com\nSubject: {subject}\n\n") == (False, {})


class TestMasthead:
    def test_quoting_it_is_held(self, ask):
        hit, msgdata = ask("digests", quoting(TOP))
        assert hit
        assert msgdata["moderation_reasons"] == ["The message quotes the top of a digest"]

    def test_so_many_lines_are_enough(self, ask):
        assert ask("digests", quoting(TOP[:4]))[0]
        assert not ask("digests", quoting(TOP[:3]))[0]

    def test_short_lines_do_not_count(self, ask):
        assert not ask("digests", quoting([*TOP[:3], "Yes"]))[0]

    def test_that_of_a_list_with_other_addresses_is_known_too(self, ask):
        lines = [line.replace("test", "other") for line in TOP]
        assert not ask("digests", quoting(lines))[0]
        lines += [
            "Send what you write for  to",
            "Please change the subject, so that it says more than what digest it",
        ]
        assert ask("digests", quoting(lines))[0]

    @pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit"])
    def test_it_is_found_in_any_text_part(self, ask, encoding):
        text = "\n".join(TOP).encode()
        body = {
            "base64": base64.encodebytes,
            "quoted-printable": quopri.encodestring,
            "7bit": lambda data: data,
        }[encoding](text).decode()
        msg = (
            "From: a@example.com\nSubject: x\nContent-Type: multipart/mixed; boundary=B\n\n"
            "--B\nContent-Type: text/plain\n\nLook at this:\n"
            "--B\nContent-Type: text/html; charset=x-none\n"
            f"Content-Transfer-Encoding: {encoding}\n\n{body}\n--B--\n"
        )
        assert ask("digests", msg)[0]

    def test_how_many_lines_is_up_to_the_site(self, engine, ask, monkeypatch):
        monkeypatch.setattr(engine.rules["digests"], "threshold", 6)
        assert ask("digests", quoting(TOP))[0]
        assert not ask("digests", quoting(TOP[:5]))[0]

    def test_without_a_text_for_it_nobody_quotes_it(self, ask, monkeypatch):
        monkeypatch.setattr(digests, "_MASTHEAD", "list:member:digest:nonesuch")
        assert not ask("digests", quoting(TOP))[0]


class TestSwitchedOff:
    @pytest.fixture
    def settings(self, tmp_path_factory):
        settings = Settings.defaults(tmp_path_factory.mktemp("v"))
        settings.ensure_dirs()
        return settings

    def test_it_misses(self, ask):
        subject = "Subject: Test Digest, Vol 3, Issue 12"
        assert ask("digests", f"From: a@example.com\n{subject}\n\n") == (False, {})
