"""The archiver `mbox`: a file for each list and month."""

from __future__ import annotations

import fcntl
import mailbox
import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.archivers import mbox_file
from mmcore.archivers.mbox_file import MboxFile, as_mbox
from mmcore.interfaces.archiver import ArchiverUnavailableError
from mmcore.message.message import Message
from mmcore.testing.archivers import RECEIVED, ArchiverContract, post
from tests.mmcore.archivers.test_prototype import in_the_way


def folder(engine, mlist):
    return engine.settings.paths.archive_dir / "mbox" / mlist.posting_address


class TestMbox(ArchiverContract):
    name = "mbox"

    def archived(self, engine, mlist):
        box = mailbox.mbox(folder(engine, mlist) / "2026-03.mbox", create=False)
        found = [msg["message-id"] for msg in box]
        box.close()
        return found

    def out_of_order(self, engine):
        return in_the_way(engine.settings.paths.archive_dir / "mbox")

    def test_the_file_is_an_mbox(self, archiver, engine, mlist):
        self.give(archiver, mlist, post("a@example.com", "From here\r\n>From there\r\nFromage"))
        self.give(archiver, mlist, post("b@example.com", "no line end"))
        text = (folder(engine, mlist) / "2026-03.mbox").read_text()
        assert text.startswith("From anne@example.com Sat Mar 14 15:09:26 2026\nFrom: Anne")
        assert "\n\n>From here\n>>From there\nFromage\n\nFrom anne@example.com Sat " in text
        assert text.endswith("\nno line end\n\n")

    def test_each_month_has_a_file(self, archiver, engine, mlist):
        for month in (1, 2, 12):
            msg = post(f"{month}@example.com")
            msg.received_time = datetime(2026, month, 28)
            archiver.archive_message(mlist, msg)
        names = [name for name in os.listdir(folder(engine, mlist)) if name.endswith(".mbox")]
        assert sorted(names) == ["2026-01.mbox", "2026-02.mbox", "2026-12.mbox"]

    def test_without_a_time_it_is_that_of_now(self, archiver, engine, mlist):
        archiver.archive_message(mlist, post("a@example.com"))
        (name,) = [name for name in os.listdir(folder(engine, mlist)) if name.endswith(".mbox")]
        assert re.fullmatch(r"\d{4}-\d\d\.mbox", name)

    def test_there_are_no_urls(self, archiver, mlist):
        assert archiver.list_url(mlist) is None
        assert archiver.permalink(mlist, post("a@example.com")) is None

    def test_what_a_mail_reader_has_changed_is_not_touched(self, archiver, engine, mlist):
        self.give(archiver, mlist, post("a@example.com"))
        path = folder(engine, mlist) / "2026-03.mbox"
        path.write_text(path.read_text().replace("Subject", "Status: RO\nSubject"))
        before = path.read_text()
        self.give(archiver, mlist, post("a@example.com"))
        assert path.read_text() == before
        self.give(archiver, mlist, post("b@example.com"))
        assert path.read_text().startswith(before)
        assert self.archived(engine, mlist) == ["<a@example.com>", "<b@example.com>"]

    def test_a_reader_that_locks_it_is_not_waited_for_without_end(
        self, archiver, engine, mlist, monkeypatch
    ):
        monkeypatch.setattr(mbox_file, "LOCK_SECONDS", 0.05)
        self.give(archiver, mlist, post("a@example.com"))
        path = folder(engine, mlist) / "2026-03.mbox"
        # Locks are those of a process.
        code = (
            "import fcntl, sys; file = open(sys.argv[1], 'r+');"
            " fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as reader:
            reader.stdout.readline()
            with pytest.raises(ArchiverUnavailableError, match="locked by another"):
                self.give(archiver, mlist, post("b@example.com"))
        self.give(archiver, mlist, post("b@example.com"))
        assert self.archived(engine, mlist) == ["<a@example.com>", "<b@example.com>"]

    def test_another_process_may_have_appended(self, archiver, engine, mlist):
        self.give(archiver, mlist, post("a@example.com"))
        other = type(archiver)(engine, "mbox")
        self.give(other, mlist, post("b@example.com"))
        self.give(archiver, mlist, post("b@example.com"))
        self.give(archiver, mlist, post("c@example.com"))
        assert self.archived(engine, mlist) == [f"<{x}@example.com>" for x in "abc"]

    def test_a_file_that_was_taken_away_begins_anew(self, archiver, engine, mlist):
        self.give(archiver, mlist, post("a@example.com"))
        for name in os.listdir(folder(engine, mlist)):
            (folder(engine, mlist) / name).unlink()
        self.give(archiver, mlist, post("a@example.com"))
        assert self.archived(engine, mlist) == ["<a@example.com>"]

    def test_many_months_do_not_fill_the_memory(self, archiver, engine, mlist):
        for number in range(520):
            msg = post("a@example.com")
            msg.received_time = datetime(1900 + number, 1, 1)
            archiver.archive_message(mlist, msg)
        assert len(archiver._files) <= 500


class TestPublished(ArchiverContract):
    """With a `base_url`."""

    name = "mbox"
    archived = TestMbox.archived
    out_of_order = TestMbox.out_of_order

    @pytest.fixture
    def options(self):
        return {"base_url": "https://example.com/mbox"}

    def test_lists_have_a_url(self, archiver, mlist):
        assert archiver.list_url(mlist) == "https://example.com/mbox/ant%40example.com/"


class TestCrashes:
    """What is there of a file after a crash at any point."""

    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "list" / "2026-03.mbox"

    def whole(self, path):
        file = MboxFile(path)
        for key, data in (("a", b"From a\n\none\n\n"), ("b", b"From b\n\ntwo\n\n")):
            file.append(key, data)
        return path.read_bytes(), file._marks_path.read_bytes()

    def test_everything_comes_once_wherever_it_was_cut_off(self, path):
        data, marks = self.whole(path)
        marks_path = path.with_name(".2026-03.marks")
        announced = marks.rindex(b"+")
        begun = len(data) // 2
        # The announcement is torn; it is whole and the message is not; all but the last mark.
        cuts = [(begun, cut) for cut in range(announced, marks.rindex(b"="))]
        cuts += [(cut, marks.rindex(b"=")) for cut in range(begun, len(data) + 1)]
        cuts += [(len(data), cut) for cut in range(marks.rindex(b"="), len(marks) + 1)]
        for data_cut, marks_cut in cuts:
            for again in ("b", "c"):
                path.write_bytes(data[:data_cut])
                marks_path.write_bytes(marks[:marks_cut])
                file = MboxFile(path)
                if again == "c":
                    file.append("c", b"From c\n\nthree\n\n")
                for key, text in (("a", b"x"), ("b", b"From b\n\ntwo\n\n")):
                    file.append(key, text)
                found = re.findall(rb"^From (.)", path.read_bytes(), re.MULTILINE)
                expected = [b"a", b"b"] if again == "b" else [b"a", b"b", b"c"]
                assert sorted(found) == expected, (data_cut, marks_cut)
                assert path.read_bytes().endswith(b"\n\n")

    def test_a_full_disk_leaves_nothing_behind(self, path, monkeypatch):
        self.whole(path)
        before = path.read_bytes()
        real = os.write

        def full(file, data):
            if bytes(data).startswith(b"From c"):
                real(file, bytes(data)[:5])
                raise OSError(28, "No space left on device")
            return real(file, data)

        file = MboxFile(path)
        with monkeypatch.context() as patch:
            patch.setattr("mmcore.archivers.mbox_file.os.write", full)
            with pytest.raises(OSError, match="No space"):
                file.append("c", b"From c\n\n\n")
        assert path.read_bytes() == before
        file.append("c", b"From c\n\n\n")
        assert path.read_bytes() == before + b"From c\n\n\n"

    def test_it_is_open_for_readers_while_it_is_written(self, path):
        self.whole(path)
        with path.open("rb") as reader:
            fcntl.lockf(reader, fcntl.LOCK_SH | fcntl.LOCK_NB)


class TestFormat:
    @given(st.binary(max_size=300), st.sampled_from([b"", b"From: a@b\r\n\r\nFrom x\r\n>>From "]))
    def test_what_was_quoted_can_be_read_back(self, data, beginning):
        msg = Message.parse(beginning + data)
        text = as_mbox(msg, RECEIVED)
        line, _, rest = text.partition(b"\n")
        assert line.startswith(b"From ")
        assert rest.endswith(b"\n\n")
        assert not re.search(rb"^From ", rest, re.MULTILINE)
        back = re.sub(rb"^>(>*From )", rb"\1", rest[:-1], flags=re.MULTILINE)
        sent = msg.as_bytes()
        if sent.startswith(b"From "):
            sent = sent.partition(b"\n")[2]
        sent = sent.replace(b"\r\n", b"\n")
        assert back in (sent, sent + b"\n")

    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.binary(max_size=30)), max_size=12))
    def test_keys_come_once(self, items):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "x.mbox"
            expected = {}
            for number, (key, data) in enumerate(items):
                # Sometimes another process.
                if number % 3 == 0:
                    file = MboxFile(path)
                file.append(key, data)
                expected.setdefault(key, data)
            assert (path.read_bytes() if items else b"") == b"".join(expected.values())
