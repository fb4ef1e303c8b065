"""Large rosters are sent while they are read; clients notice nothing of it."""

from __future__ import annotations

import json
from hashlib import sha1

import pytest

from mmcore.interfaces.member import MemberRole
from resources.members import representation, stream
from resources.representation import EVERYTHING

ROSTER = "/3.1/lists/ant.example.com/roster/member"


@pytest.fixture
def crowd(ant, change):
    """Thirty members of the list, and three owners."""
    with change() as site:
        mlist = site.lists.get(ant)
        for number in range(30):
            address = site.addresses.add(f"m{number:02d}@example.com", f"Member {number} é")
            mlist.subscribe(address)
            if number < 3:
                mlist.subscribe(address, MemberRole.owner)


@pytest.fixture
def streaming(monkeypatch):
    """Whatever has more than four entries is sent in pieces of three; the streams so far."""
    made = []

    class Stream(stream.RosterStream):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(representation, "RosterStream", Stream)
    monkeypatch.setattr(representation, "LARGE", 4)
    monkeypatch.setattr(stream, "BATCH", 3)
    monkeypatch.setattr(stream, "SWEEP", 6)
    return made


def without_tags(data):
    return {name: value for name, value in data.items() if name != "http_etag"}


@pytest.mark.usefixtures("crowd")
class TestStreams:
    @pytest.mark.parametrize(
        "path",
        [
            ROSTER,
            f"{ROSTER}?fields=email&fields=member_id",
            f"{ROSTER}?count=20&page=1",
            f"{ROSTER}?count=20&page=2",
            f"{ROSTER}?count=1000&page=1",
            "/3.1/members",
            "/3.0/members",
            "/3.1/members?count=25&page=1",
            "/3.1/members/find?list_id=ant.example.com&role=member",
        ],
    )
    def test_the_answer_is_the_same(self, api, path, request):
        whole = api.get(path)
        made = request.getfixturevalue("streaming")
        pieces = api.get(path)
        assert len(made) == 1
        assert pieces.content_type == "application/json"
        assert without_tags(pieces.json) == without_tags(whole.json)

    @pytest.mark.usefixtures("streaming")
    def test_the_tag_tells_contents_apart(self, api, change):
        first, again = api.get(ROSTER).json, api.get(ROSTER).json
        assert first["http_etag"] == again["http_etag"]
        assert len(json.loads(first["http_etag"])) == len(sha1(b"").hexdigest())
        with change() as site:
            site.addresses.get("m07@example.com").display_name = "Somebody else"
        assert api.get(ROSTER).json["http_etag"] != first["http_etag"]

    def test_small_pages_are_put_together(self, api, streaming):
        assert api.get(f"{ROSTER}?count=4&page=2").json["start"] == 4
        assert streaming == []

    @pytest.mark.usefixtures("streaming")
    def test_unknown_fields_are_refused_before_anything_is_sent(self, api):
        assert "Unknown field" in api.get(f"{ROSTER}?fields=nope", status=400).json["description"]


@pytest.mark.usefixtures("crowd", "streaming")
class TestSnapshot:
    def pieces(self, database, site):
        roster = site.lists.get("ant.example.com").members
        return stream.RosterStream(
            database, [roster], EVERYTHING, lambda entry: {"e": entry.email}
        )

    def test_what_changes_meanwhile_is_not_seen(self, database, change):
        with change() as site:
            pieces = self.pieces(database, site)
        running = iter(pieces)
        text = next(running) + next(running)
        with change() as site:
            for entry in list(site.lists.get("ant.example.com").members.entries()):
                site.members[entry.member_id].unsubscribe()
        text += b"".join(running)
        assert len(json.loads(text)["entries"]) == 30

    def test_a_client_that_goes_away_leaves_nothing_open(self, database, change):
        with change() as site:
            pieces = self.pieces(database, site)
        running = iter(pieces)
        next(running)
        session = pieces._session
        assert session.connection.opened
        pieces.close()
        assert not session.connection.opened
