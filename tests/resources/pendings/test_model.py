"""Tokens: unguessable, indexed, and gone when their time is over."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from resources.check import problems
from resources.pendings.check import check

DAY = timedelta(days=1)
PAST = timedelta(days=-1)


def request(email="anne@example.com", owner="subscriber", kind="subscription", **more):
    given = {"list_id": "test.example.com", "type": kind, "email": email, "token_owner": owner}
    return {**given, **more}


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


class TestRequests:
    """Requests to join or leave, which clients list and count on each of their pages."""

    LIST = "test.example.com"

    @pytest.fixture
    def pendings(self, site, mlist):
        for name in ("anne", "bart", "cris"):
            site.users.make(f"{name}@example.com")
        return site.pendings

    def test_they_come_oldest_first_whoever_has_to_answer(self, pendings):
        days = (3, 180, 3, 180, 3)
        owners = ("subscriber", "moderator", "subscriber", "moderator", "subscriber")
        tokens = [
            pendings.add(request(owner=owner), timedelta(days=number))
            for number, owner in zip(days, owners, strict=True)
        ]
        found = pendings.requests(self.LIST, "subscription")
        assert [token for token, _ in found] == tokens
        assert found[1][1] == request(owner="moderator")
        assert pendings.count_requests(self.LIST, "subscription") == 5
        page = pendings.requests(self.LIST, "subscription", start=1, count=2)
        assert [token for token, _ in page] == tokens[1:3]
        found = pendings.requests(self.LIST, "subscription", "moderator")
        assert [token for token, _ in found] == [tokens[1], tokens[3]]
        page = pendings.requests(self.LIST, "subscription", "subscriber", 1, 1)
        assert [token for token, _ in page] == [tokens[2]]
        assert pendings.count_requests(self.LIST, "subscription", "subscriber") == 3

    def test_types_lists_and_other_tokens_are_kept_apart(self, pendings):
        pendings.add(request(), DAY)
        pendings.add({"list_id": self.LIST, "type": "held message", "id": 1}, DAY)
        for list_id, kind, owner in (
            (self.LIST, "unsubscription", None),
            (self.LIST, "subscription", "no_one"),
            (self.LIST, "held message", None),
            ("other.example.com", "subscription", None),
        ):
            assert pendings.count_requests(list_id, kind, owner) == 0
            assert pendings.requests(list_id, kind, owner) == []

    def test_what_has_expired_is_neither_listed_nor_counted(self, pendings):
        pendings.add(request(), PAST)
        alive = pendings.add(request(), DAY)
        pendings.add(request(owner="moderator"), PAST)
        for owner in (None, "subscriber"):
            assert [t for t, _ in pendings.requests(self.LIST, "subscription", owner)] == [alive]
            assert pendings.count_requests(self.LIST, "subscription", owner) == 1
        assert pendings.evict() == 2
        assert pendings.count_requests(self.LIST, "subscription") == 1

    def test_an_address_takes_its_requests_along(self, site, pendings):
        pendings.add(request("anne@example.com"), DAY)
        pendings.add(request("anne@example.com", kind="unsubscription"), DAY)
        other = pendings.add(request("anne@example.com.au"), DAY)
        pendings.remove_address("ANNE@example.com")
        pendings.remove_address("nobody@example.com")
        assert pendings.find(self.LIST) == [other]
        pendings.confirm(other)
        assert problems(site) == []

    def test_a_user_takes_its_requests_along(self, site, pendings):
        user = site.users.by_email("anne@example.com")
        pendings.add(request(user_id=user.user_id), DAY)
        own = pendings.add(request("bart@example.com"), DAY)
        pendings.remove_user(user.user_id)
        assert pendings.find(self.LIST) == [own]
        assert problems(site) == []

    def test_a_user_who_is_merged_hands_them_over(self, site, pendings):
        anne, bart = (site.users.by_email(f"{name}@example.com") for name in ("anne", "bart"))
        token = pendings.add(request(user_id=anne.user_id), DAY)
        pendings.change_user(anne.user_id, bart.user_id)
        assert pendings.get(token) == request(user_id=bart.user_id)
        assert problems(site) == []
        pendings.remove_user(anne.user_id)
        assert pendings.find(self.LIST) == [token]

    def test_a_list_takes_its_requests_along(self, site, mlist, pendings):
        pendings.add(request(), DAY)
        site.lists.remove(mlist)
        assert len(pendings) == 0
        assert list(pendings._waiting) == []
        assert problems(site) == []

    def test_the_indexes_can_be_made_anew(self, site, pendings):
        token = pendings.add(request(), DAY)
        # As an older release has left it.
        del pendings._by_subject, pendings._waiting, pendings._data[token].created
        pendings.reindex()
        assert [found for found, _ in pendings.requests(self.LIST, "subscription")] == [token]
        assert pendings.find(self.LIST, "subscription", "anne@example.com") == [token]
        pendings.remove_address("anne@example.com")
        assert problems(site) == []


class TestCheck:
    """What an index that is not true, or a request about nothing, is called."""

    @pytest.mark.parametrize(
        ("damage", "problem"),
        [
            (lambda p: p._by_subject.clear(), "pendings by subject: is {}"),
            (lambda p: p._waiting.clear(), "requests: is {}"),
            (lambda p: next(iter(p._waiting.values())).total.change(1), "counts 2, has 1"),
        ],
    )
    def test_damage_is_found(self, site, mlist, damage, problem):
        site.addresses.add("anne@example.com")
        site.pendings.add(request(), DAY)
        assert list(check(site)) == []
        damage(site.pendings)
        assert any(problem in found for found in check(site))
        site.pendings.reindex()

    @pytest.mark.parametrize(
        "more",
        [
            {"email": "nobody@example.com"},
            {"list_id": "nothing.example.com"},
            {"user_id": "0" * 32},
        ],
    )
    def test_requests_about_nothing_are_found(self, site, mlist, more):
        site.addresses.add("anne@example.com")
        token = site.pendings.add(request(**more), DAY)
        [found] = check(site)
        assert found.startswith(f"pendings: {token} is ")
        assert found.endswith("not exist")
        site.pendings.confirm(token)
