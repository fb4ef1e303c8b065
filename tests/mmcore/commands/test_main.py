"""The group `mmcore`."""

import errno
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from mmcore import __version__
from mmcore.commands.main import command


class TestGroup:
    def test_every_file_is_a_subcommand_with_help(self, mmcore):
        text = mmcore("--help").output
        for name in ("start", "stop", "status", "conf", "qfile", "unshunt", "inject", "queues"):
            assert f"\n  {name} " in text
            assert mmcore(name, "--help").exit_code == 0

    def test_version(self, mmcore):
        assert mmcore("--version").output == f"mmcore, version {__version__}\n"
        assert mmcore("version").output == f"mmcore {__version__}\n"

    def test_unknown_subcommand_is_a_usage_error_with_the_nearest_name(self, mmcore):
        result = mmcore("unshnut")
        assert result.exit_code == 2
        assert "Did you mean 'unshunt'?" in result.stderr

    def test_unknown_option_is_a_usage_error(self, mmcore):
        assert mmcore("conf", "--sektion").exit_code == 2

    def test_error_of_ours_is_a_message_and_status_1(self, tmp_path):
        result = CliRunner().invoke(command, ["-C", str(tmp_path / "no.ini"), "conf"])
        assert result.exit_code == 1
        assert "cannot read" in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_file_of_somebody_else_is_a_message_and_status_1(self, mmcore, monkeypatch):
        read = Path.read_text

        def read_text(path, *arguments, **named):
            if path.name == "master.pid":
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return read(path, *arguments, **named)

        monkeypatch.setattr(Path, "read_text", read_text)
        result = mmcore("stop")
        assert result.exit_code == 1
        assert "master.pid: Permission denied; this has to run as" in result.stderr

    def test_runs_as_a_module(self, ini):
        done = subprocess.run(
            [sys.executable, "-m", "mmcore.commands.main", "-C", str(ini), "status"],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (0, "mmcore is not running\n")
