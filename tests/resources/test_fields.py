"""The types of parameters (rest-api 1.7)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mmcore.interfaces.action import Action
from resources import fields


class TestAccepted:
    @pytest.mark.parametrize(
        ("convert", "given", "value"),
        [
            (fields.text, "", ""),
            (fields.text, 7, "7"),
            (fields.line, "one line", "one line"),
            (fields.person_name, "None", ""),
            (fields.person_name, "Anne", "Anne"),
            (fields.boolean, "TRUE", True),
            (fields.boolean, "enabled", True),
            (fields.boolean, "0", False),
            (fields.boolean, "Disable", False),
            (fields.boolean, False, False),
            (fields.natural, "0", 0),
            (fields.natural, 7.9, 7),
            (fields.natural, True, 1),
            (fields.integer, "-3", -3),
            (fields.moment, "2026-01-31", datetime(2026, 1, 31)),
            (fields.moment, "2026-01-31T12:00:00.5", datetime(2026, 1, 31, 12, 0, 0, 500_000)),
            (fields.moment, "2026-01-31T12:00Z", datetime(2026, 1, 31, 12)),
            (fields.moment, "2026-01-31T12:00+02:00", datetime(2026, 1, 31, 10)),
            (fields.integer, 7.9, 7),
            (fields.kilobytes, "30.5", 30.5),
            (fields.kilobytes, 0, 0.0),
            (fields.duration, "7d", timedelta(days=7)),
            (fields.duration, "1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
            (fields.duration, "1.5d", timedelta(hours=36)),
            (fields.duration, "1d7384.0s", timedelta(days=1, seconds=7384)),
            (fields.duration, "2w", timedelta(days=14)),
            (fields.enumeration(Action), "hold", Action.hold),
            (fields.blank_or(fields.enumeration(Action)), "", None),
            (fields.blank_or(fields.enumeration(Action)), None, None),
            (fields.language, "fr", "fr"),
            (fields.strings, "", []),
            (fields.strings, "a,b", ["a,b"]),
            (fields.strings, ["a", "b"], ["a", "b"]),
            (fields.email, "a@example.com", "a@example.com"),
            (fields.pattern, "A@example.com", "A@example.com"),
            (fields.pattern, "^[[a]", "^[[a]"),
            (fields.regex, "", ""),
            (fields.regex, ".*", ".*"),
            (fields.patterns, "", []),
            (fields.patterns, ["^.*@spam", "a@example.com"], ["^.*@spam", "a@example.com"]),
            (fields.patterns_and_lists, "@ant@example.com", ["@ant@example.com"]),
            (fields.aliases, ["B@example.com", "^A-\\S"], ["^A-\\S", "b@example.com"]),
            (fields.url, "http://h/", "http://h/"),
            (fields.password, None, None),
            (fields.password, "", ""),
        ],
    )
    def test_a_good_value_is_converted(self, convert, given, value):
        result = convert(given)
        assert result == value
        assert type(result) is type(value)


class TestRefused:
    @pytest.mark.parametrize(
        ("convert", "given", "reason"),
        [
            (fields.text, None, "Expected a text, got None"),
            (fields.text, ["a", "b"], "Expected a text, got ['a', 'b']"),
            (fields.text, True, "Expected a text, got True"),
            (fields.text, "\ud800", "Not a Unicode text"),
            (fields.line, "a\nb", "This value must be a single line: a\nb"),
            (fields.line, "a\rb", "This value must be a single line: a\rb"),
            (fields.boolean, "y", "Invalid boolean value: y"),
            (fields.boolean, "", "Invalid boolean value: "),
            (fields.boolean, 1, "Invalid boolean value: 1"),
            (fields.natural, "-1", "Expected a non-negative integer: -1"),
            (fields.natural, "x", "invalid literal for int() with base 10: 'x'"),
            (fields.natural, None, "invalid literal for int() with base 10: 'None'"),
            (fields.natural, ["1"], "invalid literal for int() with base 10: '['1']'"),
            (fields.natural, float("inf"), "invalid literal for int() with base 10: 'inf'"),
            (fields.integer, "x", "invalid literal for int() with base 10: 'x'"),
            (fields.integer, None, "invalid literal for int() with base 10: 'None'"),
            (fields.kilobytes, "nan", "Expected a non-negative number: nan"),
            (fields.kilobytes, "-1", "Expected a non-negative number: -1"),
            (fields.kilobytes, "x", "could not convert string to float: 'x'"),
            (fields.kilobytes, None, "Expected a number: None"),
            (fields.moment, "now", "Expected a time such as 2026-01-31T12:00:00: now"),
            (fields.moment, 7, "Expected a time such as 2026-01-31T12:00:00: 7"),
            (
                fields.moment,
                "0001-01-01T00:00+14:00",
                "Expected a time such as 2026-01-31T12:00:00: 0001-01-01T00:00+14:00",
            ),
            (fields.duration, "", ""),
            (fields.duration, "10", ""),
            (fields.duration, "-1d", ""),
            (fields.duration, "3d 4h", ""),
            (fields.duration, "4h3d", ""),
            (fields.duration, "9999999999w", "Too long: 9999999999w"),
            (
                fields.enumeration(Action),
                "Hold",
                "Accepted Values are: hold, reject, discard, accept, defer",
            ),
            (
                fields.enumeration(Action),
                0,
                "Accepted Values are: hold, reject, discard, accept, defer",
            ),
            (fields.language, "xx", "Unknown language: xx"),
            (fields.strings, 7, "Expected str, got 7"),
            (fields.strings, ["a", None], "Expected str, got None"),
            (fields.email, "anne", "Expected a valid email address, got anne"),
            (fields.regex, "(", "Expected a valid regexp, got ("),
            (fields.regex, None, "Expected a text, got None"),
            (
                fields.pattern,
                ["^a"],
                "Expected a valid email address or regular expression, got ['^a']",
            ),
            (
                fields.pattern,
                "",
                "Expected a valid email address or regular expression, got empty",
            ),
            (
                fields.patterns,
                "^(",
                "Expected a valid email address or regular expression, got ^(",
            ),
            (
                fields.patterns,
                ["a@example.com", ""],
                "Expected a valid email address or regular expression, got empty",
            ),
            (
                fields.patterns_and_lists,
                "@ant",
                "Expected a valid email address, regular expression or @fqdn_listname, got @ant",
            ),
            (fields.aliases, "ant", "Expected an address or a regular expression, got ant"),
            (fields.aliases, "^(", "Expected a regular expression, got ^("),
            (fields.url, "http://h", "Invalid URL: http://h."),
            (fields.url, "", "Invalid URL: ."),
            (fields.url, "http://[h/", "Invalid URL: http://[h/."),
            (fields.password, "x" * 2000, "A password has at most 1024 characters"),
        ],
    )
    def test_a_bad_value_is_told_why(self, convert, given, reason):
        with pytest.raises(ValueError) as error:
            convert(given)
        assert str(error.value) == reason
