"""The current language, and translation into it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from i18n import _, current, explain, mark, ngettext, set_default, using


@pytest.fixture
def german_default() -> Iterator[None]:
    """A site whose language is German."""
    set_default("de")
    yield
    set_default("en")


class TestLanguage:
    def test_default_is_english(self) -> None:
        assert current() == "en"

    def test_languages_nest(self) -> None:
        with using("fr"):
            with using("de"):
                assert current() == "de"
            assert current() == "fr"
        assert current() == "en"

    def test_block_that_fails_ends_too(self) -> None:
        with pytest.raises(KeyError), using("fr"):
            raise KeyError
        assert current() == "en"

    def test_no_language_stands_for_the_default(self, german_default: None) -> None:
        assert current() == "de"
        with using("fr"), using(None):
            assert current() == "de"

    def test_threads_have_their_own(self) -> None:
        seen: list[str] = []
        with using("fr"):
            thread = threading.Thread(target=lambda: seen.append(current()))
            thread.start()
            thread.join()
        assert seen == ["en"]


class TestTranslation:
    def test_text_is_translated(self) -> None:
        with using("de"):
            assert _("Accept a message.") == "Eine Nachricht annehmen."
        assert _("Accept a message.") == "Accept a message."

    def test_country_falls_back_to_the_language(self) -> None:
        with using("de_AT"):
            assert _("Accept a message.") == "Eine Nachricht annehmen."

    @pytest.mark.parametrize("code", ["xx", "../../etc", "", "de/../de", "\0"])
    def test_unknown_language_leaves_english(self, code: str) -> None:
        with using(code):
            assert _("Accept a message.") == "Accept a message."

    def test_empty_text_stays_empty(self) -> None:
        with using("de"):
            assert _("") == ""

    def test_values_are_filled_in_by_name(self) -> None:
        assert _("from $sender to $list", sender="anne", list=3) == "from anne to 3"
        assert _("$unknown stays, ${name}s do not", name="x") == "$unknown stays, xs do not"

    def test_nothing_is_filled_in_without_values(self) -> None:
        assert _("costs $$5") == "costs $$5"

    def test_marked_text_is_translated_later(self) -> None:
        with using("de"):
            text = mark("Accept a message.")
            assert text == "Accept a message."
            assert _(text) == "Eine Nachricht annehmen."

    def test_plural_depends_on_the_number(self) -> None:
        assert ngettext("$number post", "$number posts", 1) == "1 post"
        assert (
            ngettext("$number post of $who", "$number posts of $who", 2, who="x") == "2 posts of x"
        )


class TestReasons:
    def test_text_alone(self) -> None:
        with using("de"):
            assert explain("Accept a message.") == "Eine Nachricht annehmen."

    def test_slots_are_filled(self) -> None:
        assert explain(("more than {} KB, not {}", 40, 99)) == "more than 40 KB, not 99"
        assert explain(["more than {} KB", 40]) == "more than 40 KB"

    def test_too_few_values_are_shown_beside_the_text(self) -> None:
        assert explain(("more than {} {}", 40)) == "more than {} {} 40"
