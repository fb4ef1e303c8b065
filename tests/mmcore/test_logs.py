"""Log files: who writes where, and reopening them."""

import io
import logging
import threading

import pytest

from mmcore import logs
from mmcore.config import Settings


@pytest.fixture
def log_dir(tmp_path):
    """Log to files for the time of a test."""
    settings = Settings.defaults(tmp_path, {"logging": {"format": "%(name)s %(message)s"}})
    settings.ensure_dirs()
    root = logging.getLogger()
    before = root.level
    logs.configure(settings)
    yield settings.paths.log_dir
    logs.close()
    root.setLevel(before)
    for name in ("mmcore", "mmcore.smtp", "mmcore.bounce"):
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.NOTSET)


class TestFiles:
    def test_all_goes_to_one_file_but_mail_traffic_and_bounces(self, log_dir):
        logging.getLogger("mmcore.vette").info("held")
        logging.getLogger("mmcore.smtp").info("sent")
        logging.getLogger("mmcore.bounce").info("bounced")
        assert (log_dir / "mmcore.log").read_text() == "mmcore.vette held\n"
        assert (log_dir / "smtp.log").read_text() == "mmcore.smtp sent\n"
        assert (log_dir / "bounce.log").read_text() == "mmcore.bounce bounced\n"

    def test_level(self, log_dir):
        logging.getLogger("mmcore.vette").debug("too small")
        assert not (log_dir / "mmcore.log").exists()

    def test_libraries_only_warn(self, log_dir):
        logging.getLogger("some.library").info("chatter")
        logging.getLogger("some.library").warning("trouble")
        logging.getLogger("waitress.queue").warning("Task queue depth is 1")
        assert (log_dir / "mmcore.log").read_text() == "some.library trouble\n"

    def test_configuring_again_writes_each_line_once(self, log_dir, tmp_path):
        logs.configure(Settings.defaults(tmp_path))
        logging.getLogger("mmcore").warning("once")
        assert (log_dir / "mmcore.log").read_text().count("once") == 1

    def test_verbose_goes_to_standard_error_too(self, log_dir, tmp_path, capsys):
        logs.configure(Settings.defaults(tmp_path), verbose=True)
        logging.getLogger("mmcore.smtp").debug("detail")
        assert capsys.readouterr().err.count("detail") == 1


class TestRequestId:
    def test_each_line_of_a_request_has_its_id(self, log_dir, tmp_path):
        logs.configure(Settings.defaults(tmp_path))
        log = logging.getLogger("mmcore.rest")
        token = logs.request_id.set("abc")
        log.warning("inside")
        logging.getLogger("some.library").warning("inside, too")
        logs.request_id.reset(token)
        log.warning("outside")
        inside, library, outside = (log_dir / "mmcore.log").read_text().splitlines()
        assert inside.endswith(" mmcore.rest: [abc] inside")
        assert library.endswith(" some.library: [abc] inside, too")
        assert outside.endswith(" mmcore.rest: outside")

    def test_threads_do_not_mix_them_up(self):
        token = logs.request_id.set("mine")
        found = []
        thread = threading.Thread(target=lambda: found.append(logs.request_id.get()))
        thread.start()
        thread.join()
        logs.request_id.reset(token)
        assert found == [""]

    @pytest.mark.parametrize(
        ("form", "line"),
        [
            (None, "some.library: [abc] here"),
            (logging.BASIC_FORMAT, "some.library: [abc] here"),
            ("%(request)s!%(message)s", "[abc] !here"),
        ],
    )
    def test_handlers_of_others_write_it_too(self, log_dir, tmp_path, form, line):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        if form is not None:
            handler.setFormatter(logging.Formatter(form))
        root = logging.getLogger()
        before, root.handlers = root.handlers, [handler]
        token = logs.request_id.set("abc")
        try:
            logs.adopt(Settings.defaults(tmp_path))
            logging.getLogger("some.library").warning("here")
        finally:
            root.handlers = before
            logs.request_id.reset(token)
        assert stream.getvalue().endswith(line + "\n")


class TestReopen:
    def test_after_a_rotation_a_new_file_begins(self, log_dir):
        log = logging.getLogger("mmcore")
        log.warning("old")
        (log_dir / "mmcore.log").rename(log_dir / "mmcore.log.1")
        log.warning("still old")
        logs.reopen()
        log.warning("new")
        assert (log_dir / "mmcore.log.1").read_text() == "mmcore old\nmmcore still old\n"
        assert (log_dir / "mmcore.log").read_text() == "mmcore new\n"
