"""`mmcore aliases`."""

from __future__ import annotations

import fcntl

import pytest

from mmcore.app import opened
from mmcore.config import load
from mmcore.services.lists import create_list


@pytest.fixture
def data(ini):
    """The directory of a site with a list, whose mail server is Postfix."""
    ini.write_text(ini.read_text().replace("[mta]\n", "[mta]\nincoming = postfix\n"))
    settings = load(ini)
    with opened(settings) as (engine, site):
        site.domains.add("example.com")
        create_list(engine, site, "ant@example.com")
    return settings.paths.data_dir


class TestAliases:
    def test_a_list_that_a_command_creates_is_told_at_once(self, data):
        assert "ant-request@example.com" in (data / "postfix_lmtp").read_text()

    def test_it_prints_what_it_has_mended(self, mmcore, data):
        whole = (data / "postfix_lmtp").read_bytes()
        (data / "postfix_lmtp").write_text("damaged\n")
        (data / "postfix_domains").unlink()
        result = mmcore("aliases")
        assert result.exit_code == 0
        assert result.output == f"{data}/postfix_lmtp\n{data}/postfix_domains\n"
        assert (data / "postfix_lmtp").read_bytes() == whole
        result = mmcore("aliases")
        assert (result.exit_code, result.output) == (
            0, "nothing has to be changed ([mta] incoming = postfix)\n",
        )  # fmt: skip

    def test_it_can_write_elsewhere(self, mmcore, data, tmp_path):
        result = mmcore("aliases", "--directory", str(tmp_path))
        assert result.output == f"{tmp_path}/postfix_lmtp\n{tmp_path}/postfix_domains\n"
        assert (tmp_path / "postfix_lmtp").read_bytes() == (data / "postfix_lmtp").read_bytes()

    @pytest.mark.parametrize("name", ["missing", "file"])
    def test_elsewhere_has_to_be_a_directory(self, mmcore, data, tmp_path, name):
        (tmp_path / "file").touch()
        result = mmcore("aliases", "-d", str(tmp_path / name))
        assert result.exit_code == 2
        assert "Directory" in result.output

    def test_what_goes_wrong_is_an_error(self, ini, mmcore, data, monkeypatch):
        monkeypatch.setattr("mmcore.incoming.base.PATIENCE", 0.01)
        with (load(ini).paths.lock_dir / "mta").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = mmcore("aliases")
        assert result.exit_code == 1
        assert "another process holds the lock" in result.output

    def test_where_nobody_is_told_there_is_nothing_to_do(self, mmcore):
        result = mmcore("aliases")
        assert (result.exit_code, result.output) == (
            0, "nobody is told of lists ([mta] incoming = null)\n",
        )  # fmt: skip
