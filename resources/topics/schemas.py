"""Parameters of topics."""

from __future__ import annotations

from typing import Any

from resources.fields import boolean, field, integer, strings, text
from resources.parameters import Parameters
from resources.topics.model import Topic, all_checked

#: What a topic is made of; the description may be missing.
_PARTS = {"name", "pattern", "description"}
#: More lines than anybody means.
_MOST_LINES = 100_000


def _topic(value: Any) -> Topic:
    if not isinstance(value, dict) or not {"name", "pattern"} <= value.keys() <= _PARTS:
        raise ValueError("Expected objects with name, pattern and description")
    name, pattern = text(value["name"]), text(value["pattern"])
    return Topic(name, pattern, text(value.get("description", "")))


def topics(value: Any) -> list[Topic]:
    """All topics of a list; the empty text, for forms, is none."""
    if value == "":
        return []
    if not isinstance(value, list):
        raise ValueError("Expected an array of objects")
    return all_checked(map(_topic, value))


def lines(value: Any) -> int:
    """A number of lines; a negative one is all of them."""
    number = integer(value)
    if number > _MOST_LINES:
        raise ValueError(f"At most {_MOST_LINES} lines: {value}")
    return max(number, -1)


class TopicsChange(Parameters):
    """PUT of a list's topics."""

    enabled = field(boolean)
    body_lines = field(lines)
    topics = field(topics)


class ChoiceChange(Parameters):
    """PUT of what a member has chosen."""

    topics = field(strings)
    posts_without_topic = field(boolean)
