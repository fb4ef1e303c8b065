from __future__ import annotations

import logging
from email.errors import HeaderParseError

import pytest
from ZODB.POSException import POSKeyError

from mmcore.interfaces.handler import DiscardMessage
from mmcore.services.tolerance import is_tolerable, record_failure
from tests.support.messages import message


class Part:
    essential = False


class Essential:
    essential = True


class TestIsTolerable:
    @pytest.mark.parametrize("error", [UnicodeError(), KeyError(), HeaderParseError()])
    def test_strange_bytes_are(self, error):
        assert is_tolerable(Part(), error)
        assert is_tolerable(object(), error)

    @pytest.mark.parametrize(
        "error", [POSKeyError(b"\0" * 8), OSError(), MemoryError(), DiscardMessage("x")]
    )
    def test_other_faults_are_not(self, error):
        assert not is_tolerable(Part(), error)

    def test_essential_parts_never_are_skipped(self):
        assert not is_tolerable(Essential(), ValueError())


class TestRecordFailure:
    def test_failures_add_up_and_are_plain_ascii(self, caplog):
        msgdata: dict = {}
        msg = message("Message-ID: <x>\n\n")
        log = logging.getLogger("mmcore.vette")
        for text in ("\udce9", "x" * 1000):
            record_failure("rule", "strange", ValueError(text), msg, msgdata, log)
        first, second = msgdata["rule_failures"]
        assert first == {"rule": "strange", "error": "ValueError: \\udce9"}
        assert len(second["error"]) == 300
        assert "rule strange skipped for message '<x>'" in caplog.text
