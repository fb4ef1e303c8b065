"""Lists, their settings and archivers."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from mailmanclient.restobjects.archivers import ListArchivers
from mailmanclient.restobjects.mailinglist import MailingList
from mailmanclient.restobjects.settings import Settings

from tests.resources.mailmanclient.tour import tours


class TestLists:
    def test_a_list_from_birth_to_death(self, client, mlist):
        assert mlist.list_id == "ant.example.com"
        assert mlist.fqdn_listname == "ant@example.com"
        assert mlist.member_count == 0
        assert client.get_list("ant@example.com").display_name == "Ant"
        assert [m.list_id for m in client.lists] == ["ant.example.com"]
        assert [m.list_id for m in client.get_lists(advertised=True)] == ["ant.example.com"]
        page = client.get_list_page(count=1, page=1)
        assert (page.total_size, page.has_next) == (1, False)
        domain = client.get_domain("example.com")
        assert [m.list_id for m in domain.lists] == ["ant.example.com"]
        with pytest.raises(HTTPError, match="Mailing list exists"):
            domain.create_list("ant")
        client.delete_list("ant.example.com")
        with pytest.raises(HTTPError) as error:
            client.get_list("ant.example.com").display_name  # noqa: B018 - the call is made
        assert error.value.code == 404

    def test_styles(self, client):
        names = [style["name"] for style in client.styles["styles"]]
        assert names == ["legacy-announce", "legacy-default", "private-default"]
        domain = client.create_domain("example.com")
        private = domain.create_list("secret", style_name="private-default")
        assert private.advertised is False

    def test_settings(self, mlist):
        settings = mlist.settings
        assert settings["archive_policy"] == "public"
        settings["archive_policy"] = "private"
        settings["advertised"] = False
        settings["acceptable_aliases"] = ["ant@example.net", "^ants@.*"]
        settings["description"] = "Grüße & mehr"
        settings["max_message_size"] = 100
        settings.save()
        fresh = mlist.settings
        assert fresh["archive_policy"] == "private"
        assert fresh["advertised"] is False
        assert fresh["acceptable_aliases"] == ["^ants@.*", "ant@example.net"]
        assert fresh["description"] == "Grüße & mehr"
        assert fresh["max_message_size"] == 100
        fresh["archive_policy"] = "PUBLIC"
        with pytest.raises(HTTPError, match="Accepted Values are: never, private, public"):
            fresh.save()


@tours(MailingList)
def test_a_tour_of_a_list(client, mlist, join, hold):
    what_it_is(mlist)
    roles(mlist)
    members(mlist, join)
    requests(mlist)
    unsubscriptions(mlist, join)
    held_messages(mlist, hold)
    what_belongs_to_it(mlist)
    with pytest.raises(HTTPError, match="Method Not Allowed"):
        mlist.save()
    mlist.delete()
    assert client.lists == []


def what_it_is(mlist):
    assert mlist.self_link.endswith("/3.1/lists/ant.example.com")
    assert (mlist.list_id, mlist.fqdn_listname) == ("ant.example.com", "ant@example.com")
    assert (mlist.list_name, mlist.mail_host, mlist.display_name) == ("ant", "example.com", "Ant")
    assert (mlist.advertised, mlist.description, mlist.volume) == (True, "", 1)
    assert mlist.rest_data["member_count"] == mlist.member_count == 0


def roles(mlist):
    mlist.add_owner("anne@example.com", display_name="Anne")
    mlist.add_moderator("bart+x@example.com")
    mlist.add_role("nonmember", "max@example.net")
    assert [member.display_name for member in mlist.owners] == ["Anne"]
    assert [member.email for member in mlist.moderators] == ["bart+x@example.com"]
    assert [member.email for member in mlist.nonmembers] == ["max@example.net"]
    assert mlist.get_nonmember("max@example.net").role == "nonmember"
    assert mlist.is_owner("anne@example.com")
    assert mlist.is_moderator("bart+x@example.com")
    assert mlist.is_owner_or_mod("bart+x@example.com")
    assert not mlist.is_owner_or_mod("max@example.net")
    mlist.remove_owner("anne@example.com")
    mlist.remove_moderator("bart+x@example.com")
    mlist.remove_role("nonmember", "max@example.net")
    assert mlist.find_members() == []


def members(mlist, join):
    for name in ("anne", "bart", "cris"):
        join(f"{name}@example.com", send_welcome_message=False)
    assert mlist.is_member("anne@example.com")
    assert len(mlist.members) == 3
    assert mlist.get_member_page(count=2, page=2).total_size == 3
    assert len(mlist.get_roster("member", fields=["email"])) == 3
    assert mlist.get_member("anne@example.com").email == "anne@example.com"
    assert len(mlist.find_members("bart@example.com", role="member")) == 1
    assert mlist.unsubscribe("anne@example.com") is None
    answer = mlist.mass_unsubscribe(["bart@example.com", "cris@example.com"])
    assert answer["bart@example.com"] is True
    assert mlist.members == []


def requests(mlist):
    names = ["anne", "bart", "cris", "dora", "elle"]
    mlist.settings["subscription_policy"] = "moderate"
    mlist.settings.save()
    tokens = [
        mlist.subscribe(f"{name}@example.com", name.title(), pre_verified=True)["token"]
        for name in names
    ]
    assert {request["token"] for request in mlist.requests} == set(tokens)
    assert mlist.get_requests_count("moderator") == mlist.get_requests_count() == 5
    assert mlist.get_requests(token_owner="subscriber") == []
    assert mlist.get_request(tokens[0])["display_name"] == "Anne"
    assert set(mlist.get_requests(token_owner="moderator")[0]) == {
        "email", "token", "display_name", "token_owner", "list_id", "request_date",
    }  # fmt: skip
    assert mlist.accept_request(tokens[0]).status_code == 204
    assert mlist.reject_request(tokens[1]).status_code == 204
    assert mlist.discard_request(tokens[2]).status_code == 204
    assert mlist.moderate_request(tokens[3], "reject", "Not now").status_code == 204
    assert mlist.defer_request(tokens[4]).status_code == 204
    with pytest.deprecated_call():
        assert mlist.manage_request(tokens[4], "discard").status_code == 204
    assert mlist.requests == []
    assert [member.email for member in mlist.members] == ["anne@example.com"]


def unsubscriptions(mlist, join):
    mlist.settings["unsubscription_policy"] = "moderate"
    mlist.settings.save()
    assert mlist.unsubscribe("anne@example.com", pre_approved=False)["token_owner"] == "moderator"
    (request,) = mlist.unsubscription_requests
    assert request["email"] == "anne@example.com"
    mlist.accept_request(request["token"])
    assert mlist.members == mlist.unsubscription_requests == []


def held_messages(mlist, hold):
    hold(6)
    assert mlist.get_held_count() == len(mlist.held) == 6
    assert mlist.get_held_page(count=4, page=2).total_size == 6
    assert mlist.get_held_message(1).subject == "Hi"
    assert mlist.accept_message(1).status_code == 204
    assert mlist.discard_message(2).status_code == 204
    assert mlist.reject_message(3, "No").status_code == 204
    assert mlist.moderate_message(4, "reject", comment="No").status_code == 204
    assert mlist.defer_message(5).status_code == 204
    assert [held.request_id for held in mlist.held] == [5, 6]


def what_belongs_to_it(mlist):
    assert mlist.settings["posting_address"] == "ant@example.com"
    mlist.archivers = {}
    assert mlist.archivers.keys() == []
    assert len(mlist.bans) == mlist.get_bans_page().total_size == 0
    assert len(mlist.header_matches) == 0
    mlist.set_template("list:user:notice:welcome", "http://example.com/w", "anne", "pw")
    assert [each.username for each in mlist.templates] == ["anne"]


@tours(Settings)
def test_a_tour_of_the_settings(client, mlist):
    settings = mlist.settings
    assert len(settings.keys()) == len(settings) == len(settings.rest_data)
    assert settings.get("archive_policy") == "public"
    assert settings.get("nope", 3) == 3
    with pytest.raises(ValueError, match="read-only"):
        settings["post_id"] = 3
    settings.update({"archive_policy": "never", "emergency": True, "info": "Zeile\nZeile"})
    settings.save()
    fresh = client.get_list("ant.example.com").settings
    assert (fresh["archive_policy"], fresh["emergency"]) == ("never", True)
    assert fresh["info"] == "Zeile\nZeile"


def test_all_settings_that_can_be_set_go_back_as_they_came(mlist):
    settings = mlist.settings
    # A password that nobody has set is null, which no form can say.
    fixed = {*settings._read_only_properties, "usenet_watermark", "moderator_password"}
    # An empty list goes as an empty text.
    form = {key: value if value != [] else "" for key, value in settings.items()}
    known = dict(settings)
    settings._connection.call(
        settings._url, {key: form[key] for key in form if key not in fixed}, "PATCH"
    )
    settings._reset_cache()
    assert dict(settings) == known


@tours(ListArchivers)
def test_a_tour_of_the_archivers(engine, mlist):
    for name in ("mail-archive", "prototype"):
        engine.settings.archivers[name].enable = True
    archivers = mlist.archivers
    assert str(archivers) == "Archivers on ant.example.com"
    assert archivers.keys() == ["mail-archive", "prototype"]
    assert archivers.get("prototype") is archivers.rest_data["prototype"] is True
    archivers["prototype"] = False
    assert dict(mlist.archivers) == {"mail-archive": True, "prototype": False}
    archivers.update({"mail-archive": False, "prototype": True})
    assert dict(mlist.archivers) == {"mail-archive": False, "prototype": True}
    archivers.save()
    with pytest.raises(HTTPError, match="Unexpected parameters: nope"):
        archivers["nope"] = True
