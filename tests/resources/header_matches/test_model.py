"""Header matches of a list."""

from __future__ import annotations

import pickle

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.action import Action
from mmcore.interfaces.header_match import (
    DuplicateHeaderMatchError,
    HeaderMatchPositionError,
    IHeaderMatch,
    IHeaderMatches,
    NoSuchHeaderMatchError,
)
from mmcore.services.patterns import PatternError
from resources.header_matches.model import HeaderMatch


@pytest.fixture
def matches(mlist):
    """Three of them: a, b and c."""
    for name in "abc":
        mlist.header_matches.append(f"X-{name.upper()}", f"^{name}", Action.hold, name.upper())
    return mlist.header_matches


def headers(matches):
    return [match.header for match in matches]


class TestKeeping:
    def test_interfaces(self, matches):
        verifyObject(IHeaderMatches, matches)
        verifyObject(IHeaderMatch, matches[0])
        assert matches.__parent__.header_matches is matches

    def test_nothing_is_stored_before_the_first(self, session, mlist):
        session.commit()
        session.begin()
        assert list(mlist.header_matches) == []
        assert mlist.header_matches
        mlist.header_matches.clear()
        assert not session.connection._registered_objects

    def test_they_survive_the_database(self, session, mlist, matches):
        session.commit()
        session.begin()
        session.connection.cacheMinimize()
        found = session.site.lists.get(mlist.list_id).header_matches
        assert list(found) == list(matches)
        assert found[0][:4] == ("x-a", "^a", Action.hold, "a")
        assert type(found[0]) is type(matches[0])

    def test_names_are_in_lower_case(self, mlist):
        match = mlist.header_matches.append("X-Spam", "YES", tag="Spam")
        assert match == ("x-spam", "YES", None, "spam", None)

    def test_those_of_older_databases_have_no_chain(self, matches):
        older = tuple.__new__(HeaderMatch, ("x-a", "^a", Action.hold, "a"))
        assert pickle.loads(pickle.dumps(older)) == ("x-a", "^a", Action.hold, "a", None)

    def test_a_broken_pattern_is_refused(self, mlist):
        with pytest.raises(PatternError):
            mlist.header_matches.append("x", "(")

    def test_the_same_twice_is_refused(self, matches):
        with pytest.raises(DuplicateHeaderMatchError):
            matches.append("x-A", "^a", Action.discard)
        matches.append("x-a", "^A")

    @pytest.mark.parametrize("position", [-1, 3, 99])
    def test_where_nothing_is(self, matches, position):
        for method in (matches.__getitem__, matches.remove, matches.change):
            with pytest.raises(NoSuchHeaderMatchError):
                method(position)


class TestChanging:
    def test_only_what_is_given(self, matches):
        matches.change(1, header="Subject", tag="T")
        assert matches[1] == ("subject", "^b", Action.hold, "t", None)
        matches.change(1, action=None, tag=None)
        assert matches[1] == ("subject", "^b", None, None, None)
        matches.change(1)
        assert len(matches) == 3

    @pytest.mark.parametrize(
        ("position", "to", "expected"),
        [(0, 2, "bca"), (2, 0, "cab"), (0, 1, "bac"), (1, 1, "abc"), (1, 0, "bac")],
    )
    def test_moving_shifts_the_others(self, matches, position, to, expected):
        matches.change(position, position=to)
        assert headers(matches) == [f"x-{name}" for name in expected]

    @pytest.mark.parametrize("to", [-1, 3])
    def test_a_bad_place_changes_nothing(self, matches, to):
        with pytest.raises(HeaderMatchPositionError):
            matches.change(0, position=to, header="subject")
        assert headers(matches) == ["x-a", "x-b", "x-c"]

    def test_becoming_another_is_refused(self, matches):
        with pytest.raises(DuplicateHeaderMatchError):
            matches.change(0, header="X-B", pattern="^b", position=2)
        assert headers(matches) == ["x-a", "x-b", "x-c"]
        matches.change(0, header="X-A", pattern="^a")

    def test_removing_moves_the_later_ones_up(self, matches):
        matches.remove(1)
        assert headers(matches) == ["x-a", "x-c"]
        matches.clear()
        assert headers(matches) == []


class TestChains:
    def test_a_chain_of_the_site_takes_the_place_of_an_action(self, mlist):
        match = mlist.header_matches.append("x-a", "a", Action.hold, chain="quarantine")
        assert (match.action, match.chain) == (None, "quarantine")

    @pytest.mark.parametrize("action", Action)
    def test_a_chain_that_carries_out_an_action_is_the_action(self, mlist, action):
        match = mlist.header_matches.append("x-a", "a", chain=action.name)
        assert (match.action, match.chain) == (action, None)

    @pytest.mark.parametrize("action", [Action.discard, None])
    def test_a_new_action_takes_the_chain_away(self, mlist, action):
        mlist.header_matches.append("x-a", "a", chain="quarantine")
        mlist.header_matches.change(0, tag="t")
        assert mlist.header_matches[0].chain == "quarantine"
        mlist.header_matches.change(0, action=action)
        assert mlist.header_matches[0] == ("x-a", "a", action, "t", None)


class TestFinding:
    def test_all_that_is_given_has_to_fit(self, matches):
        matches.append("x-a", "^z", Action.discard, "a")
        assert [place for place, _ in matches.find()] == [0, 1, 2, 3]
        assert [place for place, _ in matches.find(header="x-a")] == [0, 3]
        assert [place for place, _ in matches.find(tag="A", action=Action.discard)] == [3]
        assert [place for place, _ in matches.find(header="X-A")] == []
