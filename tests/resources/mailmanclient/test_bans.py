"""Bans, header matches and templates: what a list has rows of."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from mailmanclient.restobjects.ban import BannedAddress, Bans
from mailmanclient.restobjects.header_match import HeaderMatch, HeaderMatches
from mailmanclient.restobjects.templates import Template, TemplateList

from tests.resources.mailmanclient.tour import tours


@tours(Bans, BannedAddress)
def test_a_tour_of_bans(client, mlist):
    look_at_bans(mlist.bans, "ant.example.com")
    assert mlist.bans[0].mailinglist.fqdn_listname == "ant@example.com"
    look_at_bans(client.bans, None)
    mlist.bans[0].delete()
    assert (len(client.bans), len(mlist.bans)) == (1, 0)


def look_at_bans(bans, list_id):
    ban = bans.add("bad+one@example.com")
    assert (ban.email, ban.list_id) == ("bad+one@example.com", list_id)
    assert ban.self_link == ban.rest_data["self_link"]
    assert "bad+one@example.com" in bans
    assert "good@example.com" not in bans
    bans.add("^.*[?/#]@example.net")
    assert "^.*[?/#]@example.net" in bans
    assert ban in bans
    assert len(bans.rest_data) == 2
    assert bans.find_by_email("^.*[?/#]@example.net").email == "^.*[?/#]@example.net"
    bans.remove("^.*[?/#]@example.net")
    with pytest.raises(ValueError, match="is not banned"):
        bans.remove("good@example.com")
    for refused in (bans.clear, bans.save, ban.save):
        with pytest.raises(HTTPError, match="Method Not Allowed"):
            refused()


def test_whoever_is_banned_cannot_join(mlist):
    mlist.bans.add("^bad")
    with pytest.raises(HTTPError, match="Membership is banned") as error:
        mlist.subscribe("bad@example.com")
    assert error.value.code == 400


@tours(HeaderMatches, HeaderMatch)
def test_a_tour_of_header_matches(mlist):
    matches = mlist.header_matches
    assert str(matches) == 'Header matches for "ant.example.com"'
    match = matches.add("X-Spam", "^yes", action="hold", tag="spam")
    assert match.self_link.endswith("/3.1/lists/ant.example.com/header-matches/0")
    assert (match.header, match.pattern, match.action) == ("x-spam", "^yes", "hold")
    assert (match.position, match.tag) == (0, "spam")
    second = matches.add("Subject", "casino")
    assert (second.position, second.action) == (1, None)
    assert len(matches.rest_data) == 2
    assert [found.position for found in matches.find(header="x-spam")] == [0]
    assert [found.position for found in matches.find(tag="spam", action="hold")] == [0]
    assert matches.find(action="discard") == matches.find() == []
    match.header, match.pattern, match.action = "X-Junk", "^true", "discard"
    match.tag, match.position = "junk", 1
    match.save()
    found = mlist.header_matches[1]
    assert (found.header, found.pattern, found.action) == ("x-junk", "^true", "discard")
    assert found.rest_data["tag"] == "junk"
    with pytest.raises(HTTPError, match="Method Not Allowed"):
        matches.save()
    found.delete()
    assert [each.header for each in mlist.header_matches] == ["subject"]
    with pytest.raises(HTTPError, match="already exists"):
        matches.add("Subject", "casino")
    matches.clear()
    assert len(mlist.header_matches) == 0


class TestTemplates:
    def test_templates_of_all_levels(self, client, mlist):
        name = "list:user:notice:goodbye"
        for level in (client, client.get_domain("example.com"), mlist):
            assert len(level.templates) == 0
            uri = "http://example.com/goodbye.txt"
            level.set_template(name, uri, username="testuser", password="testpass")
            (template,) = level.templates
            # The library's own tests look at the credentials, too.
            assert (template.name, template.uri) == (name, uri)
            assert (template.username, template.password) == ("testuser", "testpass")
            template.delete()
            assert len(level.templates) == 0


@tours(TemplateList, Template)
def test_a_tour_of_templates(client, mlist):
    for place in (client, client.get_domain("example.com"), mlist):
        place.set_template("list:user:notice:welcome", "http://example.com/welcome")
        place.set_template("list:user:notice:goodbye", "http://example.com/goodbye", "anne", "pw")
        templates = place.templates
        assert len(templates.rest_data) == 2
        goodbye, welcome = templates
        assert (goodbye.name, goodbye.uri) == (
            "list:user:notice:goodbye", "http://example.com/goodbye",
        )  # fmt: skip
        assert (goodbye.username, goodbye.password) == ("anne", "pw")
        assert welcome.self_link.endswith("/uris/list:user:notice:welcome")
        assert welcome.username is welcome.password is None
        assert welcome.rest_data["uri"] == "http://example.com/welcome"
        # The API wants the template's own name where this sends `uri`, whatever the server.
        welcome.uri, welcome.username, welcome.password = "http://example.com/hi", "bart", "pw"
        with pytest.raises(HTTPError, match="Unexpected parameters: uri"):
            welcome.save()
        goodbye.delete()
        assert len(place.templates) == 1
        place.templates.save()
        # An empty text takes a template away, which is how Postorius does it.
        place.set_template("list:user:notice:welcome", "")
        assert len(place.templates) == 0
        place.set_template("list:user:notice:welcome", "http://example.com/welcome")
        place.templates.clear()
        assert len(place.templates) == 0
