"""The factories behind `use = egg:mmcore`; see also `tests/functional/test_pserve.py`."""

from __future__ import annotations

import pytest

from mmcore.commands.serve import (
    make_app,
    make_public_app,
    make_public_server,
    make_server,
)


@pytest.mark.parametrize("make", [make_server, make_public_server])
class TestMakeServer:
    def test_an_option_that_waitress_does_not_know(self, ini, make):
        with pytest.raises(SystemExit, match="zzz"):
            make({"__file__": str(ini)}, zzz="1")

    def test_a_mistake_in_the_ini(self, ini, make):
        ini.write_text("[zzz]\n", encoding="utf-8")
        with pytest.raises(SystemExit, match=r"Error: .*\[zzz\] is not a section of mmcore"):
            make({"__file__": str(ini)})


class TestMakeApp:
    def test_without_a_password_there_is_no_api(self, ini):
        text = ini.read_text(encoding="utf-8").replace("restpass", "")
        ini.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit, match="admin_pass is empty"):
            make_app({"__file__": str(ini)})


class TestMakePublicApp:
    def test_a_mistake_in_the_ini(self, ini):
        ini.write_text("[zzz]\n", encoding="utf-8")
        with pytest.raises(SystemExit, match=r"Error: .*\[zzz\] is not a section of mmcore"):
            make_public_app({"__file__": str(ini)})
