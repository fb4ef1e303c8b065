"""Switchboards: first in, first out, in slices, without conflicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ZODB.POSException import ConflictError

from mmcore.interfaces.queue import NoSuchEntryError
from mmcore.queue.mailroom import entry_name
from resources.queues.model import SMALL, Entry, Shard, Switchboard


def filled(count: int) -> tuple[Switchboard, list[str]]:
    switchboard = Switchboard()
    names = [entry_name(f"s:{n}", "test.example.com", 1000.0 + n) for n in range(count)]
    for name in reversed(names):
        switchboard.create(name, "s:x:0:0", None, {})
    return switchboard, names


class TestSwitchboard:
    @pytest.mark.parametrize("count", [0, 3, 2000])
    def test_entries_come_out_in_the_order_of_time(self, count):
        switchboard, names = filled(count)
        assert switchboard.names() == names
        assert len(switchboard) == count
        assert switchboard.names(limit=10) == names[:10]

    @pytest.mark.parametrize("range_", [1, 2, 4, 16, 32, 64])
    def test_slices_divide_all_entries_among_them(self, range_):
        switchboard, names = filled(300)
        slices = [switchboard.names(slice_, range_) for slice_ in range(range_)]
        assert sorted(name for names_ in slices for name in names_) == sorted(names)

    def test_slices_are_contiguous_parts_of_the_hash_space(self):
        switchboard, _ = filled(100)
        for name in switchboard.names(0, 2):
            assert name.partition("+")[2][0] in "01234567"

    def test_an_entry_is_found_by_name_and_can_be_removed(self):
        switchboard, names = filled(1500)
        for name in names:
            assert switchboard.get(name).name == name
            switchboard.remove(name)
        assert len(switchboard) == 0
        assert switchboard.names() == []

    @pytest.mark.parametrize("name", ["", "nothing", "1.0+zz", "1.0+ffff"])
    def test_removing_what_is_not_there_is_an_error(self, name):
        switchboard = Switchboard()
        assert switchboard.get(name) is None
        with pytest.raises(NoSuchEntryError):
            switchboard.remove(name)

    def test_a_long_queue_does_not_make_its_shards_large(self):
        switchboard, _ = filled(5000)
        assert all(len(shard.small) <= SMALL for shard in switchboard._shards)


class TestEntry:
    def test_metadata_is_a_copy(self):
        data = {"rule_hits": ["a"]}
        entry = Entry("n", "c", None, data)
        data["rule_hits"].append("b")
        entry.msgdata()["rule_hits"].append("c")
        assert entry.msgdata() == {"rule_hits": ["a"]}

    @pytest.mark.parametrize("count", [0, 1, Entry.INLINE, Entry.INLINE + 1, 5000])
    def test_recipients_are_metadata_however_many_they_are(self, count):
        emails = [f"m{n}@example.com" for n in range(count)]
        assert Entry("n", "c", None, {"recipients": emails}).msgdata()["recipients"] == emails

    def test_no_recipients_and_an_empty_list_of_them_are_different(self):
        assert "recipients" not in Entry("n", "c", None, {}).msgdata()


NAMES = st.sets(st.integers(0, 20).map(str), max_size=12)


class TestShardConflicts:
    """What ZODB asks of a shard when two transactions changed it at once."""

    @given(before=NAMES, theirs=NAMES, mine=NAMES)
    def test_both_changes_are_kept_unless_both_took_the_same(self, before, theirs, mine):
        def state(names):
            return {"small": {name: name for name in names}, "large": "L", "large_count": "C"}

        shard = Shard()
        both_took = (before - theirs) & (before - mine)
        if both_took:
            with pytest.raises(ConflictError):
                shard._p_resolveConflict(state(before), state(theirs), state(mine))
            return
        merged = shard._p_resolveConflict(state(before), state(theirs), state(mine))
        expected = (theirs | mine) - (before - theirs) - (before - mine)
        assert set(merged["small"]) == expected

    def test_two_sessions_add_and_remove_at_once(self, database):
        one, two = database.session(), database.session()
        board = one.begin().queues["in"]
        board.create("1.0+a1", "c", None, {})
        one.commit()
        one.begin().queues["in"].remove("1.0+a1")
        two.begin().queues["in"].create("2.0+a2", "c", None, {})
        one.commit()
        two.commit()
        assert one.begin().queues["in"].names() == ["2.0+a2"]
        one.close()
        two.close()

    def test_two_sessions_cannot_both_take_an_entry(self, database):
        one, two = database.session(), database.session()
        one.begin().queues["in"].create("1.0+a1", "c", None, {})
        one.commit()
        one.begin().queues["in"].remove("1.0+a1")
        two.begin().queues["in"].remove("1.0+a1")
        one.commit()
        with pytest.raises(ConflictError):
            two.commit()
        one.close()
        two.close()
