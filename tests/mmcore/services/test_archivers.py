"""Which archivers a list uses, and their URLs."""

from __future__ import annotations

import time

import pytest
from zope.interface.verify import verifyObject

import mmcore.services.archivers as services
from mmcore.config import Settings
from mmcore.interfaces.archiver import ArchiverUnavailableError, IArchivedList
from mmcore.interfaces.mailing_list import ArchivePolicy
from mmcore.services.archivers import (
    archive_urls,
    archived_list,
    archivers_in_use,
    archivers_of,
    enabled_archivers,
    permalinks,
    set_archivers,
    with_permalinks,
)
from tests.support.messages import message


@pytest.fixture
def archivers(engine):
    """The site's sections; prototype and mhonarc are enabled."""
    found = engine.settings.archivers
    found["prototype"].enable = found["mhonarc"].enable = True
    return found


class TestArchivers:
    def test_none_is_enabled_at_first(self, engine, mlist):
        assert enabled_archivers(engine) == []
        assert archivers_of(engine, mlist) == {}

    def test_a_list_takes_over_the_word_of_the_site(self, engine, mlist, archivers):
        expected = {"mhonarc": True, "prototype": True}
        assert archivers_of(engine, mlist) == expected
        assert list(archivers_of(engine, mlist)) == enabled_archivers(engine) == sorted(expected)

    def test_what_it_has_known_as_disabled_stays_so(self, engine, mlist, archivers):
        archivers_of(engine, mlist)
        archivers["mail-archive"].enable = True
        assert archivers_of(engine, mlist)["mail-archive"] is False

    def test_the_site_has_the_last_word(self, engine, mlist, archivers):
        set_archivers(engine, mlist, {"prototype": True})
        archivers["prototype"].enable = False
        assert archivers_of(engine, mlist) == {"mhonarc": True}
        archivers["prototype"].enable = True
        assert archivers_of(engine, mlist)["prototype"] is True

    def test_each_list_has_its_own_word(self, engine, site, mlist, archivers):
        other = site.lists.add("other@example.com")
        set_archivers(engine, mlist, {"prototype": False})
        assert archivers_of(engine, mlist) == {"mhonarc": True, "prototype": False}
        assert archivers_of(engine, other) == {"mhonarc": True, "prototype": True}

    def test_reading_writes_once(self, engine, session, mlist, archivers):
        archivers_of(engine, mlist)
        session.commit()
        session.begin()
        archivers_of(engine, mlist)
        assert not session.connection._registered_objects


class TestInUse:
    def test_those_that_the_site_and_the_list_want(self, engine, mlist, archivers):
        assert list(archivers_in_use(engine, mlist)) == ["mhonarc", "prototype"]
        set_archivers(engine, mlist, {"mhonarc": False})
        assert archivers_in_use(engine, mlist) == {"prototype": engine.archivers["prototype"]}
        archivers["prototype"].enable = False
        assert archivers_in_use(engine, mlist) == {}

    def test_a_list_that_wants_no_archive_has_none(self, engine, mlist, archivers):
        mlist.archive_policy = ArchivePolicy.private
        assert archivers_in_use(engine, mlist)
        mlist.archive_policy = ArchivePolicy.never
        assert archivers_in_use(engine, mlist) == {}

    def test_nothing_is_written_by_looking(self, engine, mlist, archivers):
        archivers_in_use(engine, mlist)
        assert mlist.archiver_flags == ()
        # So one that is enabled later is used by lists whose flags nobody has looked at.
        archivers["mbox"].enable = True
        assert "mbox" in archivers_in_use(engine, mlist)


class Links:
    """An archiver with URLs."""

    is_enabled = True

    def __init__(self, name, delay=0.0, error=None, url="https://{}/{}"):
        self.name, self.delay, self.error, self.url = name, delay, error, url
        self.asked = 0

    def list_url(self, mlist):
        return self.permalink(mlist, {})

    def permalink(self, mlist, msg):
        self.asked += 1
        time.sleep(self.delay)
        if self.error is not None:
            raise self.error
        return self.url.format(self.name, msg.get("message-id", mlist.list_id))


@pytest.fixture
def links(engine, tmp_path):
    """links(**arguments of Links by name): these archivers, and no others, are enabled."""

    def put(**given):
        values = {f"archiver.{name}": {"enable": "yes"} for name in given}
        engine.settings = Settings.defaults(tmp_path, values)
        engine.archivers = {name: Links(name, **each) for name, each in given.items()}
        return engine.archivers

    return put


MSG = message("Message-ID: x\n\nHello.\n")


class TestURLs:
    def test_each_archiver_is_asked_for_both(self, engine, mlist, links):
        links(a={}, b={})
        found = archive_urls(engine, mlist, MSG)
        assert found.lists == {
            "a": "https://a/test.example.com",
            "b": "https://b/test.example.com",
        }
        assert found.messages == permalinks(engine, mlist, MSG)
        assert found.messages == {"a": "https://a/x", "b": "https://b/x"}

    def test_archivers_get_plain_values(self, engine, mlist, links):
        links(a={})["a"].list_url = lambda view: (
            f"https://{type(view).__name__}/{view.description}"
        )
        mlist.description = "Ants"
        assert archive_urls(engine, mlist, MSG).lists == {"a": "https://ArchivedList/Ants"}
        assert verifyObject(IArchivedList, archived_list(mlist))

    @pytest.mark.parametrize(
        "error", [ArchiverUnavailableError("away"), KeyError("x"), SystemExit()]
    )
    def test_one_that_fails_has_none_and_is_left_alone(self, engine, mlist, links, error, caplog):
        archivers = links(a={"error": error}, b={})
        for _ in range(3):
            assert permalinks(engine, mlist, MSG) == {"b": "https://b/x"}
        assert archivers["a"].asked == 1
        (record,) = caplog.records
        assert "archiver a gives no URLs and is not asked again for 60 s" in record.message

    def test_it_is_asked_again_after_a_while(self, engine, mlist, links, monkeypatch):
        archivers = links(a={"error": ValueError()})
        monkeypatch.setattr(services, "SILENT_SECONDS", 0.05)
        permalinks(engine, mlist, MSG)
        archivers["a"].error = None
        time.sleep(0.06)
        assert permalinks(engine, mlist, MSG) == {"a": "https://a/x"}

    def test_a_post_does_not_wait_for_them(self, engine, mlist, links):
        archivers = links(a={"delay": 2}, b={"delay": 2}, c={"delay": 2}, d={})
        started = time.monotonic()
        found = archive_urls(engine, mlist, MSG)
        assert time.monotonic() - started < 1.9
        assert found.messages.keys() <= {"d"}
        started = time.monotonic()
        assert archive_urls(engine, mlist, MSG).messages.keys() == {"d"}
        # Of `c` nothing is known yet: there was no time left for it.
        assert time.monotonic() - started < 1.9
        assert archivers["a"].asked == archivers["b"].asked == 1

    @pytest.mark.parametrize(
        "url",
        ["javascript:x", "https://a b", "https://x\r\nBcc: y", "https://x>",
         "https://" + "x" * 999, "relative", "https://ä", 5, b"https://x"],
    )  # fmt: skip
    def test_what_is_no_url_is_none(self, engine, mlist, links, url):
        archivers = links(a={}, b={})
        archivers["a"].permalink = lambda view, msg: url
        assert permalinks(engine, mlist, MSG) == {"b": "https://b/x"}

    def test_no_url_is_none(self, engine, mlist, links):
        archivers = links(a={}, b={})
        archivers["a"].permalink = lambda view, msg: None
        archivers["b"].permalink = lambda view, msg: ""
        assert permalinks(engine, mlist, MSG) == {}

    @pytest.mark.parametrize(
        ("field", "wanted"),
        [("X-No-Archive: yes", False), ("X-No-Archive:", False), ("X-Archive: No", False),
         ("X-Archive: yes", True), ("X-Archived: no", True)],
    )  # fmt: skip
    def test_what_is_not_to_be_archived_has_no_permalink(
        self, engine, mlist, links, field, wanted
    ):
        links(a={})
        found = archive_urls(engine, mlist, message(f"{field}\nMessage-ID: x\n\n"))
        assert bool(found.messages) is wanted
        assert found.lists


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("see $kitty_url.", "see https://kitty/x."),
            ("see ${kitty_url}", "see https://kitty/x"),
            ("${mail-archive_url} $mail_archive_url", "https://mail-archive/x https://mail-archive/x"),
            ("$other_url $kitty_urls kitty_url", "$other_url $kitty_urls kitty_url"),
            ("$silent_url\n", ""),
            ("no links", "no links"),
        ],
    )  # fmt: skip
    def test_permalinks_are_filled_in(self, engine, mlist, links, text, expected):
        archivers = links(kitty={}, silent={}, **{"mail-archive": {}})
        archivers["silent"].permalink = lambda view, msg: None
        assert with_permalinks(engine, mlist, MSG, text) == expected

    def test_nobody_is_asked_for_what_nobody_wants(self, engine, mlist, links):
        archivers = links(a={})
        with_permalinks(engine, mlist, MSG, "$other_url $x")
        assert archivers["a"].asked == 0
