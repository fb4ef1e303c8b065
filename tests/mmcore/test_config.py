"""The ini file: defaults, origins, interpolation, and what it says about mistakes."""

from datetime import timedelta
from pathlib import Path

import pytest

from mmcore.config import CONFIG_VARIABLE, Settings, find_config, load
from mmcore.errors import ConfigurationError


@pytest.fixture
def tmp_path(tmp_path_factory):
    """With a short name: sockets lie in there."""
    return tmp_path_factory.mktemp("c")


@pytest.fixture
def ini(tmp_path):
    """Write a file and load it."""

    def write(text: str) -> Settings:
        path = tmp_path / "mmcore.ini"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return write


@pytest.fixture
def complaint(ini):
    """What loading a file says that has a mistake."""

    def load_and_fail(text: str) -> str:
        with pytest.raises(ConfigurationError) as error:
            ini(text)
        return str(error.value)

    return load_and_fail


class TestDefaults:
    def test_an_empty_file_gives_the_defaults(self, ini):
        settings = ini("")
        assert settings.mmcore.site_owner == "changeme@example.com"
        assert settings.mta.max_recipients == 10
        assert settings.mta.delivery_retry_period == timedelta(days=5)
        assert settings.mmcore.sender_headers == ("from", "from_", "reply-to", "sender")
        assert settings.mmcore.max_message_bytes == 33554432
        assert settings.webservice.use_https is False

    def test_paths_are_beside_the_file(self, ini, tmp_path):
        settings = ini("")
        assert settings.paths.var_dir == tmp_path / "var"
        assert settings.paths.lock_file == tmp_path / "var/locks/master.lck"
        assert settings.database.zeo_socket == tmp_path / "var/run/zeo.sock"

    def test_runners_that_exist_start(self, ini):
        starting = {name for name, runner in ini("").runners.items() if runner.start}
        assert starting == {
            "lmtp", "in", "pipeline", "out", "virgin", "retry", "task", "rest", "command",
            "digest", "archive", "bounces",
        }  # fmt: skip

    def test_settings_without_a_file_take_values(self, tmp_path):
        settings = Settings.defaults(tmp_path, {"mta": {"smtp_port": 2525}})
        assert settings.mta.smtp_port == 2525
        assert settings.paths.var_dir == tmp_path
        assert settings.source is None

    def test_a_value_can_be_replaced_but_not_invented(self, tmp_path):
        settings = Settings.defaults(tmp_path)
        settings.mta.smtp_port = 26
        assert settings.mta.smtp_port == 26
        with pytest.raises(AttributeError, match="smtp_prot"):
            settings.mta.smtp_prot = 27
        with pytest.raises(AttributeError, match="smtp_prot"):
            _ = settings.mta.smtp_prot

    def test_its_text_is_that_of_the_file_until_it_is_replaced(self, ini):
        settings = ini("[mta]\nretry_max = 90m\n[paths]\nlog_dir = $var_dir/l\n")
        assert settings.mta.text("retry_max") == "90m"
        assert settings.mta.text("retry_first") == "5m"
        assert settings.paths.text("log_dir") == "$var_dir/l"
        settings.mta.retry_max = timedelta(hours=2)
        assert settings.mta.text("retry_max") == "2h"
        with pytest.raises(KeyError):
            settings.mta.text("nope")

    def test_every_default_can_be_shown_and_read_back(self, tmp_path):
        settings = Settings.defaults(tmp_path)
        texts = {
            name: {key.name: section.show(key.name) for key in section}
            for name, section in settings.sections.items()
        }
        again = Settings(texts)
        for name, section in settings.sections.items():
            for key in section:
                assert getattr(again.sections[name], key.name) == getattr(section, key.name)


class TestFile:
    def test_values_and_their_origin(self, ini, tmp_path):
        settings = ini("[mta]\nlmtp_port = 9024\n[runner.in]\ninstances = 4\n")
        assert settings.mta.lmtp_port == 9024
        assert settings.runners["in"].instances == 4
        assert settings.origin("mta", "lmtp_port") == str(tmp_path / "mmcore.ini")
        assert settings.origin("mta", "smtp_port") == "default"

    def test_sections_of_others_are_left_alone(self, ini):
        ini(
            "[app:main]\nuse = egg:mmcore\nanything = goes\n"
            "[server:main]\nuse = egg:waitress#main\n"
            "[composite:x]\n[filter:y]\n[pipeline:z]\n[loggers]\nkeys = root\n[logger_root]\n"
            "[formatter_generic]\nformat = %(asctime)s\n[uwsgi]\n"
        )

    def test_here_and_shared_values_are_replaced(self, ini, tmp_path):
        settings = ini(
            "[DEFAULT]\nbase = %(here)s/data\n[paths]\nvar_dir = %(base)s/var\n"
            "[webservice]\nadmin_pass = 100%%secret%\n"
        )
        assert settings.paths.var_dir == tmp_path / "data/var"
        assert settings.webservice.admin_pass == "100%secret%"

    def test_default_section_gives_values_to_ours(self, ini, tmp_path):
        settings = ini("[DEFAULT]\nsmtp_port = 26\n")
        assert settings.mta.smtp_port == 26
        assert settings.origin("mta", "smtp_port") == f"{tmp_path / 'mmcore.ini'} [DEFAULT]"

    def test_own_section_wins_over_the_default_section(self, ini):
        assert ini("[DEFAULT]\nsmtp_port = 26\n[mta]\nsmtp_port = 27\n").mta.smtp_port == 27

    def test_log_format_is_not_ours_to_replace(self, ini):
        assert ini("[logging]\nformat = %(message)s\n").logging.format == "%(message)s"

    def test_paths_refer_to_each_other(self, ini):
        settings = ini("[paths]\nvar_dir = /srv/mm\nlog_dir = $var_dir/$$x\n")
        assert settings.paths.log_dir == Path("/srv/mm/$x")

    def test_directory_may_have_any_name(self, tmp_path):
        folder = tmp_path / "a $b %(c)s"
        folder.mkdir()
        (folder / "x.ini").write_text("[paths]\nvar_dir = %(here)s/var\n", encoding="utf-8")
        assert load(folder / "x.ini").paths.var_dir == folder / "var"


class TestMistakes:
    def test_unknown_key_names_its_neighbour(self, complaint, tmp_path):
        text = complaint("[mmcore]\nsite_ower = x@example.com\n")
        assert str(tmp_path / "mmcore.ini") in text
        assert "[mmcore] site_ower = 'x@example.com'" in text
        assert "did you mean site_owner?" in text

    def test_key_in_the_wrong_section(self, complaint):
        assert "it belongs in [mta]" in complaint("[mmcore]\nlmtp_port = 1\n")

    def test_unknown_section(self, complaint):
        assert "[mtaa] is not a section" in complaint("[mtaa]\nx = 1\n")
        assert "did you mean [mta]?" in complaint("[mtaa]\nx = 1\n")

    def test_unknown_runner(self, complaint):
        assert "did you mean bounces?" in complaint("[runner.bounce]\nstart = no\n")
        assert "there is no runner 'zzz'" in complaint("[runner.zzz]\nstart = no\n")

    @pytest.mark.parametrize(
        ("section", "key", "value", "expected"),
        [
            ("mta", "lmtp_port", "0", "a port number"),
            ("mta", "lmtp_port", "70000", "a port number"),
            ("mta", "smtp_verify_cert", "perhaps", "yes or no"),
            ("mta", "outgoing", "pigeon", "one of smtp, maildir"),
            ("mta", "smtp_timeout", "1 hour", "a duration"),
            ("mta", "max_recipients", "-1", "a whole number"),
            ("mmcore", "max_message_bytes", "10 apples", "a number of bytes"),
            ("mmcore", "site_owner", "me", "an e-mail address"),
            ("mmcore", "noreply_address", "no reply", "one word"),
            ("mmcore", "listname_chars", "[a", "a regular expression"),
            ("mmcore", "anonymous_list_keep_headers", "^a (", "regular expressions"),
            ("webservice", "threads", "0", "1 or more"),
            ("runner.in", "instances", "3", "a power of two"),
            ("runner.lmtp", "instances", "2", "cannot be divided"),
            ("paths", "log_dir", "", "a path"),
            ("paths", "log_dir", "$", "a path"),
        ],
    )
    def test_bad_value_says_what_was_expected(self, complaint, section, key, value, expected):
        text = complaint(f"[{section}]\n{key} = {value}\n")
        assert f"[{section}] {key} = {value!r}" in text
        assert expected in text

    def test_all_mistakes_are_reported_at_once(self, complaint):
        assert len(complaint("[mta]\nlmtp_port = x\nsmtp_port = y\n[zzz]\n").splitlines()) == 3

    def test_paths_that_lead_nowhere(self, complaint):
        assert "$var_dri is not a path setting; did you mean $var_dir?" in complaint(
            "[paths]\nlog_dir = $var_dri/x\n"
        )
        assert "refers to itself" in complaint("[paths]\nlog_dir = $run_dir\nrun_dir = $log_dir\n")

    def test_references_that_lead_nowhere(self, complaint):
        assert "%(nowhere)s is not defined" in complaint("[paths]\nvar_dir = %(nowhere)s\n")
        assert "refers to itself" in complaint("[mta]\nsmtp_user = %(smtp_user)s\n")

    def test_run_dir_is_too_long_for_sockets(self, complaint):
        assert "too long for unix sockets" in complaint(f"[paths]\nrun_dir = /{'x' * 90}\n")
        assert "zeo_socket" in complaint(f"[database]\nzeo_socket = /{'x' * 120}\n")

    def test_no_file_and_no_ini_file(self, complaint, tmp_path):
        with pytest.raises(ConfigurationError, match="cannot read"):
            load(tmp_path / "missing.ini")
        assert "is not an ini file" in complaint("nothing\n")
        (tmp_path / "latin.ini").write_bytes(b"[mta]\nsmtp_user = \xe9\n")
        with pytest.raises(ConfigurationError, match="is not an ini file"):
            load(tmp_path / "latin.ini")


class TestEnsureDirs:
    def test_directories_are_made_with_their_modes(self, tmp_path):
        settings = Settings.defaults(tmp_path / "var")
        settings.ensure_dirs()
        assert settings.paths.content_dir.stat().st_mode & 0o777 == 0o770
        assert settings.paths.log_dir.stat().st_mode & 0o777 == 0o755
        settings.paths.log_dir.chmod(0o700)
        settings.ensure_dirs()
        assert settings.paths.log_dir.stat().st_mode & 0o777 == 0o700

    def test_what_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ConfigurationError, match=r"file/x \(setting var_dir\)"):
            Settings.defaults(tmp_path / "file/x").ensure_dirs()


class TestFindConfig:
    def test_option_goes_before_environment(self, monkeypatch):
        monkeypatch.setenv(CONFIG_VARIABLE, "/from/environment.ini")
        assert find_config("option.ini") == Path("option.ini")
        assert find_config() == Path("/from/environment.ini")

    def test_development_ini_in_the_current_directory(self, monkeypatch, tmp_path):
        monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ConfigurationError, match="-C"):
            find_config()
        Path("development.ini").touch()
        assert find_config() == Path("development.ini")
