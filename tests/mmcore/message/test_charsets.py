from __future__ import annotations

import time

import pytest

from mmcore.message.charsets import is_other_codec
from mmcore.message.headers import decode
from mmcore.message.message import Message


class TestOtherCodecs:
    @pytest.mark.parametrize("name", ["punycode", "IDNA", "unicode_escape", "raw-unicode-escape"])
    def test_codecs_that_are_no_charsets(self, name):
        assert is_other_codec(name)

    @pytest.mark.parametrize("name", ["utf-8", "us-ascii", "iso-2022-jp", "x-none", "", "a\x00b"])
    def test_charsets_and_what_nobody_knows(self, name):
        assert not is_other_codec(name)

    def test_text_that_says_it_is_in_one_is_read_at_once(self):
        data = b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"abc123" * 100_000
        start = time.process_time()
        assert Message.parse(data).text_lines() == ["abc123" * 100_000]
        assert time.process_time() - start < 5

    def test_encoded_word_in_one_stays_as_it_is(self):
        assert decode("=?punycode?q?bcher-kva?=") == "=?punycode?q?bcher-kva?="
