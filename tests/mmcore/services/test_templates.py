"""Notices: where their texts come from, and how they are filled in."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.services.templates import NoSuchTemplateError, expand, load, render, wrap

HOLD = "list:user:notice:hold"


@pytest.fixture
def settings(tmp_path: Path) -> Any:
    """The three settings that texts depend on."""
    return SimpleNamespace(
        mmcore=SimpleNamespace(site_owner="owner@example.org", default_language="en"),
        paths=SimpleNamespace(template_dir=tmp_path),
    )


@pytest.fixture
def mlist() -> Any:
    """What a text can say of a list."""
    return SimpleNamespace(
        list_id="ant.example.com",
        list_name="ant",
        mail_host="example.com",
        posting_address="ant@example.com",
        request_address="ant-request@example.com",
        owner_address="ant-owner@example.com",
        display_name="Ant",
        description="All about $ants",
        info="",
        preferred_language="en",
        domain=SimpleNamespace(base_url=None),
        template_uris=lambda name: iter(()),
    )


def put(folder: Path, place: str, text: str) -> None:
    """Write a text of the site."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class TestRender:
    def test_text_of_ours_is_filled_in(self, settings: Any, mlist: Any) -> None:
        text = render(settings, HOLD, mlist, subject="My first post", reasons="    N/A")
        assert text.startswith(
            "Your mail to 'ant@example.com' with the subject\n\n    My first post"
        )
        assert "    N/A\n" in text

    def test_engine_will_do_for_its_settings(self, settings: Any, mlist: Any) -> None:
        engine = SimpleNamespace(settings=settings)
        assert render(engine, HOLD, mlist) == render(settings, HOLD, mlist)

    def test_language_is_the_one_asked_for(self, settings: Any, mlist: Any) -> None:
        put(settings.paths.template_dir, "site/de/list.user.notice.hold.txt", "Hallo $language")
        assert render(settings, HOLD, mlist, "de") == "Hallo de"

    def test_without_a_language_it_is_the_list_s(self, settings: Any, mlist: Any) -> None:
        mlist.preferred_language = "de"
        assert "zurückgehalten" in render(settings, HOLD, mlist)

    def test_language_without_texts_gives_way(self, settings: Any, mlist: Any) -> None:
        assert "Your mail to" in render(settings, HOLD, mlist, "eo")
        settings.mmcore.default_language = "de"
        assert "zurückgehalten" in render(settings, HOLD, language="eo")

    @pytest.mark.parametrize("name", ["list:user:notice:bogus", "../en/x", "", "List", "a/b"])
    def test_unknown_name_is_an_error(self, settings: Any, name: str) -> None:
        with pytest.raises(NoSuchTemplateError):
            render(settings, name)

    def test_language_does_not_lead_out_of_the_folder(self, settings: Any) -> None:
        put(settings.paths.template_dir, "outside/list.user.notice.hold.txt", "no")
        assert load(settings, HOLD, language="../outside") == load(settings, HOLD)


class TestSearch:
    def test_nearest_text_wins(self, settings: Any, mlist: Any) -> None:
        folder = settings.paths.template_dir
        name = "list.user.notice.hold.txt"
        for place in (
            f"site/en/{name}",
            f"domains/example.com/en/{name}",
            f"lists/ant@example.com/en/{name}",
            f"lists/ant.example.com/en/{name}",
        ):
            put(folder, place, place)
            assert load(settings, HOLD, mlist) == place

    def test_language_goes_before_place(self, settings: Any, mlist: Any) -> None:
        put(settings.paths.template_dir, "lists/ant.example.com/en/list.user.notice.hold.txt", "a")
        put(settings.paths.template_dir, "site/de/list.user.notice.hold.txt", "b")
        assert load(settings, HOLD, mlist, "de") == "b"

    def test_name_may_be_written_with_colons(self, settings: Any) -> None:
        put(settings.paths.template_dir, f"site/en/{HOLD}.txt", "colons")
        assert load(settings, HOLD) == "colons"

    def test_text_that_is_changed_is_read_again(self, settings: Any) -> None:
        place = "site/en/list.user.notice.hold.txt"
        put(settings.paths.template_dir, place, "one")
        assert load(settings, HOLD) == load(settings, HOLD) == "one"
        put(settings.paths.template_dir, place, "two")
        os.utime(settings.paths.template_dir / place, (1, 1))
        assert load(settings, HOLD) == "two"
        (settings.paths.template_dir / place).unlink()
        assert load(settings, HOLD).startswith("Your mail")

    def test_empty_text_of_the_site_is_meant(self, settings: Any) -> None:
        put(settings.paths.template_dir, "site/en/list.user.notice.hold.txt", "")
        assert load(settings, HOLD) == ""

    def test_bytes_that_are_no_text_do_not_matter(self, settings: Any) -> None:
        path = settings.paths.template_dir / "site/en/list.user.notice.hold.txt"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"gr\xfcn")
        assert load(settings, HOLD) == "gr\ufffdn"

    def test_footers_fall_back_to_the_common_one(self, settings: Any, mlist: Any) -> None:
        generic = load(settings, "list:member:generic:footer")
        assert load(settings, "list:member:regular:footer", mlist) == generic
        assert load(settings, "list:member:digest:footer", mlist) == generic
        put(settings.paths.template_dir, "site/en/list.member.regular.footer.txt", "own")
        assert load(settings, "list:member:regular:footer", mlist) == "own"

    def test_header_of_posts_is_empty(self, settings: Any, mlist: Any) -> None:
        assert load(settings, "list:member:regular:header", mlist, "de") == ""


class TestExpand:
    def test_everything_about_the_list_is_known(self, settings: Any, mlist: Any) -> None:
        text = (
            "$site_email $listname $list_id $display_name $short_listname $domain "
            "${description} [$info] $request_email $owner_email $language"
        )
        assert expand(text, mlist, settings) == (
            "owner@example.org ant@example.com ant.example.com Ant ant example.com "
            "All about $ants [] ant-request@example.com ant-owner@example.com en"
        )

    def test_unknown_placeholders_stay(self, settings: Any) -> None:
        assert expand("$listname ${x} $ 5 $$", None, settings) == "$listname ${x} $ 5 $"

    def test_address_of_the_web_interface_is_known_if_there_is_one(
        self, settings: Any, mlist: Any
    ) -> None:
        assert expand("$base_url", mlist, settings) == "$base_url"
        mlist.domain.base_url = "https://example.com/"
        assert expand("$base_url", mlist, settings) == "https://example.com/"

    def test_extras_win_and_none_is_empty(self, settings: Any, mlist: Any) -> None:
        assert expand("$language$x", mlist, settings, language="de", x=None) == "de"


class TestWrap:
    def test_paragraphs_are_filled(self) -> None:
        assert wrap("one two\nthree four\n\nfive\n", 10) == "one two\nthree four\n\nfive\n"
        assert wrap("one two three four") == "one two three four"
        assert wrap("a\nb.\nc") == "a b.  c"

    def test_indented_lines_stay(self) -> None:
        text = "one\n    indented as it is  \n    and so on\ntwo\nthree"
        assert wrap(text) == "one\n    indented as it is\n    and so on\ntwo three"

    def test_long_words_and_hyphens_are_not_broken(self) -> None:
        url = "https://example.com/a-very-long-address-with-hyphens"
        assert wrap(f"see {url} now", 20) == f"see\n{url}\nnow"

    @given(st.text())
    def test_no_word_is_lost(self, text: str) -> None:
        assert wrap(text).split() == text.split()
