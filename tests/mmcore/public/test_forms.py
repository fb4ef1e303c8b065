from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.public.forms import MOST_FIELDS, fields, is_one_click

FORM = "application/x-www-form-urlencoded"
kinds = st.sampled_from([FORM, "", "multipart/form-data; boundary=x", "multipart/x; boundary"])


def multipart(*parts: bytes, boundary: bytes = b"x") -> bytes:
    """A body of parts, each with its header."""
    delimiter = b"--" + boundary
    return delimiter + b"".join(b"\r\n" + part + b"\r\n" + delimiter for part in parts) + b"--\r\n"


class TestFields:
    def test_of_a_form(self):
        assert fields(FORM, b"Leave=Yes&a%20b=+%C3%A9+&empty=") == {
            "leave": "yes", "a b": "é", "empty": "",
        }  # fmt: skip

    def test_of_a_form_in_parts(self):
        body = multipart(
            b'Content-Disposition: form-data; name="leave"\r\n\r\nYes',
            b"Content-Disposition: form-data; name=note; filename=x\r\n"
            b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nw6k=",
            b"Content-Disposition: form-data\r\n\r\nnameless",
            b"Content-Disposition: form-data; name*=utf-8''x\r\n\r\nencoded",
            b"\r\nno header",
        )
        found = fields("multipart/form-data; boundary=x", body)
        assert found == {"leave": "yes", "note": "é"}

    def test_only_so_many_are_looked_at(self):
        assert len(fields(FORM, b"&".join(b"a%d=" % n for n in range(5000)))) == MOST_FIELDS

    @given(kinds | st.text(st.characters(codec="latin-1")), st.binary())
    def test_any_body_can_be_read(self, kind, body):
        assert isinstance(fields(kind, body), dict)

    @given(st.lists(st.binary(max_size=40), max_size=5))
    def test_any_parts_can_be_read(self, parts):
        assert isinstance(fields("multipart/form-data; boundary=x", multipart(*parts)), dict)


class TestOneClick:
    @pytest.mark.parametrize(
        ("form", "asked"),
        [
            ({"list-unsubscribe": "one-click"}, True),
            ({"list-unsubscribe": "one-click", "more": ""}, True),
            ({"list-unsubscribe": "yes"}, False),
            ({"one-click": "list-unsubscribe"}, False),
            ({}, False),
        ],
    )
    def test_it_is_one_field_with_one_value(self, form, asked):
        assert is_one_click(form) is asked
