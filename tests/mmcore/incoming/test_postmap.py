"""Maps that are compiled."""

from __future__ import annotations

import os

import pytest

from mmcore.interfaces.incoming import MailServerError


def script(path, text):
    """An executable that stands for postmap; `$2` is the file, `$1` its kind."""
    path.write_text(
        '#!/bin/sh\necho "$1" >> "$0.calls"\nkind="${1%%:*}" file="${1#*:}"\n' + text + "\n"
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def postmap(tmp_path):
    """A postmap that copies the text."""
    return script(tmp_path / "postmap", 'cp "$file" "$file.db"; chmod 644 "$file.db"')


@pytest.fixture
def data(settings):
    return settings.paths.data_dir


class TestCompiledMaps:
    def test_each_text_is_compiled_under_another_name_and_then_moved(
        self, incoming, lists, postmap, data
    ):
        lists("ant@example.com")
        incoming("postfix", transport_file_type="hash", postmap_command=str(postmap)).regenerate()
        assert sorted(path.name for path in data.iterdir()) == [
            "postfix_domains", "postfix_domains.db", "postfix_lmtp", "postfix_lmtp.db",
        ]  # fmt: skip
        assert (data / "postfix_lmtp.db").read_bytes() == (data / "postfix_lmtp").read_bytes()
        calls = (postmap.parent / "postmap.calls").read_text().split()
        assert calls == [f"hash:{data}/postfix_lmtp.new", f"hash:{data}/postfix_domains.new"]

    def test_what_is_right_is_not_compiled_again(self, incoming, lists, postmap, data):
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        lists("ant@example.com")
        server.regenerate()
        lists("bee@example.com")
        assert [path.name for path in server.regenerate()] == ["postfix_lmtp"]
        assert len((postmap.parent / "postmap.calls").read_text().split()) == 3

    @pytest.mark.parametrize("loss", ["missing", "older"])
    def test_a_map_that_cannot_be_of_its_text_is_compiled_again(
        self, incoming, lists, postmap, data, loss
    ):
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        server.regenerate()
        if loss == "missing":
            (data / "postfix_domains.db").unlink()
        else:
            os.utime(data / "postfix_domains.db", (1, 1))
        assert [path.name for path in server.regenerate()] == ["postfix_domains"]
        assert server.regenerate() == []

    def test_lmdb_has_another_suffix(self, incoming, tmp_path, data):
        postmap = script(tmp_path / "postmap", 'cp "$file" "$file.lmdb"')
        server = incoming("postfix", transport_file_type="lmdb", postmap_command=str(postmap))
        server.regenerate()
        assert (data / "postfix_lmtp.lmdb").exists()
        assert server.regenerate() == []

    def test_a_map_that_is_not_needed_goes_with_its_text(
        self, incoming, lists, postmap, data, database
    ):
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        lists("a@shop.example.com", shop="lists.example.com")
        server.regenerate()
        assert (data / "postfix_vmap.db").exists()
        session = database.session()
        session.run(lambda site: setattr(site.domains["shop.example.com"], "alias_domain", ""))
        session.close()
        server.regenerate()
        assert not list(data.glob("postfix_vmap*"))


class TestFailures:
    def test_all_are_told_at_once_and_the_old_maps_stay(
        self, incoming, lists, postmap, data, tmp_path
    ):
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        lists("ant@example.com")
        server.regenerate()
        before = {path: path.read_bytes() for path in data.iterdir()}
        lists("bee@example.org")
        script(postmap, 'echo half > "$file.db"; echo "no space left" >&2; exit 1')
        with pytest.raises(MailServerError) as caught:
            server.regenerate()
        text = str(caught.value)
        for name in ("postfix_lmtp", "postfix_domains"):
            assert f"{postmap} hash:{data}/{name}.new failed with status 1: no space left" in text
        assert {path: path.read_bytes() for path in data.iterdir()} == before

    def test_one_that_fails_does_not_hold_up_the_others(self, incoming, lists, tmp_path, data):
        postmap = script(
            tmp_path / "postmap", 'case "$file" in *lmtp*) exit 3;; esac; cp "$file" "$file.db"'
        )
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        lists("ant@example.com")
        with pytest.raises(MailServerError, match=r"postfix_lmtp.*status 3"):
            server.regenerate()
        assert (data / "postfix_domains").read_text() == "example.com example.com\n"

    def test_a_command_that_is_not_there_is_named(self, incoming, tmp_path):
        server = incoming("postfix", transport_file_type="hash", postmap_command="/no/postmap")
        with pytest.raises(MailServerError, match=r"/no/postmap hash:.* cannot be run: No such"):
            server.regenerate()

    def test_one_that_hangs_is_given_up(self, incoming, tmp_path, monkeypatch):
        postmap = script(tmp_path / "postmap", "exec sleep 60")
        monkeypatch.setattr("mmcore.incoming.postmap.PATIENCE", 0.1)
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        with pytest.raises(MailServerError, match="took more than 0 seconds"):
            server.regenerate()

    def test_one_that_makes_nothing_is_found_out(self, incoming, tmp_path, data):
        postmap = script(tmp_path / "postmap", "exit 0")
        server = incoming("postfix", transport_file_type="hash", postmap_command=str(postmap))
        with pytest.raises(MailServerError, match=r"postfix_lmtp\.new\.db"):
            server.regenerate()
        assert not list(data.iterdir())
