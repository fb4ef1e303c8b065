"""`mmcore conf`."""

import json

from mmcore.settings_schema import RUNNER_NAMES


class TestConf:
    def test_every_setting_with_its_origin(self, mmcore, ini):
        lines = mmcore("conf").output.splitlines()
        assert "[mta] smtp_host: localhost  (default)" in lines
        assert f"[mta] outgoing: maildir  ({ini})" in lines

    def test_section(self, mmcore):
        lines = mmcore("conf", "-s", "styles").output.splitlines()
        assert lines == ["[styles] default: legacy-default  (default)"]

    def test_key_in_all_sections(self, mmcore):
        lines = mmcore("conf", "-k", "instances").output.splitlines()
        assert lines == sorted(lines)
        assert len(lines) == len(RUNNER_NAMES)

    def test_section_and_key_give_the_bare_value(self, mmcore):
        assert mmcore("conf", "-s", "webservice", "-k", "admin_pass").output == "restpass\n"

    def test_secrets_are_not_listed(self, mmcore):
        assert "restpass" not in mmcore("conf").output

    def test_unknown_names_are_usage_errors(self, mmcore):
        result = mmcore("conf", "-s", "mat")
        assert result.exit_code == 2
        assert "Did you mean 'mta'?" in result.stderr
        assert mmcore("conf", "-s", "mta", "-k", "smtp_hots").exit_code == 2

    def test_unknown_key_alone_finds_nothing(self, mmcore):
        assert (mmcore("conf", "-k", "zzz").exit_code, mmcore("conf", "-k", "zzz").output) == (
            0,
            "",
        )

    def test_meaning(self, mmcore):
        text = mmcore("conf", "-s", "styles", "-m").output
        assert text.startswith("# Style of a list created without one.  Default: legacy-default\n")

    def test_a_meaning_goes_on_in_the_next_key(self, mmcore):
        lines = mmcore("conf", "-s", "bounces", "-m").output.splitlines()[::2]
        start = next(number for number, line in enumerate(lines) if line.startswith("# Failures"))
        assert [line.startswith("# …") for line in lines[start : start + 3]] == [False, True, True]

    def test_json(self, mmcore):
        entries = json.loads(mmcore("conf", "--json", "-k", "smtp_port").output)
        assert [(entry["section"], entry["value"]) for entry in entries] == [("mta", "25")]

    def test_output_to_a_file(self, mmcore, tmp_path):
        assert mmcore("conf", "-s", "styles", "-o", str(tmp_path / "out")).output == ""
        assert "legacy-default" in (tmp_path / "out").read_text(encoding="utf-8")
