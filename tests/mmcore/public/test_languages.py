from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.acceptparse import create_accept_language_header

from mmcore.public import languages
from mmcore.public.languages import page_language
from mmcore.services.one_click import Subscription


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(languages, "available", lambda: ("de", "en", "fr", "he", "pt_BR"))


def best(header, member="en", mlist="en", default="en"):
    of = None if member is None else Subscription("x", language=member, list_language=mlist)
    return page_language(create_accept_language_header(header), of, default)


@pytest.mark.usefixtures("installed")
class TestPageLanguage:
    @pytest.mark.parametrize(
        ("header", "code"),
        [
            ("de", "de"), ("DE-at", "de"), ("de-Latn-CH-1996", "de"), ("pt-BR", "pt_BR"),
            ("pt-br, de;q=0.9", "pt_BR"), ("pt, de;q=0.9", "de"), ("fr;q=0.1, de;q=0.2", "de"),
            ("fr;q=0, de;q=0.2", "de"), ("nl, *;q=0.5", "en"), ("*", "en"), (None, "en"),
            ("", "en"), (";;;", "en"), ("x" * 5000, "en"), ("nl," * 5000 + "de", "en"),
        ],
    )  # fmt: skip
    def test_it_is_the_best_of_the_browser(self, header, code):
        assert best(header) == code

    def test_what_the_member_chose_goes_first(self):
        assert best("fr", member="de") == "de"
        assert best("fr", member="en", mlist="de") == "en"

    def test_what_only_the_list_chose_goes_last(self):
        assert best("fr", member="de", mlist="de") == "fr"
        assert best("nl", member="de", mlist="de") == "de"

    def test_nobody_gets_a_language_without_translation(self):
        assert best("nl", member="sv", mlist="fi", default="de") == "de"
        assert best(None, member="sv", mlist="fi", default="nl") == "en"

    def test_without_a_subscription(self):
        assert best(None, member=None, default="he") == "he"
        assert best("fr", member=None, default="he") == "fr"


class TestAnything:
    @given(st.text(st.characters(codec="latin-1"), max_size=60))
    def test_any_header_can_come(self, header):
        assert best(header) in languages.available()
