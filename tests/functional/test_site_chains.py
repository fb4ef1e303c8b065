"""Chains of a site, in the processes of an engine: the example of docs/rules-and-chains.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcore.app import opened
from mmcore.config import load
from tests.support.engine import ROOT, RunningEngine, until

PAGE = ROOT / "docs" / "rules-and-chains.md"
AUTHOR = "anne@example.org"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """An engine with the package of the page, and a list of its style."""
    directory = Path(tmp_path_factory.mktemp("d"))
    page = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (directory / "ours.py").write_text(code)
    engine = RunningEngine(directory)
    engine.environment["PYTHONPATH"] = str(directory)
    (ini,) = re.findall(r"^```ini\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    engine.config.write_text(f"{engine.config.read_text()}\n{ini}")
    engine.start()
    engine.create_list("plain@example.com", [AUTHOR])
    status, _ = engine.rest(
        "POST", "/lists", fqdn_listname="careful@example.com", style_name="careful"
    )
    assert status == 201
    with pytest.MonkeyPatch.context() as patch:
        # For what looks into its database.
        patch.setattr(sys, "path", [*sys.path, str(directory)])
        yield engine
    engine.stop()


@pytest.fixture
def post(engine):
    """Post to a list: post(list name, subject, more fields)."""

    def post(name, subject, fields="", text="Hello."):
        address = f"{name}@example.com"
        head = f"From: {AUTHOR}\nTo: {address}\nSubject: {subject}\n"
        message_id = f"Message-ID: <{subject}.{name}@example.org>\n"
        assert engine.post(AUTHOR, [address], f"{head}{message_id}{fields}\n{text}\n") == {}

    return post


def held(engine, name):
    answer = engine.rest("GET", f"/lists/{name}.example.com/held")[1]
    return [entry["reason"] for entry in answer.get("entries", ())]


class TestSiteChains:
    def test_every_process_knows_them(self, engine):
        chains = engine.rest("GET", "/system/chains")[1]["chains"]
        assert "quarantine" in chains
        assert chains == sorted(chains)

    def test_the_runner_walks_the_list_s_own(self, engine, post):
        post("careful", "", text="No subject.")
        until(lambda: len(held(engine, "careful")) == 1)
        assert held(engine, "careful") == ["The subject is missing"]
        post("careful", "large", text="x" * 60_000)
        until(lambda: "DISCARD: <large.careful@example.org>" in engine.log())
        # What it does not decide goes the usual way.
        post("careful", "stranger")
        until(lambda: len(held(engine, "careful")) == 2)
        assert "not from a list member" in held(engine, "careful")[1]

    def test_what_a_chain_adds_to_others_holds_in_all_lists(self, engine, post):
        post("plain", "spam", "X-Spam-Flag: YES\n")
        until(lambda: len(held(engine, "plain")) == 1)
        assert "X-Spam-Flag: YES" in held(engine, "plain")[0]
        assert "HOLD: plain@example.com post from anne@example.org held" in engine.log()

    def test_a_header_match_can_lead_there(self, engine, post):
        with opened(load(engine.config)) as (_engine, site):
            matches = site.lists.get("plain.example.com").header_matches
            matches.append("x-suspect", "yes", chain="quarantine")
        post("plain", "suspect", "X-Suspect: yes\n", "x" * 60_000)
        until(lambda: "DISCARD: <suspect.plain@example.org>" in engine.log())
