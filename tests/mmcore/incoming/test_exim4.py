"""The files for Exim."""

from __future__ import annotations


class TestExim4:
    def test_domains_and_posting_addresses_are_keys(self, incoming, lists, settings):
        lists("bee@example.org", "ant-x@example.org", "ant@example.org", "cat@example.com")
        incoming("exim4").regenerate()
        data = settings.paths.data_dir
        assert (data / "exim4_domains").read_text() == (
            "example.com: example.com\nexample.org: example.org\n"
        )
        assert (data / "exim4_lists").read_text() == (
            "cat@example.com: cat.example.com\n"
            "ant@example.org: ant.example.org\n"
            "ant-x@example.org: ant-x.example.org\n"
            "bee@example.org: bee.example.org\n"
        )

    def test_lists_are_reached_by_both_names_of_their_domain(self, incoming, lists, settings):
        lists("a@shop.example.com", shop="lists.example.com")
        incoming("exim4").regenerate()
        assert (settings.paths.data_dir / "exim4_lists").read_text() == (
            "a@lists.example.com: a.shop.example.com\na@shop.example.com: a.shop.example.com\n"
        )

    def test_an_alias_that_is_a_domain_itself_has_the_lists_of_both(
        self, incoming, lists, settings
    ):
        lists("a@shop.example.com", "b@lists.example.com", shop="lists.example.com")
        incoming("exim4").regenerate()
        assert (settings.paths.data_dir / "exim4_lists").read_text().splitlines() == [
            "a@lists.example.com: a.shop.example.com",
            "b@lists.example.com: b.lists.example.com",
            "a@shop.example.com: a.shop.example.com",
        ]
