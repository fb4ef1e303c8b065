"""The library's other client, for event loops; it reads, and hardly writes."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError

import httpx
import pytest
from mailmanclient.asynclient import AsyncClient
from mailmanclient.asyncobjects.address import Address
from mailmanclient.asyncobjects.domain import Domain
from mailmanclient.asyncobjects.mailinglist import Config, MailingList
from mailmanclient.asyncobjects.member import Member
from mailmanclient.asyncobjects.preferences import Preferences
from mailmanclient.asyncobjects.user import User
from mailmanclient.restbase.async_connection import Connection

from tests.resources.mailmanclient.tour import tours


class Http:
    """What the library asks of an HTTP client: `request`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def request(self, data: str | None, **more: Any) -> httpx.Response:
        return await self.http.request(content=data, **more)


@pytest.fixture
def site(client, mlist, join):
    """A list with one of each role, and what the synchronous client says of it."""
    member = join("anne@example.com", display_name="Anne")
    mlist.add_owner("bart@example.com")
    mlist.add_moderator("cris@example.com")
    mlist.add_role("nonmember", "max@example.net")
    return SimpleNamespace(client=client, mlist=mlist, member=member)


def run(url, visit):
    """Visit the server at `url` with an asynchronous client."""

    async def running():
        async with httpx.AsyncClient() as http:
            await visit(AsyncClient(Http(http), url, "restadmin", "restpass"))

    asyncio.run(running())


async def refuses_to_delete(thing):
    """The library looks for the connection where it is not."""
    with pytest.raises(AttributeError, match="connection"):
        await thing.delete()


@tours(AsyncClient)
def test_a_tour_of_the_client(url, site):
    async def visit(client):
        assert (await client.system())["api_version"] == "3.1"
        assert [domain.mail_host for domain in await client.domains()] == ["example.com"]
        assert [mlist.list_id for mlist in await client.lists()] == ["ant.example.com"]
        roles = [member.role for member in await client.members()]
        assert roles == ["owner", "moderator", "member"]
        assert len(await client.users()) == len(await client.addresses()) == 4
        found = await client.find_members(list_id="ant.example.com", role="owner")
        assert [member.email for member in found] == ["bart@example.com"]
        assert await client.find_members(subscriber="nobody@example.com") == []

    run(url, visit)


@tours(Connection)
def test_a_tour_of_the_connection(url):
    async def visit(client):
        connection = client.connection
        connection.add_hooks([lambda params: params])
        assert connection.rewrite_url("http://localhost:8001/3.1/x") == f"{url}/x"
        response, content = await connection.call("domains", {"mail_host": "example.com"})
        assert (response.status_code, content) == (201, None)
        with pytest.raises(HTTPError) as error:
            await connection.call("domains/example.net")
        assert error.value.code == 404

    run(url, visit)


@tours(Domain)
def test_a_tour_of_a_domain(url, site):
    async def visit(client):
        (domain,) = await client.domains()
        assert (domain.mail_host, domain.alias_domain) == ("example.com", None)
        assert domain.description is None
        assert domain.self_link.endswith("/3.1/domains/example.com")
        await refuses_to_delete(domain)
        await domain.save()

    run(url, visit)


@tours(MailingList, Config)
def test_a_tour_of_a_list(url, site):
    async def visit(client):
        (mlist,) = await client.lists()
        for name in ("list_id", "fqdn_listname", "list_name", "mail_host", "self_link",
                     "display_name", "description", "advertised", "volume"):  # fmt: skip
            assert getattr(mlist, name) == getattr(site.mlist, name)
        assert mlist.member_count == 1
        assert [member.email for member in await mlist.get_roster("member")] == [
            "anne@example.com"
        ]
        for roster in (mlist.members, mlist.owners, mlist.moderators, mlist.nonmember):
            # The library asks for the roster of a role called `MemberRole.member`.
            with pytest.raises(HTTPError) as error:
                await roster()
            assert error.value.code == 404
        config = await mlist.config()
        assert config.archive_policy == "public"
        with pytest.raises(AttributeError):
            config.self_link  # noqa: B018 - it is asked for
        # Settings have no link to themselves: the library sends them to the root of the API.
        for thing, status in ((config, 404), (mlist, 405)):
            await refuses_to_delete(thing)
            with pytest.raises(HTTPError) as error:
                await thing.save()
            assert error.value.code == status

    run(url, visit)


@tours(Member, Preferences)
def test_a_tour_of_a_member(url, site):
    async def visit(client):
        (member,) = await client.find_members(role="member")
        for name in ("email", "list_id", "member_id", "display_name", "role", "self_link",
                     "subscription_mode", "delivery_mode"):  # fmt: skip
            assert getattr(member, name) == getattr(site.member, name)
        assert member.address.endswith("/3.1/addresses/anne@example.com")
        with pytest.raises(AttributeError):
            member.moderation_action  # noqa: B018 - what is not set is not there
        preferences = await member.preferences()
        for name in Preferences._properties:
            with pytest.raises(AttributeError):
                getattr(preferences, name)
        for thing in (member, preferences):
            await refuses_to_delete(thing)
        await preferences.save()
        member.address = "anne@example.com"
        member.delivery_mode, member.moderation_action = "mime_digests", "hold"
        await member.save()

    run(url, visit)
    fresh = site.mlist.get_member("anne@example.com")
    assert (fresh.delivery_mode, fresh.moderation_action) == ("mime_digests", "hold")


@tours(User, Address)
def test_a_tour_of_a_user(url, site):
    async def visit(client):
        user = next(user for user in await client.users() if user.display_name == "Anne")
        assert user.user_id == site.member.user.user_id
        assert user.self_link.endswith(f"/3.1/users/{user.user_id}")
        assert user.created_on.startswith("20")
        assert user.is_server_owner is False
        with pytest.raises(AttributeError):
            user.password  # noqa: B018 - nobody has set one
        (address,) = await user.addresses()
        assert (address.email, address.original_email) == ("anne@example.com",) * 2
        assert address.verified_on >= address.registered_on
        assert address.self_link.endswith("/3.1/addresses/anne@example.com")
        assert address.display_name == "Anne"
        for thing in (user, address):
            await thing.preferences()
            await refuses_to_delete(thing)
        with pytest.raises(HTTPError) as error:
            await address.save()
        assert error.value.code == 400
        user.display_name, user.is_server_owner = "Jérôme", True
        # Not among what the library knows as a user's values, so it stays with the object.
        user.cleartext_password = "secret"
        await user.save()

    run(url, visit)
    fresh = site.member.user
    assert (fresh.display_name, fresh.is_server_owner) == ("Jérôme", True)
