"""The public pages of a whole engine: what mail programs do with the copies of a post."""

from __future__ import annotations

import email
import http.client
import re
from urllib.parse import urlsplit

import pytest

from tests.support.engine import until
from tests.support.lists import List
from tests.support.ports import free_port

PORT = free_port()
SETTINGS = {
    "public": {"url": f"http://127.0.0.1:{PORT}", "port": PORT},
    "runner.public": {"start": "yes"},
}


def ask(method: str, uri: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """A request to the pages, each on a connection of its own."""
    parts = urlsplit(uri)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, parts.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def click(uri: str) -> int:
    """What a mail program does when its button is pressed; returns the status."""
    kind = "application/x-www-form-urlencoded"
    return ask("POST", uri, b"List-Unsubscribe=One-Click", **{"Content-Type": kind})[0]


@pytest.fixture
def personal(engine):
    """A list with copies for each of its three members alone."""
    until(lambda: answers(f"http://127.0.0.1:{PORT}/"), what=engine.log())
    mlist = List(engine, 3)
    mlist.config(personalize="individual", send_goodbye_message="no")
    return mlist


def answers(uri: str) -> bool:
    try:
        return ask("GET", uri)[0] == 404
    except OSError:
        return False


def uris(mlist, smarthost) -> dict[str, str]:
    """The URI in the copy of each member, after a post."""
    mlist.post()
    until(lambda: mlist.copies(smarthost) == mlist.once_each(), what=mlist.engine.log()[-3000:])
    found = {}
    for caught in smarthost.transactions:
        [recipient] = caught.recipients
        msg = email.message_from_bytes(caught.content)
        assert msg["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        found[recipient] = re.search(r"<(http[^>]+)>", msg["list-unsubscribe"])[1]
    return found


class TestOneClick:
    def test_the_uri_of_a_copy_unsubscribes_its_member_and_nobody_else(
        self, engine, personal, smarthost
    ):
        links = uris(personal, smarthost)
        assert len(set(links.values())) == 3
        leaving, *others = personal.members
        for method in ("GET", "HEAD", "OPTIONS"):
            assert ask(method, links[leaving])[0] in (200, 204)
        assert engine.rest("GET", f"/lists/{personal.list_id}")[1]["member_count"] == 3
        assert click(links[leaving]) == 200
        roster = engine.rest("GET", f"/lists/{personal.list_id}/roster/member")[1]["entries"]
        assert {entry["email"] for entry in roster} == set(others)
        # Once more, as impatient people do.
        assert click(links[leaving]) == 200
        personal.members = others
        personal.post("Again", others[0])
        until(lambda: personal.copies(smarthost)[others[0]] == 2, what=engine.log()[-3000:])
        assert personal.copies(smarthost)[leaving] == 1

    def test_what_is_more_than_a_click_is_not_read(self, personal, smarthost):
        uri = next(iter(uris(personal, smarthost).values()))
        assert ask("POST", uri, b"x" * 20_000)[0] == 413

    def test_no_log_knows_a_token(self, engine, personal, smarthost):
        uri = next(iter(uris(personal, smarthost).values()))
        click(uri)
        log = engine.log()
        assert "by one click, from 127.0.0.1" in log
        assert uri.rpartition(".")[2] not in log
