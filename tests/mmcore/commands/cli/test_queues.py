"""`mmcore queues`, `inject`, `qfile` and `unshunt`: they share a site on disk."""

import json
import subprocess
import sys
import time

import pytest

from mmcore.app import opened
from mmcore.config import load
from mmcore.interfaces.queue import QUEUE_NAMES
from tests.support.messages import message

POST = b"From: anne@example.com\nTo: ant@example.com\nSubject: Hello\n\nHello, all.\n"


@pytest.fixture
def site_on_disk(ini):
    """The settings of a site that has the list ant@example.com.

    Its database is served all the time: a command that has to do that itself
    is slower.
    """
    settings = load(ini)
    settings.ensure_dirs()
    server = subprocess.Popen(
        [sys.executable, "-m", "mmcore.commands.zeo", "-c", str(ini)], stdin=subprocess.PIPE
    )
    deadline = time.monotonic() + 20
    while not settings.database.zeo_socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    with opened(settings) as (_, site):
        site.domains.add("example.com")
        site.lists.add("ant@example.com")
    yield settings
    with server:
        server.stdin.close()


@pytest.fixture
def counts(mmcore):
    """Messages by queue, of the queues that are not empty."""

    def count():
        entries = json.loads(mmcore("queues", "--json").output)
        assert {entry["queue"] for entry in entries} == set(QUEUE_NAMES)
        return {entry["queue"]: entry["messages"] for entry in entries if entry["messages"]}

    return count


class TestQueues:
    def test_a_table_of_all_queues(self, mmcore, site_on_disk):
        mmcore("inject", "ant.example.com", "-q", "out", input=POST)
        lines = mmcore("queues").output.splitlines()
        assert lines[0].split() == ["queue", "messages", "oldest"]
        assert [line.split()[0] for line in lines[1:]] == sorted(QUEUE_NAMES)
        out = next(line.split() for line in lines if line.startswith("out"))
        assert out[1] == "1"
        assert out[2].startswith("20")

    def test_the_database_need_not_be_served(self, mmcore):
        assert mmcore("queues").exit_code == 0


class TestInject:
    def test_message_lands_in_the_queue_in(self, mmcore, site_on_disk, counts):
        result = mmcore("inject", "ant@example.com", input=POST)
        assert result.exit_code == 0, result.output
        assert counts() == {"in": 1}

    def test_what_every_message_has_is_added(self, mmcore, site_on_disk):
        name = mmcore("inject", "ant@example.com", "-m", "color=red", input=POST).output.strip()
        found = json.loads(mmcore("qfile", "--json", name).output)
        assert found["msgdata"]["listid"] == "ant.example.com"
        assert found["msgdata"]["original_size"] == len(POST)
        assert found["msgdata"]["color"] == "red"
        for field in ("Message-ID:", "Date:", "Message-ID-Hash:"):
            assert field in found["message"]

    def test_from_a_file(self, mmcore, site_on_disk, counts, tmp_path):
        (tmp_path / "post.eml").write_bytes(POST)
        mmcore("inject", "ant@example.com", "-f", str(tmp_path / "post.eml"), "-q", "virgin")
        assert counts() == {"virgin": 1}

    def test_show_prints_the_queues(self, mmcore):
        assert "    pipeline\n" in mmcore("inject", "--show").output

    @pytest.mark.parametrize(
        "arguments",
        [
            ("nobody@example.com",),
            ("ant@example.com", "-q", "zzz"),
            ("ant@example.com", "-m", "x"),
        ],
    )
    def test_usage_errors(self, mmcore, site_on_disk, arguments):
        assert mmcore("inject", *arguments, input=POST).exit_code == 2


class TestQfile:
    def test_metadata_and_message(self, mmcore, site_on_disk):
        name = mmcore("inject", "ant@example.com", input=POST).output.strip()
        text = mmcore("qfile", name.partition("+")[2][:10]).output
        assert f"in: {name}" in text
        assert "'listid': 'ant.example.com'" in text
        assert "Subject: Hello\n" in text

    def test_metadata_only(self, mmcore, site_on_disk):
        name = mmcore("inject", "ant@example.com", input=POST).output.strip()
        assert "Subject" not in mmcore("qfile", "-m", name).output

    def test_nothing_or_too_much_fits(self, mmcore, site_on_disk):
        for _ in range(2):
            mmcore("inject", "ant@example.com", input=POST)
        assert mmcore("qfile", "zzz").exit_code == 1
        assert "2 entries fit" in mmcore("qfile", "1").stderr
        assert mmcore("qfile", "-q", "zzz", "1").exit_code == 2


class TestUnshunt:
    @pytest.fixture
    def shunted(self, site_on_disk):
        """Two messages in the queue shunt, one of which says whence it came."""
        with opened(site_on_disk) as (engine, site):
            mailroom = engine.mailroom(site)
            data = {"listid": "ant.example.com", "shunt_error": "E"}
            mailroom.enqueue("shunt", message("Subject: 1\n\n1\n"), data, whichq="pipeline")
            mailroom.enqueue("shunt", message("Subject: 2\n\n2\n"), data)

    def test_back_to_where_they_came_from(self, mmcore, shunted, counts):
        assert counts() == {"shunt": 2}
        assert mmcore("unshunt").output == "2 messages unshunted\n"
        assert counts() == {"in": 1, "pipeline": 1}

    def test_what_the_runner_noted_is_forgotten(self, mmcore, shunted):
        mmcore("unshunt")
        text = mmcore("qfile", "-q", "pipeline", "").output
        assert "listid" in text
        assert "whichq" not in text
        assert "shunt_error" not in text

    def test_discard(self, mmcore, shunted, counts):
        assert mmcore("unshunt", "-d").output == "2 messages discarded\n"
        assert counts() == {}

    def test_what_cannot_be_moved_stays(self, mmcore, site_on_disk, shunted, counts):
        with opened(site_on_disk) as (engine, site):
            mailroom = engine.mailroom(site)
            mailroom.enqueue("shunt", message("Subject: 3\n\n3\n"), {"whichq": "gone"})
        result = mmcore("unshunt")
        assert result.exit_code == 1
        assert "1 could not be unshunted" in result.stderr
        assert counts() == {"in": 1, "pipeline": 1, "shunt": 1}
