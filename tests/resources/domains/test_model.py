"""Domains and the hosts that are aliases of them."""

from __future__ import annotations

import pytest

from mmcore.interfaces.domain import BadDomainSpecificationError


class TestDomains:
    def test_names_are_lower_cased_and_found_in_any_case(self, site):
        domain = site.domains.add("Example.COM", "Example, Inc.")
        assert domain.mail_host == "example.com"
        assert site.domains.get("EXAMPLE.com") is domain

    @pytest.mark.parametrize("name", ["", ".", "a b", "-a.com", "a..b", "ex_ample.com", "a" * 300])
    def test_what_is_no_host_name_is_refused(self, site, name):
        with pytest.raises(BadDomainSpecificationError, match="Invalid"):
            site.domains.add(name)

    def test_twice_is_refused(self, site):
        site.domains.add("example.com")
        with pytest.raises(BadDomainSpecificationError, match="Duplicate email host: EXAMPLE"):
            site.domains.add("EXAMPLE.com")


class TestAliases:
    def test_an_alias_stands_for_its_domain(self, site):
        domain = site.domains.add("example.com", alias_domain="Alias.example.net")
        assert site.domains.resolve_alias("ALIAS.example.net") == "example.com"
        assert site.domains.resolve_alias("other.example.net") == "other.example.net"
        domain.alias_domain = "new.example.net"
        assert site.domains.resolve_alias("alias.example.net") == "alias.example.net"
        assert site.domains.resolve_alias("new.example.net") == "example.com"
        site.domains.remove(domain)
        assert site.domains.resolve_alias("new.example.net") == "new.example.net"

    def test_of_two_domains_with_one_alias_the_first_by_name_wins(self, site):
        second = site.domains.add("b.example.com", alias_domain="x.example.net")
        first = site.domains.add("a.example.com", alias_domain="x.example.net")
        assert site.domains.resolve_alias("x.example.net") == "a.example.com"
        first.alias_domain = None
        assert site.domains.resolve_alias("x.example.net") == "b.example.com"
        second.alias_domain = ""
        assert site.domains.resolve_alias("x.example.net") == "x.example.net"
        assert site.domains.resolve_alias("") == ""


class TestOwners:
    def test_they_keep_their_order_and_are_there_once(self, site):
        domain = site.domains.add("example.com")
        users = [site.users.add(name) for name in "zyx"]
        for user in [*users, users[0]]:
            domain.add_owner(user)
        assert domain.owners == users
        domain.remove_owner(users[1])
        domain.remove_owner(users[1])
        assert domain.owners == [users[0], users[2]]
        domain.remove_owners()
        assert domain.owners == []
