from __future__ import annotations

import pickle
import string
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.services.unsubscribe_tokens import (
    Unsubscription,
    make_token,
    one_click_uri,
    read_token,
    unsubscribe_uris,
)

SITE = SimpleNamespace(secret=b"s" * 32)
MEMBER = "0123456789abcdef0123456789abcdef"
URL_SAFE = set(string.ascii_letters + string.digits + "-_.")

list_ids = st.text(min_size=0, max_size=60).filter(lambda text: text.isprintable())
member_ids = st.uuids().map(lambda uuid: uuid.hex)


class TestTokens:
    @given(list_ids, member_ids)
    def test_it_stands_for_one_member_of_one_list(self, list_id, member_id):
        token = make_token(SITE, list_id, member_id)
        assert read_token(SITE, token) == Unsubscription(list_id, member_id)

    @given(list_ids, member_ids)
    def test_it_can_stand_in_a_uri(self, list_id, member_id):
        assert set(make_token(SITE, list_id, member_id)) <= URL_SAFE

    @given(st.integers(0, 200), st.characters())
    def test_no_character_of_it_can_be_another(self, place, character):
        token = make_token(SITE, "test.example.com", MEMBER)
        place %= len(token)
        other = token[:place] + character + token[place + 1 :]
        assert (read_token(SITE, other) is None) is (other != token)

    @given(st.integers(0, 200), st.text(min_size=1, max_size=5))
    def test_nothing_can_be_put_into_it(self, place, more):
        token = make_token(SITE, "test.example.com", MEMBER)
        place %= len(token) + 1
        assert read_token(SITE, token[:place] + more + token[place:]) is None

    @given(st.integers(0, 200), st.integers(1, 5))
    def test_nothing_can_be_cut_out_of_it(self, place, count):
        token = make_token(SITE, "test.example.com", MEMBER)
        place %= len(token)
        assert read_token(SITE, token[:place] + token[place + count :]) is None

    @given(list_ids, member_ids, list_ids, member_ids)
    def test_halves_of_two_do_not_make_a_third(self, one_list, one, other_list, other):
        first, second = make_token(SITE, one_list, one), make_token(SITE, other_list, other)
        mixed = ".".join([*first.split(".")[:2], second.split(".")[2]])
        assert (read_token(SITE, mixed) is None) is (first != second)

    @given(st.text())
    def test_any_text_can_be_tried(self, text):
        assert read_token(SITE, text) is None
        assert read_token(SITE, f"1.{text}.{text}") is None

    def test_another_site_does_not_know_it(self):
        token = make_token(SITE, "test.example.com", MEMBER)
        assert read_token(SimpleNamespace(secret=b"t" * 32), token) is None

    def test_nor_another_version(self):
        token = make_token(SITE, "test.example.com", MEMBER)
        assert read_token(SITE, "2" + token[1:]) is None
        assert read_token(SITE, "") is None
        assert read_token(SITE, "x" * 1_000_000) is None

    def test_without_a_secret_there_are_none(self):
        with pytest.raises(LookupError):
            make_token(SimpleNamespace(secret=b""), "test.example.com", MEMBER)

    def test_every_site_has_a_secret_of_its_own(self, site, mlist, anne):
        token = make_token(site, mlist.list_id, anne.member_id)
        assert read_token(site, token) == Unsubscription(mlist.list_id, anne.member_id)
        assert UUID(hex=anne.member_id).version == 4


class TestOneClickURI:
    @pytest.mark.parametrize("url", ["https://x.org/lists", "https://x.org/lists/"])
    def test_it_is_the_token_behind_the_address_of_the_pages(self, settings, url):
        settings.public.url = url
        uri = one_click_uri(settings, SITE, "test.example.com", MEMBER)
        token = make_token(SITE, "test.example.com", MEMBER)
        assert uri == f"https://x.org/lists/unsubscribe/{token}"

    def test_without_pages_there_is_none(self, settings):
        assert one_click_uri(settings, SITE, "test.example.com", MEMBER) == ""
        assert unsubscribe_uris(settings, SITE, "test.example.com") is None

    def test_those_of_a_list_are_made_without_a_database(self, settings):
        settings.public.url = "https://x.org"
        uris = pickle.loads(pickle.dumps(unsubscribe_uris(settings, SITE, "test.example.com")))
        assert uris.of(MEMBER) == one_click_uri(settings, SITE, "test.example.com", MEMBER)

    def test_a_new_secret_makes_other_tokens(self):
        site = SimpleNamespace(secret=b"1")
        before = make_token(site, "test.example.com", MEMBER)
        site.secret = b"2"
        assert read_token(site, before) is None
