"""The language in which the engine works on a message."""

from __future__ import annotations

from mmcore.services.languages import working_language
from tests.support.messages import message


def post(sender):
    return message(f"From: {sender}\n\nHello.\n")


class TestWorkingLanguage:
    def test_a_members_own(self, settings, mlist, anne):
        anne.preferences.preferred_language = "de"
        assert working_language(settings, mlist, post("aperson@example.com")) == "de"

    def test_else_the_lists(self, settings, mlist, anne):
        mlist.preferred_language = "de"
        assert working_language(settings, mlist, post("eve@example.com")) == "de"

    def test_without_a_list_the_sites(self, settings):
        settings.mmcore.default_language = "de"
        assert working_language(settings, None, post("eve@example.com")) == "de"
