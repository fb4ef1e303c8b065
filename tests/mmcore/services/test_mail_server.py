"""The mail server is told after the commit, and harms nothing."""

from __future__ import annotations

import pytest

from mmcore.interfaces.incoming import AnnouncedList, MailServerError
from mmcore.services.domains import change_domain, remove_domain
from mmcore.services.lists import create_list, remove_list
from mmcore.services.mail_server import tell_all

ANT = AnnouncedList("ant.example.com", "ant", "example.com")


class Recording:
    """A mail server that remembers what it is told, and fails if it is to."""

    name = "recording"

    def __init__(self) -> None:
        self.told = []
        self.error = None

    def _tell(self, *what):
        self.told.append(what)
        if self.error is not None:
            raise self.error

    def create(self, mlist):
        self._tell("create", mlist)

    def delete(self, mlist):
        self._tell("delete", mlist)

    def regenerate(self, directory=None):
        self._tell("regenerate", directory)
        return ()


@pytest.fixture
def told(engine):
    """What the mail server of the engine is told."""
    engine.incoming = Recording()
    return engine.incoming.told


class TestTelling:
    def test_a_new_list_is_told_after_the_commit(self, engine, session, told):
        session.site.domains.add("example.com")
        create_list(engine, session.site, "ant@example.com")
        assert told == []
        session.commit()
        assert told == [("create", ANT)]
        assert ANT.posting_address == "ant@example.com"

    def test_a_removed_one_too(self, engine, session, told):
        session.site.domains.add("example.com")
        mlist = create_list(engine, session.site, "ant@example.com")
        session.commit()
        session.begin()
        remove_list(engine, mlist)
        session.commit()
        assert told[1:] == [("delete", ANT)]

    def test_nothing_is_told_of_what_is_not_committed(self, engine, session, told):
        session.site.domains.add("example.com")
        create_list(engine, session.site, "ant@example.com")
        session.abort()
        assert told == []

    def test_of_lists_that_share_a_transaction_it_is_told_once(self, engine, session, told):
        session.site.domains.add("example.com")
        for name in ("ant", "bee", "cat"):
            create_list(engine, session.site, f"{name}@example.com")
        session.commit()
        assert told == [("regenerate", None)]


class TestDomains:
    @pytest.fixture
    def domain(self, engine, session):
        domain = session.site.domains.add("example.com")
        session.site.lists.add("ant@example.com")
        session.commit()
        session.begin()
        return domain

    def test_another_alias_is_told(self, engine, session, told, domain):
        change_domain(engine, domain, {"description": "Ants", "alias_domain": "ants.example.com"})
        assert domain.description == "Ants"
        session.commit()
        assert told == [("regenerate", None)]

    def test_any_other_change_is_not(self, engine, session, told, domain):
        change_domain(engine, domain, {"description": "Ants"})
        session.commit()
        assert told == []

    def test_a_removed_domain_is_told_once_with_all_its_lists(self, engine, session, told, domain):
        session.site.lists.add("bee@example.com")
        remove_domain(engine, domain)
        assert len(session.site.lists) == 0
        session.commit()
        assert told == [("regenerate", None)]


class TestFailures:
    @pytest.mark.parametrize(
        "error",
        [
            MailServerError("no room"),
            OSError(28, "no room"),
            ValueError("no room"),
            RuntimeError("no room"),
        ],
    )
    def test_they_are_logged_and_the_list_is_there(self, engine, session, told, caplog, error):
        engine.incoming.error = error
        session.site.domains.add("example.com")
        create_list(engine, session.site, "ant@example.com")
        session.commit()
        assert session.begin().lists.get("ant@example.com") is not None
        [record] = [each for each in caplog.records if each.levelname == "ERROR"]
        assert record.name == "mmcore.lists"
        assert "`mmcore aliases`" in record.getMessage()
        assert "no room" in record.getMessage()
        # What is nobody's mistake but a programmer's comes with a traceback.
        assert (record.exc_info is None) is isinstance(error, (MailServerError, OSError))

    def test_telling_all_harms_nothing_either(self, engine, told, caplog):
        engine.incoming.error = MailServerError("no room")
        tell_all(engine)
        assert told == [("regenerate", None)]
        assert "no room" in caplog.text
