"""The examples of `docs/archivers.md`: settings, and an archiver that keeps its word."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from mmcore.app import compose
from mmcore.config import load
from tests.support.engine import ROOT

PAGE = (ROOT / "docs" / "archivers.md").read_text(encoding="utf-8")


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class TestArchivers:
    def test_the_settings_can_be_used(self, tmp_path, monkeypatch):
        module, _tests = blocks("python")
        (tmp_path / "shelf.py").write_text(module)
        monkeypatch.syspath_prepend(str(tmp_path))
        kitty = next(block for block in blocks("ini") if block.startswith("[general]"))
        for name in ("hyperkitty.ini", "old-kitty.ini"):
            (tmp_path / name).write_text(kitty)
        sections = [block for block in blocks("ini") if not block.startswith("[general]")]
        (tmp_path / "test.ini").write_text("[paths]\nvar_dir = v\n" + "\n".join(sections))
        settings = load(tmp_path / "test.ini")
        settings.ensure_dirs()
        engine = compose(settings, "test")
        enabled = {name for name, each in engine.archivers.items() if each.is_enabled}
        assert enabled == {"mbox", "hyperkitty", "old-kitty", "shelf"}
        engine.close()

    def test_the_archiver_passes_its_tests(self, tmp_path):
        module, tests = blocks("python")
        (tmp_path / "shelf.py").write_text(module)
        (tmp_path / "test_shelf.py").write_text(tests)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shelf.py"],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        assert int(re.search(r"(\d+) passed", done.stdout)[1]) == 8

    @pytest.mark.parametrize(
        "word", ["prototype", "mbox", "mhonarc", "mail-archive", "hyperkitty"]
    )
    def test_every_archiver_is_in_the_table(self, engine, word):
        assert sorted(engine.archivers) == [
            "hyperkitty",
            "mail-archive",
            "mbox",
            "mhonarc",
            "prototype",
        ]
        assert f"\n| `{word}` | " in PAGE
