"""The client library of the field, from PyPI, against a real server (rest-api section 28)."""

from __future__ import annotations

import contextlib
import threading
import warnings
from typing import Any
from urllib.error import HTTPError

import pytest
from waitress.server import create_server

from mmcore.services.moderation import hold_message
from tests.support.messages import message

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from mailmanclient import Client, MailmanConnectionError


@pytest.fixture
def url(app):
    """The base URL of the API on a free port."""
    sockets: dict[int, Any] = {}
    server = create_server(app, sockets, host="127.0.0.1", port=0, threads=2)

    def close() -> None:
        for dispatcher in list(sockets.values()):
            dispatcher.close()

    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/3.1"
    # The loop itself has to close its sockets; it ends when none is left.  It may have done
    # so before it is woken up for it.
    with contextlib.suppress(OSError):
        server.trigger.pull_trigger(close)
    thread.join(10)
    server.task_dispatcher.shutdown()
    assert not thread.is_alive()


@pytest.fixture
def client(url):
    return Client(url, "restadmin", "restpass")


@pytest.fixture
def mlist(client):
    return client.create_domain("example.com").create_list("ant")


def join(mlist, email, **more):
    return mlist.subscribe(email, pre_verified=True, pre_confirmed=True, pre_approved=True, **more)


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

    def test_wrong_credentials(self, url):
        with pytest.raises(HTTPError) as error:
            Client(url, "restadmin", "wrong").domains  # noqa: B018 - the call is made
        assert error.value.code == 401
        assert error.value.reason == "REST API authorization failed"

    def test_nobody_there(self):
        with pytest.raises(MailmanConnectionError):
            Client("http://127.0.0.1:1/3.1", "restadmin", "restpass").domains  # noqa: B018


class TestDomains:
    def test_a_domain_from_birth_to_death(self, client):
        domain = client.create_domain(
            "example.com", description="Ours", owner="anne@example.com", alias_domain="a.b"
        )
        assert (domain.mail_host, domain.description) == ("example.com", "Ours")
        assert domain.alias_domain == "a.b"
        domain.add_owner("bart@example.com")
        emails = [[str(a) for a in owner.addresses] for owner in domain.owners]
        assert emails == [["anne@example.com"], ["bart@example.com"]]
        domain.remove_all_owners()
        assert domain.owners == []
        domain.description = "Yours"
        domain.save()
        assert client.get_domain("example.com").description == "Yours"
        assert [d.mail_host for d in client.domains] == ["example.com"]
        client.delete_domain("example.com")
        assert client.domains == []

    def test_the_same_again(self, client):
        client.create_domain("example.com")
        with pytest.raises(HTTPError, match="Duplicate email host"):
            client.create_domain("example.com")


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


class TestMembers:
    def test_joining_and_leaving(self, client, mlist):
        member = join(mlist, "anne@example.com", display_name="Anne Person")
        assert member.email == "anne@example.com"
        assert member.role == "member"
        assert str(member.address) == "anne@example.com"
        assert member.user.display_name == "Anne Person"
        assert mlist.is_member("anne@example.com")
        with pytest.raises(HTTPError) as error:
            join(mlist, "anne@example.com")
        assert (error.value.code, error.value.reason) == (409, "Member already subscribed")
        mlist.unsubscribe("anne@example.com")
        assert not mlist.is_member("anne@example.com")
        with pytest.raises(ValueError, match="is not a member"):
            mlist.unsubscribe("anne@example.com")

    def test_a_request_that_waits(self, mlist):
        answer = mlist.subscribe("anne@example.com")
        assert answer["token_owner"] == "subscriber"
        assert len(answer["token"]) == 40
        with pytest.raises(HTTPError, match="Subscription request already pending"):
            mlist.subscribe("anne@example.com")

    def test_leaving_that_waits(self, mlist):
        join(mlist, "anne@example.com")
        answer = mlist.unsubscribe("anne@example.com", pre_confirmed=False)
        assert answer["token_owner"] == "subscriber"

    def test_paging_through_members(self, client, mlist):
        names = [f"m{number}@example.com" for number in range(5)]
        for name in names:
            join(mlist, name, send_welcome_message=False)
        page = mlist.get_member_page(count=2)
        seen = []
        while True:
            seen.extend(member.email for member in page)
            if not page.has_next:
                break
            page = page.next
        assert seen == names
        assert (page.nr, page.total_size, page.has_previous) == (3, 5, True)
        assert [member.email for member in mlist.members] == names
        assert [member.email for member in client.members] == names
        assert client.get_member_page(2, 1).total_size == 5
        emails = [member.email for member in mlist.get_roster("member", fields=["email"])]
        assert emails == names

    def test_finding(self, client, mlist):
        join(mlist, "anne@example.com")
        mlist.add_owner("anne@example.com", display_name=None)
        mlist.add_moderator("bart@example.com")
        assert [m.role for m in mlist.find_members("anne@example.com")] == ["member", "owner"]
        assert [m.email for m in mlist.find_members(role="moderator")] == ["bart@example.com"]
        page = mlist.find_members(page=1, count=2)
        assert (len(page), page.total_size) == (2, 3)
        assert [m.list_id for m in client.find_lists("anne@example.com")] == ["ant.example.com"]
        assert [m.email for m in mlist.owners] == ["anne@example.com"]
        mlist.remove_moderator("bart@example.com")
        assert mlist.moderators == []
        assert mlist.is_owner("anne@example.com")
        with pytest.raises(HTTPError, match="is already an owner of ant@"):
            mlist.add_owner("anne@example.com")

    def test_preferences_and_options(self, client, mlist):
        member = join(mlist, "anne+x@example.com", delivery_mode="mime_digests")
        assert member.delivery_mode == "mime_digests"
        assert member.moderation_action is None
        member.moderation_action = "hold"
        member.delivery_mode = "regular"
        member.save()
        fresh = mlist.get_member("anne+x@example.com")
        assert (fresh.moderation_action, fresh.delivery_mode) == ("hold", "regular")
        preferences = member.preferences
        preferences["delivery_status"] = "by_user"
        preferences.save()
        assert member.preferences["delivery_status"] == "by_user"
        assert member.preferences["acknowledge_posts"] is None
        user = client.get_user("anne+x@example.com")
        assert [str(address) for address in user.addresses] == ["anne+x@example.com"]
        assert client.get_address("anne+x@example.com").verified_on

    def test_mass_unsubscription(self, mlist):
        for name in ("anne", "bart"):
            join(mlist, f"{name}@example.com")
        answer = mlist.mass_unsubscribe(["anne@example.com", "nobody@example.com"])
        assert answer["anne@example.com"] is True
        assert answer["nobody@example.com"] is False
        assert [member.email for member in mlist.members] == ["bart@example.com"]


class TestHeldMessages:
    @pytest.fixture
    def hold(self, engine, change, mlist):
        """Hold so many posts."""

        def holding(number):
            for _ in range(number):
                with change() as site:
                    post = message("From: max@example.net\nSubject: Hi\n\nHello\n")
                    found = site.lists.get("ant.example.com")
                    hold_message(engine, found, post, {"listid": found.list_id}, ["Because"])

        return holding

    def test_looking_and_deciding(self, client, mlist, hold):
        assert mlist.held == []
        hold(6)
        assert mlist.get_held_count() == 6
        first, *others = mlist.held
        assert [held.request_id for held in mlist.held] == [1, 2, 3, 4, 5, 6]
        assert (first.subject, first.sender, first.reason) == ("Hi", "max@example.net", "Because")
        assert "Hello" in first.msg
        assert first.type is None
        page = mlist.get_held_page(count=4, page=2)
        assert [held.request_id for held in page] == [5, 6]
        assert page.total_size == 6
        first.accept()
        others[0].reject("Please join first")
        others[1].defer()
        mlist.discard_message(4)
        mlist.reject_message(5, "No")
        mlist.accept_message(6)
        mlist.defer_message(3)
        assert [held.request_id for held in mlist.held] == [3]
        assert mlist.get_held_message(3).message_id == others[1].message_id
        assert len(client.queues["pipeline"].files) == 2
        with pytest.raises(HTTPError) as error:
            mlist.discard_message(4)
        assert error.value.code == 404


class TestUsers:
    def test_a_user_from_birth_to_death(self, client):
        user = client.create_user("Anne@example.com", "secret", "Anne Person")
        assert (user.display_name, user.is_server_owner) == ("Anne Person", False)
        assert client.get_user("anne@example.com").user_id == user.user_id
        assert client.get_user(user.user_id).display_name == "Anne Person"
        user.display_name, user.is_server_owner = "Anne", True
        user.cleartext_password = "other"
        user.save()
        fresh = client.get_user(user.user_id)
        assert (fresh.display_name, fresh.is_server_owner) == ("Anne", True)
        assert [u.user_id for u in client.users] == [user.user_id]
        assert client.get_user_page(count=1, page=1).total_size == 1
        user.delete()
        assert client.users == []

    def test_the_same_again(self, client):
        client.create_user("anne@example.com", "secret")
        with pytest.raises(HTTPError, match=r"User already exists: anne@example\.com"):
            client.create_user("anne@example.com", "secret")

    def test_finding(self, client):
        client.create_user("anne@example.com", "secret", "Anne Person")
        client.create_user("bart@example.com", "secret", "Bart Person")
        assert [u.display_name for u in client.find_users("BART")] == ["Bart Person"]
        page = client.find_users_page("person", 1, 2)
        assert ([u.display_name for u in page], page.total_size) == (["Bart Person"], 2)

    def test_addresses(self, client):
        user = client.create_user("anne@example.com", "secret", "Anne")
        assert user.preferred_address is None
        address = user.add_address("two@example.com")
        assert not address.verified
        with pytest.raises(HTTPError, match="must be verified"):
            user.preferred_address = "two@example.com"
        address.verify()
        assert client.get_address("two@example.com").verified
        user.preferred_address = "two@example.com"
        assert str(user.preferred_address) == "two@example.com"
        assert [str(a) for a in user.addresses] == ["anne@example.com", "two@example.com"]
        assert client.get_address("two@example.com").user.user_id == user.user_id
        address.unverify()
        address.delete()
        assert client.get_user(user.user_id).preferred_address is None
        assert [str(a) for a in client.get_user(user.user_id).addresses] == ["anne@example.com"]

    def test_merging(self, client, mlist):
        user = client.create_user("anne@example.com", "secret", "Anne")
        other = join(mlist, "bart@example.com").user
        with pytest.raises(HTTPError, match="Address belongs to other user"):
            user.add_address("bart@example.com")
        user.add_address("bart@example.com", absorb_existing=True)
        with pytest.raises(HTTPError) as error:
            client.get_user(other.user_id).display_name  # noqa: B018 - the call is made
        assert error.value.code == 404
        assert user.subscription_list_ids == ["ant.example.com"]
        assert mlist.get_member("bart@example.com").user.user_id == user.user_id

    def test_preferences(self, client):
        user = client.create_user("anne@example.com", "secret")
        for preferences in (user.preferences, client.get_address("anne@example.com").preferences):
            preferences["delivery_mode"] = "mime_digests"
            preferences.save()
        assert client.get_user(user.user_id).preferences["delivery_mode"] == "mime_digests"


class TestQueues:
    def test_injecting_a_message(self, client, mlist):
        queue = client.queues["in"]
        queue.inject("ant.example.com", "Subject: Hi\n\nHello\n")
        assert len(client.queues["in"].files) == 1


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


class TestConfiguration:
    def test_every_section_is_a_dictionary(self, client):
        configuration = client.configuration
        for name in configuration:
            assert dict(configuration[name])
        assert configuration["mailman"]["default_language"] == "en"
