"""The maps for Postfix, line by line."""

from __future__ import annotations

import re

import pytest

SUFFIXES = (
    "", "-bounces", "-confirm", "-join", "-leave", "-owner", "-request", "-subscribe",
    "-unsubscribe",
)  # fmt: skip


@pytest.fixture
def written(incoming, settings):
    """Have the maps written; returns the text of one, or None."""

    def write(name, kind="texthash"):
        incoming("postfix", transport_file_type=kind).regenerate()
        path = settings.paths.data_dir / name
        return path.read_text() if path.exists() else None

    return write


class TestLists:
    def test_all_addresses_of_a_list_go_to_lmtp(self, written, lists):
        lists("ant@lists.example.com")
        # The longest address, the dots of the posting address, and ten.
        width = len("ant-unsubscribe@lists.example.com") + 2 + 10
        assert written("postfix_lmtp") == "".join(
            f"ant{suffix}@lists.example.com".ljust(width) + "lmtp:[127.0.0.1]:8024\n"
            for suffix in SUFFIXES
        )

    def test_host_and_port_are_those_of_the_settings(self, written, lists, settings):
        settings.mta.lmtp_host, settings.mta.lmtp_port = "mx.example.com", 24
        lists("ant@example.com")
        assert {line.split()[1] for line in written("postfix_lmtp").splitlines()} == {
            "lmtp:[mx.example.com]:24"
        }

    def test_they_are_sorted_by_domain_then_name_with_an_empty_line_between(self, written, lists):
        # As list-ids these sort otherwise.
        lists("b@example.org", "a@example.org", "a-b@example.org", "z@example.com")
        blocks = written("postfix_lmtp").split("\n\n")
        assert [block.split()[0] for block in blocks] == [
            "z@example.com", "a@example.org", "a-b@example.org", "b@example.org",
        ]  # fmt: skip
        assert [len(block.splitlines()) for block in blocks] == [9] * 4

    def test_dots_in_a_name_count_too(self, written, lists):
        lists("a.n.t@example.com")
        width = len("a.n.t-unsubscribe@example.com") + 3 + 10
        assert written("postfix_lmtp").startswith("a.n.t@example.com".ljust(width) + "lmtp:")

    def test_many_lists_are_written_in_pieces(self, written, lists, monkeypatch):
        lists(*(f"l{number:02}@example.com" for number in range(25)))
        whole = written("postfix_lmtp")
        monkeypatch.setattr("mmcore.incoming.postfix.PIECE", 10)
        assert written("postfix_lmtp") == whole


class TestDomains:
    def test_each_host_with_lists_stands_once(self, written, lists, database):
        lists("a@example.org", "b@example.org", "a@example.com")
        session = database.session()
        session.run(lambda site: site.domains.add("empty.example.com"))
        session.close()
        assert written("postfix_domains") == "example.com example.com\nexample.org example.org\n"

    def test_an_alias_domain_stands_for_its_mail_host(self, written, lists):
        lists("a@shop.example.com", shop="lists.example.com")
        assert written("postfix_domains") == "lists.example.com shop.example.com\n"

    def test_of_two_with_the_same_alias_the_first_counts_as_for_lmtp(
        self, written, lists, database
    ):
        lists("a@b.example.com", "a@a.example.com", a="lists.example.com", b="lists.example.com")
        assert written("postfix_domains") == "lists.example.com a.example.com\n"
        session = database.session()
        assert session.begin().domains.resolve_alias("lists.example.com") == "a.example.com"
        session.close()

    @pytest.mark.parametrize("alias", ["", "no host", "a/b.example.com", "ä.example.com", "$x"])
    def test_what_is_no_host_is_no_alias(self, written, lists, alias):
        lists("a@shop.example.com", shop=alias)
        assert written("postfix_domains") == "shop.example.com shop.example.com\n"
        assert written("postfix_vmap") is None


class TestAliasDomain:
    def test_lists_are_delivered_by_the_alias(self, written, lists):
        lists("a@shop.example.com", shop="Lists.example.com")
        first, *_, last = written("postfix_lmtp").splitlines()
        assert first.split() == ["a@lists.example.com", "lmtp:[127.0.0.1]:8024"]
        assert last.split()[0] == "a-unsubscribe@lists.example.com"

    def test_the_real_addresses_are_mapped_to_those_of_the_alias(self, written, lists):
        lists("a@shop.example.com", "b@example.org", shop="lists.example.com")
        lines = [line.split() for line in written("postfix_vmap").splitlines()]
        assert lines == [
            [f"a{suffix}@shop.example.com", f"a{suffix}@lists.example.com"] for suffix in SUFFIXES
        ]

    def test_without_any_alias_there_is_no_such_map(self, written, lists, settings, database):
        lists("a@shop.example.com", shop="lists.example.com")
        assert written("postfix_vmap")
        session = database.session()
        session.run(lambda site: setattr(site.domains["shop.example.com"], "alias_domain", None))
        session.close()
        assert written("postfix_vmap") is None


def looked_up(text, address):
    """What a regexp table says, as regexp_table(5) does it."""
    for line in filter(None, text.splitlines()):
        key, value = line.split()
        found = re.search(key[1:-1], address, re.IGNORECASE)
        if found:
            groups = [group or "" for group in found.groups()]
            for number, group in enumerate(groups, 1):
                value = value.replace(f"${number}", group)
            return value.replace("$$", "$")
    return None


class TestRegexp:
    def test_keys_are_whole_addresses_with_their_dots_escaped(self, written, lists):
        lists("ant@lists.example.com")
        lines = written("postfix_lmtp", "regexp").splitlines()
        width = len("ant-unsubscribe@lists.example.com") + 2 + 10
        assert lines[0] == r"/^ant@lists\.example\.com$/".ljust(width) + "lmtp:[127.0.0.1]:8024"
        assert lines[1].split()[0] == r"/^ant-bounces(\+.*)?@lists\.example\.com$/"
        assert lines[2].split()[0] == r"/^ant-confirm(\+.*)?@lists\.example\.com$/"
        assert lines[-1].split()[0] == r"/^ant-unsubscribe@lists\.example\.com$/"
        assert written("postfix_domains", "regexp") == (
            "/^lists\\.example\\.com$/ lists.example.com\n"
        )

    @pytest.mark.parametrize(
        ("address", "found"),
        [
            ("ant@example.com", True),
            ("ant@example.com.org", False),
            ("ant@exampleXcom", False),
            ("ant+x@example.com", False),
            ("ant-bounces+anne=example.org@example.com", True),
            ("ant-confirm+0123@example.com", True),
            ("ant-bouncesx@example.com", False),
            ("ant-request@example.com", True),
            ("giant@example.com", False),
        ],
    )
    def test_they_match_what_is_ours_and_nothing_else(self, written, lists, address, found):
        lists("ant@example.com")
        assert (looked_up(written("postfix_lmtp", "regexp"), address) is not None) is found

    @pytest.mark.parametrize("name", ["a.b", "c++", "a*b", "$$$", "{a}", "a=b!", "~a"])
    def test_names_mean_nothing_but_themselves(self, written, lists, name):
        lists(f"{name}@shop.example.com", shop="lists.example.com")
        vmap = written("postfix_vmap", "regexp")
        real, alias = "@shop.example.com", "@lists.example.com"
        assert looked_up(vmap, f"{name}{real}") == f"{name}{alias}"
        bounces = f"{name}-bounces+anne=example.org"
        assert looked_up(vmap, f"{bounces}{real}") == f"{bounces}{alias}"
        assert looked_up(vmap, f"{name}-bounces{real}") == f"{name}-bounces{alias}"
        assert looked_up(vmap, f"{name}x{real}") is None
        assert looked_up(vmap, f"x{name}{real}") is None
