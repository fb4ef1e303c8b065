from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from i18n import using
from mmcore.public.html import POLICY, Page, button, mail_link, paragraph, render

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


class TestRender:
    def test_the_style_is_the_one_that_the_policy_knows(self):
        page = render(Page("x", ()))
        style = re.search("<style>(.*)</style>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in POLICY

    @pytest.mark.parametrize(
        ("code", "attributes"),
        [("de", 'lang="de" dir="ltr"'), ("he", 'lang="he" dir="rtl"'),
         ("pt_BR", 'lang="pt-BR" dir="ltr"')],
    )  # fmt: skip
    def test_it_says_its_language_and_direction(self, code, attributes):
        with using(code):
            assert f"<html {attributes}>" in render(Page("x", ()))

    @given(texts, texts, texts)
    def test_nothing_that_came_from_elsewhere_is_markup(self, title, text, value):
        page = Page(title, (paragraph(f"{text}: $value", value=value), button("x", text)))
        tree = html.fromstring(render(page))
        assert [element.tag for element in tree.iter() if element.tag == "script"] == []
        assert tree.find(".//h1").text_content() == title
        assert tree.find(".//p/bdi").text_content() == value


class TestMailLink:
    @pytest.mark.parametrize(
        ("address", "target"),
        [
            ("test-leave@example.com", "mailto:test-leave@example.com"),
            ("a?b&c@example.com", "mailto:a%3Fb%26c@example.com"),
            ('"x"@example.com', "mailto:%22x%22@example.com"),
        ],
    )
    def test_it_leads_to_the_address(self, address, target):
        link = html.fromstring(mail_link(address))
        assert link.get("href") == target
        assert link.text_content() == address
