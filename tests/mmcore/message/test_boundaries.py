"""Boundaries that the engine makes: fresh, and always the same."""

from __future__ import annotations

import email
from email import policy

from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.boundaries import fresh_boundary
from mmcore.message.compose import text_part
from mmcore.message.message import Message


class TestFreshBoundary:
    @given(st.lists(st.binary(max_size=50), max_size=5))
    def test_the_same_for_the_same_parts(self, pieces):
        assert fresh_boundary(pieces) == fresh_boundary(list(pieces))

    def test_another_for_other_parts(self):
        seen = {fresh_boundary(p) for p in ([], [b""], [b"a"], [b"a", b""], [b"", b"a"], [b"ab"])}
        assert len(seen) == 6

    def test_one_that_occurs_in_a_part_is_not_taken(self):
        # Only the ends of long parts make a boundary, so it can be put into the middle.
        filler = b"x" * 5000
        foreseen = fresh_boundary([filler + b"." * 29 + filler]).encode()
        assert len(foreseen) == 29
        part = filler + foreseen + filler
        boundary = fresh_boundary([part])
        assert boundary.encode() not in part

    def test_a_multipart_without_one_gets_it(self):
        def written() -> bytes:
            msg = Message()
            msg["Content-Type"] = "multipart/mixed"
            msg.set_payload([text_part("One."), text_part("Two.")])
            return msg.as_bytes()

        assert written() == written()
        parsed = email.message_from_bytes(written(), policy=policy.default)
        assert [part.get_content() for part in parsed.iter_parts()] == ["One.", "Two."]
