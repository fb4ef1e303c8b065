"""The client itself, the connection, and what the site says of itself."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError

import pytest
from mailmanclient.restbase.connection import Connection
from mailmanclient.restobjects.configuration import Configuration
from mailmanclient.restobjects.queue import Queue
from mailmanclient.restobjects.styles import Styles

from tests.resources.mailmanclient.tour import Client, MailmanConnectionError, tours


class TestSystem:
    def test_versions_and_preferences(self, client):
        assert client.system["api_version"] == "3.1"
        assert client.system["mailman_version"].startswith("mmcore ")
        assert client.preferences["delivery_mode"] == "regular"
        assert "virgin" in client.pipelines["pipelines"]
        assert "accept" in client.chains["chains"]

    def test_configuration(self, client):
        configuration = client.configuration
        assert configuration["mailman"]["site_owner"] == "changeme@example.com"
        assert configuration["webservice"]["admin_pass"] == "********"
        assert configuration["language.de"]["description"] == "German"
        assert "smtp_host" in configuration["mta"]
        with pytest.raises(KeyError):
            configuration["nope"]

    def test_every_section_is_a_dictionary(self, client):
        configuration = client.configuration
        for name in configuration:
            section = dict(configuration[name])
            assert section["self_link"].endswith(f"/system/configuration/{name}")
        assert configuration["mailman"]["default_language"] == "en"

    def test_wrong_credentials(self, url):
        with pytest.raises(HTTPError) as error:
            Client(url, "restadmin", "wrong").domains  # noqa: B018 - the call is made
        assert error.value.code == 401
        assert error.value.reason == "REST API authorization failed"

    def test_nobody_there(self):
        with pytest.raises(MailmanConnectionError):
            Client("http://127.0.0.1:1/3.1", "restadmin", "restpass").domains  # noqa: B018


@tours(Client)
def test_a_tour_of_the_client(client, mlist, join):
    seen = []
    client.add_hooks([lambda params: seen.append(params["url"]) or params])
    assert client.system["mailman_version"].startswith("mmcore ")
    assert seen[-1].endswith("/3.1/system/versions")
    assert client.preferences["delivery_status"] == "enabled"
    assert client.configuration["passwords"]["password_length"] == "8"
    assert "default-posting-pipeline" in client.pipelines["pipelines"]
    assert "default-posting-chain" in client.chains["chains"]
    assert client.queues["virgin"].name == "virgin"
    assert client.styles["default"] == "legacy-default"
    lists_and_members(client, mlist, join)
    domains_users_and_addresses(client)
    what_holds_for_the_site(client)


def lists_and_members(client, mlist, join):
    assert [found.list_id for found in client.lists] == ["ant.example.com"]
    assert [found.list_id for found in client.get_lists(advertised=True)] == ["ant.example.com"]
    assert client.get_list_page(mail_host="example.com", advertised=True).total_size == 1
    assert client.get_list("ant@example.com").list_id == "ant.example.com"
    assert client.members == []
    join("anne@example.com", display_name="Anne Person")
    mlist.add_role("nonmember", "max@example.net")
    assert [member.email for member in client.members] == ["anne@example.com"]
    assert client.get_member_page(count=1, page=1).total_size == 1
    assert client.get_member("ant@example.com", "anne@example.com").role == "member"
    assert client.get_nonmember("ant.example.com", "max@example.net").role == "nonmember"
    found = client.find_lists("anne@example.com", role="member", mail_host="example.com")
    assert [each.list_id for each in found] == ["ant.example.com"]
    assert client.find_lists("anne@example.com", mail_host="example.net") == []
    client.delete_list("ant@example.com")
    with pytest.raises(HTTPError) as error:
        client.find_lists("anne@example.com")
    assert error.value.code == 404


def domains_users_and_addresses(client):
    with pytest.deprecated_call():
        client.create_domain("example.org", base_url="https://lists.example.org")
    with pytest.deprecated_call():
        assert client.get_domain("example.org", web_host="x").mail_host == "example.org"
    assert [domain.mail_host for domain in client.domains] == ["example.com", "example.org"]
    client.delete_domain("example.org")
    user = client.create_user("bart@example.com", "secret", "Bart Person")
    emails = sorted(str(address) for each in client.users for address in each.addresses)
    assert emails == ["anne@example.com", "bart@example.com", "max@example.net"]
    assert client.get_user_page(count=2, page=2).total_size == 3
    assert client.get_user("bart@example.com").user_id == user.user_id
    assert client.get_address("bart@example.com").user.user_id == user.user_id
    assert [each.display_name for each in client.find_users("bart p")] == ["Bart Person"]
    assert client.find_users("nobody at all") == []
    assert client.find_users_page("person", count=1, page=2).total_size == 2


def what_holds_for_the_site(client):
    assert len(client.bans) == 0
    client.bans.add("bad@example.com")
    assert [ban.email for ban in client.get_bans_page(count=1)] == ["bad@example.com"]
    assert len(client.templates) == 0
    client.set_template("list:user:notice:welcome", "http://example.com/welcome")
    client.set_template("list:user:notice:goodbye", "http://example.com/goodbye", "anne", "pw")
    assert len(client.templates) == 2
    names = [template.name for template in client.get_templates_page(count=1, page=2)]
    assert names == ["list:user:notice:welcome"]


@tours(Connection)
def test_a_tour_of_the_connection(url):
    # Links in answers name the server as it is set up; the client replaces host and port.
    connection = Connection(url, "restadmin", "restpass")
    assert connection.rewrite_url("http://localhost:8001/3.1/lists/x") == f"{url}/lists/x"
    connection.add_hooks([lambda params: {**params, "headers": {**params["headers"], "X-A": "b"}}])
    connection.add_hooks([lambda params: params])
    response, content = connection.call("system")
    assert (response.status_code, response.request.headers["X-A"]) == (200, "b")
    assert connection.call(content["self_link"])[1] == content
    assert connection.call("domains", {"mail_host": "example.com"})[1] is None
    assert connection.call("domains/example.com", method="DELETE")[0].status_code == 204


class TestQueues:
    def test_injecting_a_message(self, client, mlist):
        queue = client.queues["in"]
        queue.inject("ant.example.com", "Subject: Hi\n\nHello\n")
        assert len(client.queues["in"].files) == 1


@tours(Queue)
def test_a_tour_of_a_queue(client, mlist):
    queue = client.queues["in"]
    assert (queue.name, queue.files) == ("in", [])
    assert Path(queue.directory).is_absolute()
    queue.inject("ant.example.com", "Subject: Grüße\n\nHello\n")
    assert len(queue.files) == 1
    assert queue.rest_data["count"] == 0  # as it was when the queues were listed
    assert client.queues["in"].rest_data["count"] == 1
    for refused in (queue.save, queue.delete):
        with pytest.raises(HTTPError, match="Method Not Allowed"):
            refused()


@tours(Styles)
def test_a_tour_of_the_styles(client, mlist):
    styles = client.styles
    assert set(styles.keys()) == {"default", "style_names", "styles"}
    assert styles["style_names"] == ["legacy-announce", "legacy-default", "private-default"]
    assert styles.get("default") == styles.rest_data["default"] == "legacy-default"
    assert [set(style) for style in styles["styles"]] == [{"name", "description"}] * 3
    with pytest.raises(ValueError, match="read-only"):
        styles.update({"default": "private-default"})
    with pytest.raises(HTTPError, match="Method Not Allowed"):
        styles.save()


@tours(Configuration)
def test_a_tour_of_the_configuration(client):
    section = client.configuration["mailman"]
    assert (section.name, repr(section)) == ("mailman", "<Configuration: 'mailman'>")
    assert "noreply_address" in section.keys()  # noqa: SIM118 - it is toured
    assert section.get("noreply_address") == section.rest_data["noreply_address"] == "noreply"
    with pytest.raises(ValueError, match="read-only"):
        section.update({"site_owner": "anne@example.com"})
    with pytest.raises(HTTPError, match="Method Not Allowed"):
        section.save()
