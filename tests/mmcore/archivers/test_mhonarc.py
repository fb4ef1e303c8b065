"""The archiver `mhonarc`: a command gets each message."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager

import pytest

from mmcore.app import compose
from mmcore.config import Settings
from mmcore.errors import ConfigurationError
from mmcore.interfaces.archiver import ArchiverUnavailableError
from mmcore.message.message import Message
from mmcore.testing.archivers import ArchiverContract, list_named, post
from tests.support.engine import gone, until

#: Keeps messages once, by their Message-ID, in a file for each list.
COMMAND = (
    'test ! -e "$archive_dir/broken" || { echo "cannot now" >&2; exit 3; };'
    ' id=$(sed -n "s/^Message-ID: *//p" | tr -d "\\r" | head -1);'
    ' file="$archive_dir/$fqdn_listname";'
    ' grep -qsxF -e "$id" -- "$file" || printf "%s\\n" "$id" >> "$file"'
)


class TestMHonArc(ArchiverContract):
    name = "mhonarc"

    @pytest.fixture
    def options(self):
        return {"base_url": "https://$hostname/$fqdn_listname", "command": COMMAND}

    def archived(self, engine, mlist):
        path = engine.settings.paths.archive_dir / mlist.posting_address
        return path.read_text().splitlines()

    @contextmanager
    def out_of_order(self, engine):
        path = engine.settings.paths.archive_dir / "broken"
        path.touch()
        yield
        path.unlink()

    def test_urls_have_the_name_of_the_list(self, archiver, mlist):
        assert archiver.list_url(mlist) == "https://example.com/ant%40example.com/"

    def test_permalinks_keep_the_whole_path(self, archiver, mlist):
        msg = Message.parse(b"Message-ID-Hash: MS6QLWERIJLG\r\n\r\n")
        expected = "https://example.com/ant%40example.com/MS6QLWERIJLG"
        assert archiver.permalink(mlist, msg) == expected
        assert archiver.permalink(mlist, Message.parse(b"\r\n\r\n")) is None

    def test_a_command_that_fails_is_an_error_with_its_words(self, archiver, engine, mlist):
        with (
            self.out_of_order(engine),
            pytest.raises(ArchiverUnavailableError, match="ended with status 3: cannot now"),
        ):
            self.give(archiver, mlist, post("a@example.com"))

    def test_the_command_gets_the_bytes_of_the_message(self, archiver, engine, mlist):
        archiver.options["command"] = 'cat > "$archive_dir/$listname@@$hostname"'
        msg = post("a@example.com", "From \xff\r\n" * 100_000)
        self.give(archiver, mlist, msg)
        path = engine.settings.paths.archive_dir / "ant@@example.com"
        assert path.read_bytes() == msg.as_bytes()

    def test_it_gets_all_of_them_whatever_becomes_of_us(self, archiver, engine, mlist):
        # A pipe would end with the process that writes into it.
        archiver.options["command"] = 'readlink /proc/self/fd/0 > "$archive_dir/stdin"'
        self.give(archiver, mlist, post("a@example.com"))
        path = engine.settings.paths.archive_dir / "stdin"
        assert path.read_text().startswith("/")

    def test_a_command_need_not_read_anything(self, archiver, mlist):
        archiver.options["command"] = "exit 0"
        assert self.give(archiver, mlist, post("a@example.com", "x\r\n" * 500_000)) is None

    def test_a_command_that_hangs_is_killed_with_its_children(self, archiver, engine, mlist):
        path = engine.settings.paths.archive_dir / "child"
        archiver.options |= {"command": f"sleep 60 & echo $! > {path}; sleep 60", "timeout": "0.2"}
        started = time.monotonic()
        with pytest.raises(ArchiverUnavailableError, match=r"longer than 0\.2 s"):
            self.give(archiver, mlist, post("a@example.com"))
        assert time.monotonic() - started < 30
        until(lambda: gone(int(path.read_text())))

    def test_the_name_of_a_list_is_no_command(self, archiver, engine):
        archiver.options["command"] = 'printf %s "$listname" > "$archive_dir/name"'
        for name in ("$(touch oops)", "`id`", "a;b", '"', "$HOME", "*"):
            self.give(archiver, list_named(f"{name}@example.com"), post("a@example.com"))
            assert (engine.settings.paths.archive_dir / "name").read_text() == name


class TestSettings:
    def composed(self, folder, text):
        path = folder / "mhonarc.ini"
        path.write_text(text)
        section = {"enable": "yes", "configuration": str(path)}
        settings = Settings.defaults(folder / "v", {"archiver.mhonarc": section})
        settings.ensure_dirs()
        return compose(settings, "test")

    def test_without_any_it_is_mhonarc_and_has_no_urls(self, tmp_path, mlist):
        engine = self.composed(tmp_path, "[general]\n")
        archiver = engine.archivers["mhonarc"]
        assert "/usr/bin/mhonarc" in archiver.options["command"]
        assert archiver.list_url(mlist) is None
        assert archiver.permalink(mlist, post("a@example.com")) is None
        engine.close()

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("[general]\ncommand =\n", r"\[archiver.mhonarc\] .* has command"),
            ("[general]\ntimeout = 600\n", "timeout = '600' is not a number of seconds up to 50"),
            ("[general]\ntimeout = soon\n", "timeout = 'soon' is not"),
            ("command = x\n", "no section headers"),
            ("[other]\n", "No section: 'general'"),
            ("[general]\ncommand = x\ncommand = y\n", "already exists"),
        ],
    )
    def test_wrong_ones_stop_the_start(self, tmp_path, text, problem):
        with pytest.raises(ConfigurationError, match=problem):
            self.composed(tmp_path, text)

    def test_a_file_that_is_not_there_stops_the_start(self, tmp_path):
        values = {"archiver.mhonarc": {"enable": "yes", "configuration": "nowhere.ini"}}
        problem = re.escape("nowhere.ini: No such file")
        with pytest.raises(ConfigurationError, match=problem):
            compose(Settings.defaults(tmp_path, values), "test")

    def test_a_file_that_is_no_text_stops_the_start(self, tmp_path):
        path = tmp_path / "x.ini"
        path.write_bytes(b"\xff\xfe")
        values = {"archiver.mhonarc": {"enable": "yes", "configuration": str(path)}}
        with pytest.raises(ConfigurationError, match="not a text in UTF-8"):
            compose(Settings.defaults(tmp_path, values), "test")

    def test_one_that_is_not_enabled_is_not_looked_at(self, tmp_path):
        values = {"archiver.mhonarc": {"configuration": "nowhere.ini"}}
        settings = Settings.defaults(tmp_path, values)
        settings.ensure_dirs()
        engine = compose(settings, "test")
        assert engine.archivers["mhonarc"].is_enabled is False
        engine.close()
