"""`docs/rest/`: examples that run, for every method of every resource; tables that are true."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from resources.lists.config_schema import READ_ONLY, TEMPLATES, WRITABLE
from tests.support.engine import ROOT
from tests.support.record import START, recorded
from tests.support.rest_map import ROWS, Row
from tests.support.served import Served
from tests.support.walkthrough import Clone, section, steps

FOLDER = ROOT / "docs" / "rest"
PAGES = sorted(FOLDER.glob("*.md"))
NAMES = [page.stem for page in PAGES]
CURL = "curl -s -u restadmin:restpass http://127.0.0.1:8001/3.1"
#: What ends a command of a shell.
ENDS = ";|&()<>\n"


def text(name: str) -> str:
    """A page."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def table(name: str, heading: str, columns: int) -> list[list[str]]:
    """The rows, without the first, of the tables with so many columns below a heading."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" |")]
        for line in section(text(name), heading).splitlines()
        if line.startswith("| ") and not line.startswith("|---")
    ]
    return [row for row in rows if len(row) == columns]


def calls(commands: str) -> Iterator[tuple[str, str]]:
    """(method, path below the version) of every call of curl in some commands."""
    lexer = shlex.shlex(commands.replace("\\\n", " "), posix=True, punctuation_chars=ENDS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words = list(lexer)
    for start in (number for number, word in enumerate(words) if word == "curl"):
        call = list(itertools.takewhile(lambda word: not set(word) <= set(ENDS), words[start:]))
        sends = any(word.startswith(("-d", "--data")) for word in call)
        method = "POST" if sends else "HEAD" if "-I" in call else "GET"
        if "-X" in call:
            method = call[call.index("-X") + 1]
        for word in call:
            found = re.match(r"/3\.[01]/(.*)", urlsplit(word).path) if "://" in word else None
            if found:
                yield method, found[1]


def row_of(path: str) -> Row | None:
    """The resource that a path leads to: fixed names go before others."""

    def fits(row: Row) -> bool:
        pattern = re.sub(r"\{role\}", "(?:member|owner|moderator|nonmember)", row.path)
        pattern = re.sub(r"\{\w+\}", "[^/]+", pattern)
        return re.fullmatch(pattern, path) is not None

    return min(filter(fits, ROWS), key=lambda row: row.path.count("{"), default=None)


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with a short name: unix sockets need that."""
    return Path(tmp_path_factory.mktemp("d"))


@pytest.fixture
def served(directory: Path) -> Iterator[Served]:
    """The API of an empty site."""
    served = Served(directory)
    yield served
    served.stop()


class TestPages:
    @pytest.mark.parametrize("name", NAMES)
    def test_examples_print_what_the_page_says(self, directory, name):
        """Each page on an engine of its own: a whole one if the page starts it."""
        found = steps(text(name))
        assert found
        if any(step.commands == START for step in found):
            place = Clone(directory)
        else:
            place = Served(directory)
        try:
            for step in found:
                if step.commands == START:
                    place.start(step.commands)
                else:
                    place.try_out(step)
            if isinstance(place, Served):
                assert place.problems() == []
        finally:
            place.stop()

    def test_all_are_in_the_index(self):
        index = text("README")
        for name in set(NAMES) - {"README"}:
            assert f"]({name}.md)" in index, name


class TestMap:
    def test_it_has_every_resource_with_its_methods(self):
        shown = {
            (cells[0], cells[1], "(3.1)" in cells[2])
            for cells in table("README", "All resources", 3)
        }
        expected = {(f"`/{row.path}`", row.allow, row.versions == ("3.1",)) for row in ROWS}
        assert shown - {("URL", "Methods", False)} == expected

    def test_every_url_of_the_code_is_among_them(self):
        """Each segment says its URL in its docstring, unless it only leads to others."""
        declared = set()
        for path in sorted((ROOT / "resources").rglob("*.py")):
            for url, rest in re.findall(
                r'^    """`([a-z][^`]*)`(.*)$', path.read_text(encoding="utf-8"), re.MULTILINE
            ):
                if "only a way" not in rest:
                    declared.add(re.sub(r"{\w+}", "{}", url))
        shown = {re.sub(r"{\w+}", "{}", row.path) for row in ROWS}
        # One segment in the code for several resources, or none of its own.
        shared = {f"{name}/{{}}/preferences" for name in ("addresses", "members", "users")}
        shared |= {"lists/{}/bans/{}", "domains/{}/uris/{}", "lists/{}/uris/{}"}
        shared |= {"reserved/reset", "reserved/uids/orphans"}
        assert declared - {"reserved"} == shown - shared

    def test_every_method_of_every_resource_has_an_example(self):
        shown = {
            (row.path, method)
            for name in NAMES
            for step in steps(text(name))
            for method, path in calls(step.commands)
            if (row := row_of(path)) is not None
        }
        wanted = {(row.path, method) for row in ROWS for method in row.methods}
        assert sorted(wanted - shown) == []

    def test_tables_of_the_pages_say_the_same(self):
        methods = {row.path: row.allow for row in ROWS}
        for name in set(NAMES) - {"README"}:
            for path, allow in re.findall(
                r"^\| `/([^`]*)` \| ([A-Z, ]+?) \|", text(name), re.MULTILINE
            ):
                assert methods[path] == allow, (name, path)


class TestSettings:
    def test_the_table_has_all_of_a_list_with_their_defaults(self, served):
        served.type(f"{CURL}/domains -d mail_host=example.com")
        served.type(f"{CURL}/lists -d fqdn_listname=ant@example.com")
        config = json.loads(served.type(f"{CURL}/lists/ant.example.com/config"))
        # Up to the head of the next table, which is about styles.
        rows = takewhile(
            lambda row: row[0] != "Setting", table("list-config", "The settings", 4)[1:]
        )
        shown = {row[0].strip("| `"): json.loads(row[2].strip("`")) for row in rows}
        assert shown == {name: config[name] for name in WRITABLE}

    def test_what_can_only_be_read_and_the_templates_are_named(self):
        assert set(READ_ONLY) <= set(
            re.findall(r"`(\w+)`", section(text("list-config"), "Only read"))
        )
        shown = dict(row for row in table("list-config", "Under API 3.0", 2)[1:])
        assert {name.strip("| `"): value.strip("` ") for name, value in shown.items()} == TEMPLATES


class TestPolicies:
    """The tables of the page about joining and leaving, row by row."""

    JOINING = table("subscribing", "What it takes", 5)[1:]
    LEAVING = table("subscribing", "Leaving", 4)[1:]
    POLICIES = ("open", "confirm", "moderate", "confirm_then_moderate")

    @pytest.fixture
    def call(self, served):
        """call(method, path, **parameters) -> (status, body as text)."""

        def call(method: str, path: str, **parameters: str) -> tuple[str, str]:
            data = " ".join(f"-d {name}={value}" for name, value in parameters.items())
            done = served.type(rf"{CURL}{path} -w '\n%{{http_code}}' -X {method} {data}")
            body, _, status = done.rpartition("\n")
            return status, body

        call("POST", "/domains", mail_host="example.com")
        call("POST", "/lists", fqdn_listname="ant@example.com")
        return call

    def cases(self, rows: list[list[str]]) -> Iterator[tuple[str, list[str], str]]:
        """(policy, flags, answer); a dash stands for both."""
        for policy, *flags, answer in rows:
            names = self.POLICIES if policy.strip("| `") == "any" else (policy.strip("| `"),)
            choices = [("yes", "no") if flag == "–" else (flag,) for flag in flags]
            for name in names:
                for chosen in itertools.product(*choices):
                    yield name, list(chosen), answer.strip("| ")

    def check(self, answered: tuple[str, str], answer: str) -> None:
        status, _, owner = answer.replace("`", "").partition(" ")
        assert answered[0] == status
        assert not owner or json.loads(answered[1])["token_owner"] == owner

    def test_joining(self, call):
        assert len(self.JOINING) == 9
        for number, (policy, flags, answer) in enumerate(self.cases(self.JOINING)):
            call("PATCH", "/lists/ant.example.com/config", subscription_policy=policy)
            names = ("pre_verified", "pre_confirmed", "pre_approved")
            email = f"p{number}@example.com"
            new = dict(zip(names, flags, strict=True))
            answered = call("POST", "/members", list_id="ant.example.com", subscriber=email, **new)
            self.check(answered, answer)

    def test_leaving(self, call):
        assert len(self.LEAVING) == 7
        flags = dict.fromkeys(("pre_verified", "pre_confirmed", "pre_approved"), "yes")
        for number, (policy, chosen, answer) in enumerate(self.cases(self.LEAVING)):
            call("PATCH", "/lists/ant.example.com/config", unsubscription_policy=policy)
            email = f"p{number}@example.com"
            call("POST", "/members", list_id="ant.example.com", subscriber=email, **flags)
            given = dict(zip(("pre_confirmed", "pre_approved"), chosen, strict=True))
            answered = call("DELETE", f"/lists/ant.example.com/member/{email}", **given)
            self.check(answered, answer)


class TestCalls:
    """How the examples are read: it has to notice something."""

    def test_methods_and_paths_are_found(self):
        commands = (
            "for x in a b; do\n    curl -s http://h:1/3.1/lists \\\n        -d 'a=b c'\ndone\n"
            "curl -X PUT http://h:1/3.0/users/x?y=z | cat; curl -I http://h/3.1/system\n"
        )
        assert list(calls(commands)) == [
            ("POST", "lists"), ("PUT", "users/x"), ("HEAD", "system"),
        ]  # fmt: skip

    def test_paths_lead_to_the_nearest_resource(self):
        assert row_of("lists/find").path == "lists/find"
        assert row_of("lists/a.b/owner/x@y.z").path == "lists/{list}/{role}/{email}"
        assert row_of("lists/a.b/held/count").path == "lists/{list}/held/count"
        assert row_of("plugins/census") is None


class TestRecord:
    def test_outputs_that_are_no_longer_right_are_replaced_and_no_others(self, served):
        page = text("reserved")
        assert recorded(served, page) == page
        assert recorded(served, page.replace('"404 Not Found"}', '"404 Gone"}')) == page

    def test_ids_are_still_those_of_the_page(self, served):
        page = text("requests")
        old = page.replace('"token_owner": "subscriber",', '"owner": "subscriber",')
        dates = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+")
        assert dates.sub("", recorded(served, old)) == dates.sub("", page)
