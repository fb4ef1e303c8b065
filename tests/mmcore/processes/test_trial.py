"""The trial before a start: what keeps an engine from being built is said at once."""

import sys

import pytest

from mmcore.config import load
from mmcore.errors import ConfigurationError
from mmcore.processes import trial
from mmcore.processes.trial import try_to_build
from tests.support.ini import write_ini


@pytest.fixture
def settings_with(tmp_path_factory, monkeypatch):
    """Makes settings with more text in the ini file; there is a module `oddpart`."""
    folder = tmp_path_factory.mktemp("s")
    (folder / "oddpart.py").write_text(
        "import time\n"
        "def broken(engine):\n    raise RuntimeError('no such cupboard')\n"
        "def slow(engine):\n    time.sleep(60)\n"
    )
    monkeypatch.syspath_prepend(str(folder))

    def make(more=""):
        ini = write_ini(folder)
        ini.write_text(ini.read_text() + more)
        return load(ini)

    yield make
    sys.modules.pop("oddpart", None)


def test_what_can_be_built_passes(settings_with):
    try_to_build(settings_with())


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("[antispam]\njump_chain = nope\n", r"\[antispam\] jump_chain: no chain is named 'nope'"),
        ("[archiver.x]\nenable = yes\n", r"\[archiver.x\] there is no archiver 'x': set class"),
        ("[archiver.hyperkitty]\nenable = yes\n", r"\[archiver.hyperkitty\] configuration"),
    ],
)
def test_what_names_nothing_is_said(settings_with, more, problem):
    with pytest.raises(ConfigurationError, match=problem):
        try_to_build(settings_with(more))


def test_a_plugin_that_fails_stops_the_start(settings_with):
    more = "[plugin.odd]\nclass = oddpart.broken\nenabled = yes\n"
    with pytest.raises(ConfigurationError, match="a part of the site fails when it is built"):
        try_to_build(settings_with(more))


def test_a_slow_plugin_does_not_keep_the_engine_from_starting(settings_with, monkeypatch):
    monkeypatch.setattr(trial, "PATIENCE", 0.2)
    try_to_build(settings_with("[plugin.odd]\nclass = oddpart.slow\nenabled = yes\n"))
