from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import dns.rcode
import pytest

from mmcore.services.dns_answers import DnsUnavailableError, answers


@pytest.fixture
def known(engine, nameserver):
    """The answers of an engine whose nameserver has a quarter of a second."""
    engine.settings.dmarc.resolver_timeout = timedelta(seconds=0.1)
    engine.settings.dmarc.resolver_lifetime = timedelta(seconds=0.25)
    return answers(engine)


class TestTXT:
    def test_strings_of_a_record_are_joined(self, known, nameserver):
        nameserver.txt("a.example.org", "x" * 300, 'with "quotes" and \\')
        # In any order: servers change it.
        assert set(known.txt("a.example.org")) == {b"x" * 300, b'with "quotes" and \\'}

    def test_what_does_not_exist_has_none(self, known, nameserver):
        nameserver.add("there.example.org", "A", "192.0.2.1")
        assert known.txt("gone.example.org") == ()
        assert known.txt("there.example.org") == ()

    def test_answers_too_long_for_udp_come_over_tcp(self, known, nameserver):
        nameserver.txt("long.example.org", "y" * 2000)
        assert known.txt("long.example.org") == (b"y" * 2000,)
        assert nameserver.tcp_questions == 1

    def test_large_answers_are_not_kept(self, known, nameserver):
        nameserver.txt("full.example.org", "z" * 5000)
        for _ in range(2):
            assert len(known.txt("full.example.org")[0]) == 5000
        assert nameserver.tcp_questions == 2
        assert known._kept == {}

    def test_aliases_are_followed(self, known, nameserver):
        nameserver.add("a.example.org", "CNAME", "b.example.org.")
        nameserver.add("b.example.org", "CNAME", "c.example.org.")
        nameserver.txt("c.example.org", "here")
        assert known.txt("a.example.org") == (b"here",)

    def test_aliases_in_a_circle_end(self, known, nameserver):
        nameserver.add("a.example.org", "CNAME", "b.example.org.")
        nameserver.add("b.example.org", "CNAME", "a.example.org.")
        with pytest.raises(DnsUnavailableError):
            known.txt("a.example.org")

    @pytest.mark.parametrize(
        "name",
        ["", ".", "a..example.org", "x" * 64 + ".org", "a." * 200, "\udcff.org", "a\\.b", "\\"],
    )
    def test_what_can_be_no_name_does_no_harm(self, known, name):
        assert known.txt(name) == ()

    def test_names_in_other_scripts_are_asked_for_as_the_dns_knows_them(self, known, nameserver):
        nameserver.txt("xn--bcher-kva.example", "ja")
        assert known.txt("bücher.example") == (b"ja",)


class TestExists:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("MX", "5 mx.example.org.")],
    )
    def test_any_of_three_kinds_will_do(self, known, nameserver, kind, text):
        nameserver.add("there.example.org", kind, text)
        assert known.exists("there.example.org")

    def test_other_kinds_do_not_count(self, known, nameserver):
        nameserver.txt("text.example.org", "x")
        assert not known.exists("text.example.org")
        assert not known.exists("gone.example.org")


class TestMemory:
    def test_answers_are_kept(self, known, nameserver):
        nameserver.txt("a.example.org", "x")
        for _ in range(3):
            known.txt("a.example.org")
            known.txt("A.Example.ORG.")
            known.txt("gone.example.org")
        assert nameserver.names() == ["a.example.org", "gone.example.org"]

    def test_as_long_as_the_zone_allows(self, known, nameserver):
        nameserver.txt("a.example.org", "x", ttl=0)
        nameserver.negative_ttl = 0
        for _ in range(2):
            known.txt("a.example.org")
            known.txt("gone.example.org")
        assert len(nameserver.asked) == 4

    def test_and_no_longer_than_the_site_wants(self, known, nameserver, engine):
        engine.settings.dmarc.cache_life = timedelta(0)
        nameserver.txt("a.example.org", "x")
        known.txt("a.example.org")
        known.txt("a.example.org")
        assert len(nameserver.asked) == 2

    def test_everything_can_be_forgotten(self, known, nameserver):
        nameserver.txt("a.example.org", "x")
        known.txt("a.example.org")
        known.forget()
        known.txt("a.example.org")
        assert len(nameserver.asked) == 2

    def test_it_does_not_grow_for_ever(self, known, nameserver, monkeypatch):
        monkeypatch.setattr("mmcore.services.dns_answers.MOST_KEPT", 2)
        for name in ("a.org", "b.org", "c.org", "c.org", "a.org"):
            known.txt(name)
        assert nameserver.names() == ["a.org", "b.org", "c.org", "a.org"]

    def test_engines_with_the_same_settings_share_it(self, engine):
        assert answers(engine) is answers(engine)


class TestFailures:
    @pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
    def test_they_are_logged_once_and_kept(self, known, nameserver, caplog, code):
        nameserver.codes["a.example.org"] = code
        with caplog.at_level(logging.WARNING, "mmcore.dns"):
            for _ in range(3):
                with pytest.raises(DnsUnavailableError):
                    known.txt("a.example.org")
        assert len(caplog.messages) == 1
        assert "'a.example.org'" in caplog.messages[0]
        assert len(nameserver.asked) == 1

    def test_for_the_time_that_the_site_wants(self, known, nameserver, engine):
        engine.settings.dmarc.failure_life = timedelta(0)
        nameserver.codes["a.example.org"] = dns.rcode.SERVFAIL
        with pytest.raises(DnsUnavailableError):
            known.txt("a.example.org")
        del nameserver.codes["a.example.org"]
        nameserver.txt("a.example.org", "back")
        assert known.txt("a.example.org") == (b"back",)

    def test_silence_takes_only_so_long(self, known, nameserver):
        nameserver.silent.add("*")
        begin = time.monotonic()
        with pytest.raises(DnsUnavailableError):
            known.txt("a.example.org")
        assert time.monotonic() - begin < 10

    def test_questions_with_one_deadline_share_the_time(self, known, nameserver):
        nameserver.silent.add("*")
        limit = known.deadline()
        begin = time.monotonic()
        for name in ("a.org", "b.org", "c.org", "d.org", "e.org"):
            with pytest.raises(DnsUnavailableError):
                known.txt(name, limit)
        assert time.monotonic() - begin < 10

    def test_servers_that_never_answer_are_left_alone_for_a_while(self, known, nameserver, caplog):
        nameserver.silent.add("*")
        for name in ("a.org", "b.org", "c.org"):
            with pytest.raises(DnsUnavailableError):
                known.txt(name)
        count = len(nameserver.asked)
        with pytest.raises(DnsUnavailableError, match="for a while"):
            known.txt("d.org")
        assert len(nameserver.asked) == count
        assert "nameservers do not answer" in caplog.text

    def test_one_silent_zone_is_not_the_fault_of_all(self, known, nameserver):
        nameserver.silent.update({"a.org", "b.org", "c.org"})
        for name in ("a.org", "b.org", "there.org", "c.org"):
            if name == "there.org":
                assert known.txt(name) == ()
                continue
            with pytest.raises(DnsUnavailableError):
                known.txt(name)
        assert known.txt("d.org") == ()

    def test_no_configuration_is_a_failure_too(self, engine, monkeypatch):
        engine.settings.dmarc.nameservers = ("not-an-address",)
        with pytest.raises(DnsUnavailableError):
            answers(engine).txt("a.org")


class TestThreads:
    def test_many_may_ask_at_once(self, known, nameserver, engine):
        engine.settings.dmarc.resolver_lifetime = timedelta(seconds=10)
        engine.settings.dmarc.resolver_timeout = timedelta(seconds=5)
        names = [f"n{number}.example.org" for number in range(20)]
        for name in names:
            nameserver.txt(name, name)
        wrong = []

        def ask():
            for name in names:
                if known.txt(name) != (name.encode(),):
                    wrong.append(name)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
