"""The notices that come with us."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

import pytest

FOLDER = Path(str(resources.files("templates")))
ENGLISH = {path.name: path.read_text("utf-8") for path in (FOLDER / "en").glob("*.txt")}
TRANSLATIONS = sorted(path for path in FOLDER.glob("*/*.txt") if path.parent.name != "en")

GENERAL = {
    "site_email", "listname", "list_id", "display_name", "short_listname", "domain",
    "description", "info", "request_email", "owner_email", "language", "base_url",
}  # fmt: skip
HELD = {"subject", "sender_email", "reasons", "sender"}
CONFIRM = {"token", "subject", "confirm_email", "user_email"}
#: Placeholders that the sender of a notice fills in besides the general ones.
SPECIAL: dict[str, set[str]] = {
    "domain.admin.notice.new-list": set(),
    "list.admin.action.post": HELD,
    "list.admin.action.subscribe": {"member"},
    "list.admin.action.unsubscribe": {"member"},
    "list.admin.notice.complaint": {"member", "reason"},
    "list.admin.notice.disable": {"member", "reason"},
    "list.admin.notice.increment": {"member", "reason"},
    "list.admin.notice.pending": {"count", "data"},
    "list.admin.notice.removal": {"member", "mlist", "reason"},
    "list.admin.notice.storm": {"provider", "failed", "members", "reasons", "replies"},
    "list.admin.notice.subscribe": {"member"},
    "list.admin.notice.undelivered": {"subject", "count", "reasons", "providers", "replies"},
    "list.admin.notice.unreachable": {"subject", "members", "replies"},
    "list.admin.notice.unrecognized": set(),
    "list.admin.notice.unsubscribe": {"member"},
    "list.member.digest.header": set(),
    "list.member.digest.masthead": set(),
    "list.member.generic.footer": set(),
    "list.member.regular.header": set(),
    "list.user.action.invite": CONFIRM,
    "list.user.action.subscribe": CONFIRM,
    "list.user.action.unsubscribe": CONFIRM,
    "list.user.notice.goodbye": {"user_email"},
    "list.user.notice.hold": HELD,
    "list.user.notice.no-more-today": {"count", "sender_email"},
    "list.user.notice.post": {"subject"},
    "list.user.notice.probe": {"sender_email"},
    "list.user.notice.refuse": {"request", "reason"},
    "list.user.notice.rejected": {"reasons"},
    "list.user.notice.warning": {"sender_email"},
    "list.user.notice.welcome": {"user_name", "user_email"},
}


class TestEnglish:
    @pytest.mark.parametrize("name", ENGLISH)
    def test_placeholders_are_known(self, name: str) -> None:
        template = Template(ENGLISH[name])
        assert template.is_valid()
        known = GENERAL | SPECIAL[name.removesuffix(".txt")]
        assert set(template.get_identifiers()) <= known

    @pytest.mark.parametrize("name", ENGLISH)
    def test_lines_are_short_and_end(self, name: str) -> None:
        text = ENGLISH[name]
        assert all(len(line) <= 78 and line == line.rstrip() for line in text.splitlines())
        assert not text or text.endswith("\n")

    def test_notice_to_the_author_of_a_held_post_says_what_was_asked_for(self) -> None:
        text = ENGLISH["list.user.notice.hold.txt"]
        for phrase in (
            "Your mail to '$listname' with the subject\n\n    $subject\n",
            "Is being held until the list moderator can review it for approval.",
            "The message is being held because:\n\n$reasons\n",
            "Either the message will get posted to the list, or you will receive\n"
            "notification of the moderator's decision.",
        ):
            assert phrase in text

    def test_notice_to_the_moderators_says_what_was_asked_for(self) -> None:
        text = ENGLISH["list.admin.action.post.txt"]
        for phrase in (
            "As list administrator, your authorization is requested for the\n"
            "following mailing list posting:\n",
            "    List:    $listname\n    From:    $sender_email\n    Subject: $subject\n",
            "The message is being held because:\n\n$reasons\n",
            "At your convenience, visit your dashboard to approve or deny the\nrequest.\n",
        ):
            assert phrase in text


class TestTranslations:
    @pytest.mark.parametrize(
        "path", TRANSLATIONS, ids=lambda path: f"{path.parent.name}-{path.stem}"
    )
    def test_translation_has_the_placeholders_of_the_english_text(self, path: Path) -> None:
        text = path.read_text("utf-8")
        if text:
            english = Template(ENGLISH[path.name])
            assert Template(text).is_valid()
            assert set(Template(text).get_identifiers()) == set(english.get_identifiers())
            assert all(len(line) <= 78 and line == line.rstrip() for line in text.splitlines())

    def test_german_is_complete(self) -> None:
        assert {path.name for path in (FOLDER / "de").glob("*.txt")} == set(ENGLISH)
