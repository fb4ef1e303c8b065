"""`mmcore delivered`, over a site in memory, and while the database is served."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from types import SimpleNamespace

import pytest

from mmcore.app import compose
from mmcore.commands.cli import delivered as module
from mmcore.config import load
from mmcore.interfaces.delivery import Fate
from mmcore.mta.outcomes import State
from mmcore.services.deliveries import Status
from resources.deliveries.representation import show_status
from tests.support.messages import message
from tests.support.outcomes import LATER, NOBODY, OK, delivered

ANNE = "anne@example.com"
FIRST, SECOND = "1763712345.5+0", "1763712399.5+7"


@pytest.fixture
def open_site(ini, database, monkeypatch):
    """`with open_site() as site:` for a site that the command sees, too."""
    settings = load(ini)
    settings.ensure_dirs()
    engine = compose(settings, "test")

    @contextlib.contextmanager
    def opening(*_):
        session = database.session()
        try:
            yield engine, session.begin()
            session.commit()
        finally:
            session.close()

    monkeypatch.setattr(module, "opened", opening)
    yield opening
    engine.close()


@pytest.fixture
def history(open_site, monkeypatch):
    """<m> for four people, three of whom have it after two attempts; <n> for one more."""
    with open_site() as (engine, site):
        site.domains.add("example.com")
        site.lists.add("test@example.com")
        for day, (name, message_id, fates) in enumerate(
            [
                (FIRST, "<m>", {"anne": OK, "bart": LATER, "cris": NOBODY, "dora": LATER}),
                (SECOND, "<m>", {"bart": OK, "dora": LATER}),
                ("3.5+f", "<n>", {"anne": OK}),
            ],
            1,
        ):
            moment = datetime(2026, 11, day, 12)
            monkeypatch.setattr("resources.deliveries.model.now", lambda moment=moment: moment)
            delivered(site, name, message_id, **fates)
        retry = {"recipients": ["dora@example.com"], "listid": "test.example.com"}
        text = message("Message-ID: <m>\n\nHello.\n")
        name = engine.mailroom(site).enqueue("retry", text, retry)
        entry = site.queues["retry"].get(name)
        site.queues["retry"].remove(name)
        entry.name = f"1800003600.0+{name.partition('+')[2]}"
        site.queues["retry"].add(entry)
    monkeypatch.undo()
    monkeypatch.setattr(module, "opened", open_site)


class TestAddress:
    def test_all_of_it_was_delivered(self, mmcore, history):
        result = mmcore("delivered", ANNE)
        assert result.exit_code == 0
        assert result.output == (
            "anne@example.com: 2 of 2 messages delivered\n"
            "  <n> (test.example.com): delivered 2027-01-15 08:00:00, 250 2.0.0, "
            "transaction 1 of out/3.5+f\n"
            "  <m> (test.example.com): delivered 2027-01-15 08:00:00, 250 2.0.0, "
            f"transaction 1 of out/{FIRST}\n"
        )

    def test_not_all_of_it_was(self, mmcore, history):
        result = mmcore("delivered", "cris@example.com")
        assert result.exit_code == 1
        assert result.output == (
            "cris@example.com: 0 of 1 message delivered\n"
            "  <m> (test.example.com): failed 2027-01-15 08:00:00, 550 5.1.1 Nobody, "
            f"transaction 2 of out/{FIRST}\n"
        )

    def test_it_waits_for_the_next_attempt(self, mmcore, history):
        result = mmcore("delivered", "dora@example.com")
        assert result.exit_code == 1
        assert result.output.splitlines()[1] == (
            "  <m> (test.example.com): waiting in retry, next attempt 2027-01-15 09:00:00, "
            f"last reply 451 4.7.1 Greylisted, transaction 1 of out/{SECOND}"
        )

    def test_nothing_is_known(self, mmcore, history):
        result = mmcore("delivered", "elly@example.com")
        assert result.exit_code == 1
        assert result.output == "elly@example.com: nothing is known\n"

    def test_one_message(self, mmcore, history):
        result = mmcore("delivered", "-m", "m", ANNE)
        assert result.exit_code == 0
        assert result.output.startswith("anne@example.com: 1 of 1 message delivered\n  <m>")
        assert "not known" in mmcore("delivered", "-m", "<n>", "bart@example.com").output

    def test_one_list_or_one_time(self, mmcore, history):
        for spec in ("test@example.com", "test.example.com"):
            assert "2 of 2" in mmcore("delivered", "--list", spec, ANNE).output
        assert "nothing" in mmcore("delivered", "--list", "gone.example.com", ANNE).output
        assert "1 of 1" in mmcore("delivered", "--since", "2026-11-02", ANNE).output
        assert "1 of 1" in mmcore("delivered", "--until", "2026-11-02 00:00:00", ANNE).output

    def test_how_to_go_on(self, mmcore, history):
        told = []
        arguments = ["-n", "1", ANNE]
        while len(lines := mmcore("delivered", *arguments).output.splitlines()) == 3:
            assert lines[0] == "anne@example.com: 1 of 1 message delivered"
            told.append(lines[1].split()[0])
            said, place = lines[2].removesuffix(".").rsplit(" ", 1)
            assert said.startswith("Searched back to 2026-11-0")
            assert said.endswith(" 12:00:00 only; go on with --after")
            arguments[3:] = ["--after", place]
        assert told == ["<n>", "<m>"]
        assert lines == ["anne@example.com: nothing is known"]

    def test_in_doubt(self, mmcore, open_site):
        with open_site() as (_, site):
            delivered(site, FIRST, anne=State.IN_DOUBT)
        assert ": in doubt 20" in mmcore("delivered", ANNE).output


class TestMessage:
    def test_who_does_not_have_it(self, mmcore, history):
        result = mmcore("delivered", "--message-id", "m")
        assert result.exit_code == 1
        assert result.output == (
            "<m> on test.example.com: 2 of 4 delivered, 1 waiting, 1 failed\n"
            f"  attempt out/{FIRST}\n"
            f"  attempt out/{SECOND}\n"
            "  cris@example.com: failed 2027-01-15 08:00:00, 550 5.1.1 Nobody, "
            f"transaction 2 of out/{FIRST}\n"
            "  dora@example.com: waiting in retry, next attempt 2027-01-15 09:00:00, "
            f"last reply 451 4.7.1 Greylisted, transaction 1 of out/{SECOND}\n"
        )

    def test_many_are_only_counted(self, mmcore, history):
        lines = mmcore("delivered", "-m", "m", "-n", "1").output.splitlines()
        assert lines[-1] == "  and 1 more"

    def test_everybody_has_it(self, mmcore, history):
        result = mmcore("delivered", "-m", "n")
        assert result.exit_code == 0
        assert result.output == (
            "<n> on test.example.com: 1 of 1 delivered\n  attempt out/3.5+f\n"
        )

    def test_before_it_is_known_who_gets_it(self, mmcore, open_site):
        with open_site() as (engine, site):
            engine.mailroom(site).enqueue("in", message("Message-ID: <new>\n\nHello.\n"))
        result = mmcore("delivered", "-m", "new")
        assert result.exit_code == 1
        assert result.output == "<new>: on its way, in the queue in\n"

    def test_nothing_is_known(self, mmcore, history):
        result = mmcore("delivered", "-m", "nope")
        assert result.exit_code == 1
        assert result.output == "<nope>: nothing is known\n"


class TestJSON:
    def test_of_an_address(self, mmcore, history):
        found = json.loads(mmcore("delivered", "--json", "bart@example.com").output)
        assert found["complete"] is True
        [entry] = found["entries"]
        assert (entry["state"], entry["code"], entry["attempt"]) == ("delivered", 250, 2)
        assert [fate["state"] for fate in entry["attempts"]] == ["deferred", "delivered"]

    def test_it_has_the_words_of_the_rest_api(self, mmcore, history):
        [entry] = json.loads(mmcore("delivered", "--json", "dora@example.com").output)["entries"]
        assert entry["next_attempt"] == "2027-01-15T09:00:00"
        assert entry["time"] == "2027-01-15T08:00:00"
        assert (entry["transaction"], entry["delivery"]) == (1, SECOND)
        api = SimpleNamespace(url=str)
        shown = show_status(api, Status(Fate("<m>", "test.example.com", ANNE)), True)
        assert set(entry) == set(shown) - {"delivery_link"}

    def test_of_a_message(self, mmcore, history):
        [found] = json.loads(mmcore("delivered", "--json", "-m", "m").output)
        assert found["list_id"] == "test.example.com"
        assert found["states"] == {"delivered": 2, "failed": 1, "waiting": 1}
        assert found["deliveries"] == [FIRST, SECOND]
        assert [entry["email"] for entry in found["undelivered"]] == [
            "cris@example.com", "dora@example.com",
        ]  # fmt: skip


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("--list", "test@example.com"),
            ("nobody",),
            ("--list", "nope@example.com", ANNE),
            ("--since", "2026-01-01", "-m", "m", ANNE),
            ("--after", "5.0", "-m", "m", ANNE),
            ("--after", "nowhere", ANNE),
            ("--since", "yesterday", ANNE),
            ("-n", "0", ANNE),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, mmcore, history, arguments):
        assert mmcore("delivered", *arguments).exit_code == 2

    def test_a_search_without_time_says_so(self, mmcore, history, monkeypatch):
        monkeypatch.setattr(module, "SECONDS", 0.0)
        assert "no time to look into all queues" in mmcore("delivered", ANNE).output
        assert "no time to look into all queues" in mmcore("delivered", "-m", "m").output


def test_it_works_on_a_site_on_disk(mmcore):
    result = mmcore("delivered", ANNE)
    assert result.exit_code == 1
    assert result.output == "anne@example.com: nothing is known\n"
