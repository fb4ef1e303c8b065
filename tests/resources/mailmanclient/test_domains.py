"""Domains."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from mailmanclient.restobjects.domain import Domain

from tests.resources.mailmanclient.tour import tours


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


@tours(Domain)
def test_a_tour_of_a_domain(client):
    domain = client.create_domain("example.com", description="Ours", owner="anne@example.com")
    assert domain.self_link.endswith("/3.1/domains/example.com")
    assert (domain.mail_host, str(domain)) == ("example.com", "example.com")
    for name in ("web_host", "base_url"):
        with pytest.deprecated_call():
            assert getattr(domain, name) == "http://example.com"
    people(domain)
    domain.description, domain.alias_domain = "Unsere", "lists.example.com"
    domain.save()
    fresh = client.get_domain("example.com")
    assert (fresh.description, fresh.alias_domain) == ("Unsere", "lists.example.com")
    assert fresh.rest_data["mail_host"] == "example.com"
    lists(domain)
    assert len(domain.templates) == 0
    domain.set_template("list:user:notice:welcome", "http://example.com/welcome")
    assert [each.name for each in domain.templates] == ["list:user:notice:welcome"]
    domain.delete()
    assert client.domains == []


def people(domain):
    domain.add_owner("bart@example.com")
    assert len(domain.owners) == 2
    assert domain.remove_all_owners().status_code == 204
    assert domain.owners == []


def lists(domain):
    assert domain.lists == []
    domain.create_list("ant")
    secret = domain.create_list("bee", style_name="private-default")
    assert secret.fqdn_listname == "bee@example.com"
    assert [each.list_name for each in domain.lists] == ["ant", "bee"]
    assert [each.list_name for each in domain.get_lists(advertised=True)] == ["ant"]
    page = domain.get_list_page(count=1, page=2)
    assert ([each.list_name for each in page], page.total_size) == (["bee"], 2)
    assert domain.get_list_page(advertised=True).total_size == 1
