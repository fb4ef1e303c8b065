from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmcore.pipelines.roll import Roll
from mmcore.services.personal import Person, clean

TEXT = st.text(max_size=20).map(clean)
PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.builds(
            Person,
            email=TEXT,
            member_id=st.sampled_from(["", "0123456789abcdef" * 2]),
            name=TEXT,
            original=TEXT,
            language=st.sampled_from(["", "en", "pt_BR"]),
            is_registered=st.booleans(),
        ),
    ),
    max_size=20,
)


class TestRoll:
    @given(PEOPLE)
    def test_everybody_comes_out_as_they_went_in(self, people):
        roll = Roll()
        for kind, person in people:
            roll.add(kind, person)
        roll.close()
        assert len(roll) == len(people)
        for index, (kind, person) in enumerate(people):
            assert roll.kinds[index] == kind
            assert roll.person(index, person.email, bool(person.member_id)) == person

    def test_where_nobody_is_known_only_kinds_are_kept(self):
        roll = Roll()
        for kind in (1, 5, 1):
            roll.add(kind, None)
        assert bytes(roll.kinds) == b"\1\5\1"
        assert roll.person(2, "anne@example.com", True) == Person("anne@example.com")
