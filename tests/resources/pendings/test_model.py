"""Tokens: unguessable, indexed, and gone when their time is over."""

from __future__ import annotations

import re
from datetime import timedelta

DAY = timedelta(days=1)
PAST = timedelta(days=-1)


class TestPendings:
    def test_a_token_stands_for_its_data_until_it_is_confirmed(self, site):
        token = site.pendings.add({"type": "x", "list_id": "a.b"}, DAY)
        assert re.fullmatch("[0-9a-f]{40}", token)
        assert site.pendings.get(token) == {"type": "x", "list_id": "a.b"}
        assert site.pendings.confirm(token) == {"type": "x", "list_id": "a.b"}
        assert site.pendings.confirm(token) is None
        assert len(site.pendings) == 0

    def test_data_is_copied_in_and_out(self, site):
        data = {"names": ["a"]}
        token = site.pendings.add(data, DAY)
        data["names"].append("b")
        site.pendings.get(token)["names"].append("c")
        assert site.pendings.get(token) == {"names": ["a"]}

    def test_what_has_expired_is_nothing_and_is_evicted(self, site):
        late = site.pendings.add({"list_id": "a.b"}, PAST)
        current = site.pendings.add({"list_id": "a.b"}, DAY)
        assert site.pendings.get(late) is None
        assert site.pendings.confirm(late) is None
        assert site.pendings.find("a.b") == [current]
        assert site.pendings.evict() == 1
        assert site.pendings.evict() == 0
        assert len(site.pendings) == 1

    def test_they_are_found_by_list_type_and_address(self, site):
        one = site.pendings.add({"list_id": "a.b", "type": "x", "email": "A@b.c"}, DAY)
        two = site.pendings.add({"list_id": "a.b", "type": "y", "email": "a@b.c"}, DAY)
        site.pendings.add({"list_id": "c.d", "type": "x"}, DAY)
        assert set(site.pendings.find("a.b")) == {one, two}
        assert site.pendings.find("a.b", "x") == [one]
        assert site.pendings.find("a.b", email="a@B.c") in ([one, two], [two, one])
        assert site.pendings.find("nowhere") == []

    def test_a_list_takes_its_tokens_along(self, site):
        site.pendings.add({"list_id": "a.b"}, DAY)
        other = site.pendings.add({"list_id": "c.d"}, DAY)
        site.pendings.remove_list("a.b")
        site.pendings.remove_list("nowhere")
        assert site.pendings.find("c.d") == [other]
        assert len(site.pendings) == 1
