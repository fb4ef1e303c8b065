"""The table of languages."""

from __future__ import annotations

import pytest

from i18n import available, direction, from_tag, known, language, to_tag
from i18n.languages import folder_names


class TestLanguages:
    def test_thirty_nine_languages_have_names(self) -> None:
        assert len(known()) == 39
        assert known()["pt_BR"].description == "Portuguese (Brazil)"
        assert list(known()) == sorted(known())

    def test_english_needs_ascii_only(self) -> None:
        assert language("en") == ("en", "English (USA)", "us-ascii")
        assert {known()[code].charset for code in known() if code != "en"} == {"utf-8"}

    def test_unknown_language_is_none(self) -> None:
        assert language("xx") is None

    def test_folders_say_what_is_translated(self) -> None:
        assert {"de", "en"} <= set(available()) <= set(known())

    @pytest.mark.parametrize(
        ("code", "tag"), [("de", "de"), ("pt_BR", "pt-BR"), ("zh_Hans_CN", "zh-Hans-CN")]
    )
    def test_codes_and_tags(self, code: str, tag: str) -> None:
        assert to_tag(code) == tag
        assert from_tag(tag) == from_tag(tag.upper()) == code

    def test_chinese_may_lie_under_the_name_of_its_script(self) -> None:
        assert folder_names("zh_TW") == ("zh_TW", "zh_Hant", "zh")
        assert folder_names("de") == ("de",)


class TestDirection:
    @pytest.mark.parametrize("code", ["ar", "he", "fa", "ur", "az_Arab", "ar_EG"])
    def test_from_right_to_left(self, code):
        assert direction(code) == "rtl"

    @pytest.mark.parametrize("code", ["en", "de", "pt_BR", "zh_Hant", "ur_Latn", ""])
    def test_from_left_to_right(self, code):
        assert direction(code) == "ltr"
