from __future__ import annotations

import pytest

from mmcore.interfaces.mailing_list import Personalization
from mmcore.services.personal import Person, Personal

ANNE = Person("anne@example.com", "0" * 32, "Änne", "", "en")
POST = "From: x@example.com\nTo: test@example.com\nSubject: x\n\n"


class TestPersonalize:
    def test_the_recipient_takes_the_place_of_the_list(self, handle, mlist):
        mlist.personalize = Personalization.full
        msg, _msgdata = handle("personalize", POST, _personal=Personal(ANNE))
        assert msg.keys() == ["From", "To", "Subject"]
        assert msg["to"] == "=?utf-8?b?w4RubmU=?= <anne@example.com>"

    @pytest.mark.parametrize("kind", [Personalization.none, Personalization.individual])
    def test_only_where_the_list_wants_it(self, handle, mlist, kind):
        mlist.personalize = kind
        assert not handle("personalize", POST, _personal=Personal(ANNE))[0].header_changed

    def test_a_copy_for_many_stays(self, handle, mlist):
        mlist.personalize = Personalization.full
        assert not handle("personalize", POST)[0].header_changed

    def test_a_second_copy_says_so(self, handle):
        msg, _msgdata = handle("personalize", POST, _personal=Personal(ANNE, duplicate=True))
        assert msg["x-mailman-copy"] == "yes"
