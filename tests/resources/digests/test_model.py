"""What lists collect: in exactly one digest, whoever writes at the same time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from transaction.interfaces import TransientError
from ZODB.POSException import ConflictError

from mmcore.interfaces.digest import IDigests, IIssue, IListDigests, NoSuchIssueError
from mmcore.interfaces.member import DeliveryMode
from resources.digests.check import check
from resources.digests.model import _HASH_BITS

LIST_ID = "test.example.com"


@pytest.fixture
def digests(site, mlist):
    return site.digests


@pytest.fixture
def other(database, session, mlist):
    """A second process: its session, with a transaction begun."""
    session.commit()
    session.begin()
    second = database.session()
    second.begin()
    yield second
    second.close()


def add(site, content="s:a:0:9", size=10):
    mlist = site.lists.get(LIST_ID)
    site.digests.of(mlist).add(content, None, size)


def contents(posts):
    return [post.content for post in posts]


class TestListDigests:
    def test_it_keeps_its_promises(self, digests, mlist):
        assert IDigests.providedBy(digests)
        assert IListDigests.providedBy(digests.of(mlist))
        assert digests.get("nope.example.com") is None

    def test_posts_are_kept_in_order_and_counted(self, site, digests, mlist):
        for number in range(200):
            add(site, f"s:a:{number}:9", number)
        collected = digests.get(LIST_ID)
        assert contents(collected.posts()) == [f"s:a:{number}:9" for number in range(200)]
        assert (len(collected), collected.size) == (200, sum(range(200)))
        assert collected.since is not None
        assert abs(collected.since - collected.oldest) < timedelta(seconds=1)

    def test_posts_of_the_same_moment_and_of_a_clock_that_was_set_back_keep_their_order(
        self, site, digests, monkeypatch
    ):
        moments = [10**18, 10**18, 10**18 - 10**9, 10**18 + 10**9]
        monkeypatch.setattr("resources.digests.model.time.time_ns", lambda: moments.pop(0))
        for number in range(4):
            add(site, f"s:a:{number}:9")
        assert contents(digests.get(LIST_ID).posts()) == [f"s:a:{number}:9" for number in range(4)]
        steps = [key >> _HASH_BITS for key in digests.get(LIST_ID)._posts]
        first = 10**18 >> _HASH_BITS
        assert steps[:3] == [first, first + 1, first + 2]
        assert steps[3] == 10**18 + 10**9 >> _HASH_BITS

    def test_nothing_collected_is_still_something(self, digests, mlist):
        collected = digests.of(mlist)
        assert collected
        assert (len(collected), collected.size, collected.since, collected.oldest) == (
            0, 0, None, None,
        )  # fmt: skip


class TestTake:
    def test_what_was_collected_becomes_an_issue(self, site, digests):
        add(site, "s:a:0:1")
        add(site, "s:a:1:1")
        digests.mark_full(LIST_ID)
        issue = digests.issue(digests.take(LIST_ID))
        assert IIssue.providedBy(issue)
        assert issue.list_id == LIST_ID
        assert contents(issue.posts()) == ["s:a:0:1", "s:a:1:1"]
        collected = digests.get(LIST_ID)
        assert (len(collected), collected.size, collected.since) == (0, 0, None)
        assert digests.waiting() == digests.full() == []

    def test_nothing_becomes_none(self, digests, mlist):
        assert digests.take(LIST_ID) is None
        digests.of(mlist)
        assert digests.take(LIST_ID) is None
        assert digests.issue_ids() == []

    def test_what_comes_later_is_for_the_next_one(self, site, digests):
        add(site, "s:a:0:1")
        first = digests.take(LIST_ID)
        add(site, "s:a:1:1")
        second = digests.take(LIST_ID)
        assert contents(digests.issue(first).posts()) == ["s:a:0:1"]
        assert contents(digests.issue(second).posts()) == ["s:a:1:1"]
        assert sorted(digests.references()) == ["s:a:0:1", "s:a:1:1"]
        digests.finish(first)
        assert digests.issue_ids() == [second]
        assert list(digests.references()) == ["s:a:1:1"]
        with pytest.raises(NoSuchIssueError, match=first):
            digests.issue(first)


class TestAtTheSameTime:
    def test_two_that_collect_do_not_conflict(self, session, other):
        add(session.site, "s:a:0:1")
        session.commit()
        session.begin()
        other.abort()
        other.begin()
        for number in range(10):
            add(session.site, f"s:one:{number}:1")
            add(other.site, f"s:two:{number}:1")
            session.commit()
            other.commit()
            session.begin()
            other.begin()
        assert len(session.site.digests.get(LIST_ID)) == 21
        assert session.site.digests.get(LIST_ID).size == 210

    def test_of_two_that_begin_one_does_it_again(self, session, other):
        add(session.site, "s:one:0:1")
        add(other.site, "s:two:0:1")
        session.commit()
        with pytest.raises(TransientError):
            other.commit()
        other.abort()
        other.run(lambda site: add(site, "s:two:0:1"))
        assert len(session.begin().digests.get(LIST_ID)) == 2

    def test_who_collects_what_was_just_sent_does_it_again(self, session, other):
        add(session.site, "s:a:0:1")
        session.commit()
        session.begin()
        other.abort()
        add(other.begin(), "s:late:0:1")
        issue = session.site.digests.take(LIST_ID)
        session.commit()
        with pytest.raises(ConflictError):
            other.commit()
        other.abort()
        other.run(lambda site: add(site, "s:late:0:1"))
        site = session.begin()
        assert contents(site.digests.issue(issue).posts()) == ["s:a:0:1"]
        assert contents(site.digests.get(LIST_ID).posts()) == ["s:late:0:1"]

    def test_what_comes_while_it_is_being_sent_goes_with_it(self, session, other):
        add(session.site, "s:a:0:1")
        session.commit()
        session.begin()
        other.abort()
        issue = other.begin().digests.take(LIST_ID)
        add(session.site, "s:late:0:1")
        session.commit()
        other.commit()
        found = session.begin().digests.issue(issue)
        assert contents(found.posts()) == ["s:a:0:1", "s:late:0:1"]
        assert len(session.site.digests.get(LIST_ID)) == 0

    def test_two_that_send_do_not_both(self, session, other):
        add(session.site, "s:a:0:1")
        session.commit()
        session.begin()
        other.abort()
        assert other.begin().digests.take(LIST_ID)
        assert session.site.digests.take(LIST_ID)
        session.commit()
        with pytest.raises(ConflictError):
            other.commit()
        other.abort()
        assert other.run(lambda site: site.digests.take(LIST_ID)) is None

    def test_nothing_is_collected_for_a_list_that_is_going(self, session, other):
        add(session.site)
        session.commit()
        session.begin()
        other.abort()
        add(other.begin())
        session.site.lists.remove(session.site.lists.get(LIST_ID))
        session.commit()
        with pytest.raises(ConflictError):
            other.commit()

    def test_nor_its_first_post(self, session, other):
        add(other.site)
        session.site.lists.remove(session.site.lists.get(LIST_ID))
        session.commit()
        with pytest.raises(TransientError):
            other.commit()


class TestWaiting:
    @pytest.fixture
    def bee(self, site, mlist):
        return site.lists.add("bee@example.com")

    def test_who_waits_longest_comes_first(self, site, digests, bee):
        digests.of(bee).add("s:a:0:1", None, 1)
        add(site)
        assert digests.waiting() == ["bee.example.com", LIST_ID]
        assert digests.waiting(limit=1) == ["bee.example.com"]
        assert digests.waiting(before=digests.get(LIST_ID).since) == ["bee.example.com"]
        digests.postpone("bee.example.com")
        assert digests.waiting() == [LIST_ID, "bee.example.com"]
        assert digests.get("bee.example.com").oldest < digests.get(LIST_ID).since
        digests.take("bee.example.com")
        digests.postpone("bee.example.com")
        assert digests.waiting() == [LIST_ID]

    def test_a_full_list_is_full_until_it_is_sent(self, site, digests):
        add(site)
        digests.mark_full(LIST_ID)
        digests.mark_full(LIST_ID)
        assert digests.full() == [LIST_ID]
        digests.take(LIST_ID)
        assert digests.full() == []

    def test_with_a_list_all_of_it_goes(self, site, digests, mlist, bee):
        digests.of(bee).add("s:bee:0:1", None, 1)
        add(site)
        digests.take(LIST_ID)
        add(site)
        digests.mark_full(LIST_ID)
        site.lists.remove(mlist)
        assert (digests.waiting(), digests.full(), digests.issue_ids()) == (
            ["bee.example.com"], [], [],
        )  # fmt: skip
        assert digests.get(LIST_ID) is None
        digests.remove_list("never.example.com")
        assert list(digests.references()) == ["s:bee:0:1"]


class TestLastReaders:
    def test_they_go_with_the_issue(self, site, digests, mlist):
        mlist.send_one_last_digest_to("Cris@Example.com", DeliveryMode.plaintext_digests)
        add(site)
        issue = digests.issue(digests.take(LIST_ID))
        assert list(issue.last_readers()) == [("Cris@Example.com", DeliveryMode.plaintext_digests)]
        add(site)
        assert list(digests.issue(digests.take(LIST_ID)).last_readers()) == []

    def test_they_alone_are_no_digest(self, digests, mlist):
        mlist.send_one_last_digest_to("cris@example.com", DeliveryMode.mime_digests)
        assert digests.take(LIST_ID) is None
        assert digests.waiting() == []

    def test_an_address_is_written_as_it_was_first(self, site, digests, mlist):
        site.addresses.add("Dora@Example.com")
        for mode in (DeliveryMode.mime_digests, DeliveryMode.plaintext_digests):
            mlist.send_one_last_digest_to("dora@example.com", mode)
        add(site)
        issue = digests.issue(digests.take(LIST_ID))
        assert list(issue.last_readers()) == [("Dora@Example.com", DeliveryMode.plaintext_digests)]


@pytest.mark.unsound
class TestCheck:
    def test_damage_is_found(self, site, digests, mlist):
        add(site)
        digests.take(LIST_ID)
        add(site)
        collected = digests.get(LIST_ID)
        assert list(check(site)) == []
        collected._size.change(3)
        digests._waiting.clear()
        digests._full.insert("gone.example.com")
        digests.issue(digests.issue_ids()[0]).list_id = "gone.example.com"
        site.queues["digest"].create("1.0+a", "x", None, {"digest_id": "no", "listid": LIST_ID})
        site.queues["digest"].create("2.0+a", "x", None, {"digest_id": "no", "listid": "gone"})
        site.queues["digest"].create("3.0+a", "x", None, {"listid": LIST_ID})
        found = "\n".join(check(site))
        for words in (
            "size: is 13, should be 10",
            "digests: waiting: is []",
            "digests of gone.example.com: full",
            "is of gone.example.com, which does not exist",
            "1.0+a is for issue no, which does not exist",
        ):
            assert words in found
        assert len(found.splitlines()) == 5

    def test_a_list_that_is_gone_and_a_time_without_posts_are_found(self, site, digests, mlist):
        add(site)
        collected = digests.get(LIST_ID)
        collected._posts.clear()
        digests._data["gone.example.com"] = collected
        found = "\n".join(check(site))
        assert "digests of gone.example.com: the list does not exist" in found
        assert f"digests of {LIST_ID}: collecting: is True, should be False" in found
