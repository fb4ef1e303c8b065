"""What a member wants to read, as a short text.

`1,4+` stands for the topics number 1 and 4 and (`+`) for posts without any topic; the empty text
is no choice at all: everything.  Rosters and members keep these texts.  They hold numbers and not
names because no number is ever given twice: what was chosen of a topic that is gone means nothing
any more, without anybody having to look at all members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from BTrees.OOBTree import OOTreeSet

from resources.container import read_ahead

#: No choice was made.
EVERYTHING = ""

#: What stands between the choices of two memberships that go by the same address.
_OR = "|"
# The key of an address is its choice, a blank and the address; all keys of the choice lie
# before this sign, which no choice has.
_BLANK, _AFTER_BLANK = " ", "!"

#: Different choices: with fewer, leaves are read where they are needed; with more, all of them.
_MANY = 20
#: From here on it takes longer to find the choices than to look at every address.
_VERY_MANY = 2000


def pack(numbers: Iterable[int], posts_without_topic: bool) -> str:
    """The text of a choice."""
    return ",".join(map(str, sorted(numbers))) + ("+" if posts_without_topic else "")


def unpack(choice: str) -> tuple[frozenset[int], bool]:
    """(numbers of topics, whether posts without a topic are wanted) of a single choice."""
    numbers = choice.rstrip("+")
    return frozenset(map(int, numbers.split(",") if numbers else ())), choice.endswith("+")


def together(choices: Iterable[str]) -> str:
    """The choice of whoever has several memberships: what one of them wants is wanted."""
    every = sorted(set(choices))
    return EVERYTHING if EVERYTHING in every else _OR.join(every)


def is_void(choice: str, known: frozenset[int]) -> bool:
    """Whether nothing is left of a single choice, because its topics are gone."""
    numbers, posts_without_topic = unpack(choice)
    return not posts_without_topic and not numbers & known


def wanting(hits: Iterable[int], known: Iterable[int]) -> Callable[[str], bool]:
    """What says for a choice whether a post is wanted, on a list with the topics `known`.

    `hits` are the topics of the post.  Of whose choice nothing is left, gets everything again
    rather than nothing for ever.
    """
    # The numbers stay texts: there may be as many choices as members.
    found, there = frozenset(map(str, hits)), frozenset(map(str, known))

    def wants_single(choice: str) -> bool:
        numbers = choice.rstrip("+").split(",")
        if choice[-1:] == "+":
            return not found or not found.isdisjoint(numbers)
        return not found.isdisjoint(numbers) or there.isdisjoint(numbers)

    def wants(choice: str) -> bool:
        return any(map(wants_single, choice.split(_OR))) if _OR in choice else wants_single(choice)

    return wants


class Choosers(OOTreeSet):
    """Addresses by their choice: who wants the same stands together, however many they are.

    So a post reads the leaves of those who want it, and no others.
    """

    max_leaf_size = 250
    max_internal_size = 250

    def enter(self, choice: str, email: str) -> None:
        """Take an address in."""
        self.add(choice + _BLANK + email)

    def leave(self, choice: str, email: str) -> None:
        """Forget an address, if it is there."""
        key = choice + _BLANK + email
        if key in self:
            self.remove(key)

    def choices(self, most: int | None = None) -> list[str]:
        """Each choice that somebody has made, at most so many."""
        found: list[str] = []
        least = _BLANK
        while most is None or len(found) < most:
            try:
                choice = self.minKey(least).partition(_BLANK)[0]
            except ValueError:
                # There is nothing behind the last one.
                break
            least = choice + _AFTER_BLANK
            found.append(choice)
            if len(found) == _MANY:
                # Each of the others begins in a leaf of its own, nearly.
                read_ahead(self)
        return found

    def emails(self, wants: Callable[[str], bool]) -> Iterator[str]:
        """The addresses with a choice that `wants` says yes to, in order for each choice."""
        choices = self.choices(_VERY_MANY)
        if len(choices) == _VERY_MANY:
            yield from self._one_by_one(wants)
            return
        for choice in filter(wants, choices):
            least, greatest = choice + _BLANK, choice + _AFTER_BLANK
            if len(choices) < _MANY:
                read_ahead(self, least, greatest)
            start = len(least)
            yield from (key[start:] for key in self.keys(least, greatest))

    def _one_by_one(self, wants: Callable[[str], bool]) -> Iterator[str]:
        """The same, for when nearly everybody has a choice of their own."""
        last, is_wanted = None, False
        for key in self:
            choice, _, email = key.partition(_BLANK)
            if choice != last:
                last, is_wanted = choice, wants(choice)
            if is_wanted:
                yield email
