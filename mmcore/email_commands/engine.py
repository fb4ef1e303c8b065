"""Carries out the commands in a mail, and mails back what they have to say."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from i18n import _, using
from mmcore.email_commands.lines import Line, read_lines
from mmcore.email_commands.results import Results
from mmcore.interfaces.auto_response import Response
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.message.addresses import parse_addresses
from mmcore.services.auto_responses import Quota, may_answer, take_quota, tell_no_more
from mmcore.services.verp import confirm_token

log = logging.getLogger("mmcore.commands")

#: Where the address stands that a mail was sent to, with the token of a confirmation.
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "resent-to", "envelope-to")
#: `Re: Fwd: Re:` … before the command in a Subject.
_MOST_PREFIXES = 5
#: What also works in a line that quotes somebody: it needs a token.
_IN_QUOTES = "confirm"


def process(engine: Any, mlist: Any, msg: Any, msgdata: dict) -> None:
    """Carry out the commands of a mail to a list.

    The sub-address it was sent to may stand for the one command (`join`, `leave`, `confirm`
    with a token); then the author only gets an answer if something is wrong.
    """
    language = msgdata.get("lang") or mlist.preferred_language
    address = mlist.site.addresses.get(msg.sender)
    results = Results(may_quote=address is not None and address.verified_on is not None)
    with using(language):
        implicit = _implicit(engine, mlist, msg, msgdata)
        if implicit is None:
            _carry_out_text(engine, mlist, msg, msgdata, results)
        else:
            results.send_response = False
            _carry_out(engine, mlist, msg, msgdata, [Line(implicit)], results)
        if results.send_response:
            _answer(engine, mlist, msg, language, results)


def _implicit(engine: Any, mlist: Any, msg: Any, msgdata: dict) -> str | None:
    """The command that the sub-address stands for, or None."""
    subaddress = msgdata.get("subaddress")
    if subaddress in ("join", "leave"):
        return str(subaddress)
    if subaddress != "confirm":
        return None
    for name in _RECIPIENTS:
        for _name, email in parse_addresses(msg.get_all(name, [])):
            if token := confirm_token(engine.settings, mlist, email):
                return f"confirm {token}"
    return None


def _carry_out_text(engine: Any, mlist: Any, msg: Any, msgdata: dict, results: Results) -> None:
    """Carry out what the Subject and the text say."""
    found = read_lines(msg, engine.settings.mmcore.email_commands_max_lines)
    results.ignored = found.ignored
    if msg.is_multipart():
        results.print(_("Only the text of your message is read; its other parts are ignored."))
    subject = Line(_without_prefixes(engine, found.subject))
    commands = [line for line in (subject, *found.body) if line.words]
    if not commands:
        results.print(_("There are no commands in your message; try the command help."))
    _carry_out(engine, mlist, msg, msgdata, commands, results)


def _without_prefixes(engine: Any, line: Line) -> str:
    """A Subject without what programs put before it in a reply."""
    words = line.text.split()
    for _number in range(_MOST_PREFIXES):
        if len(words) > 1 and words[0].endswith(":"):
            words = words[1:]
    return " ".join(words)


def _carry_out(
    engine: Any, mlist: Any, msg: Any, msgdata: dict, lines: Iterable[Line], results: Results
) -> None:
    """Carry out commands until one of them wants to be the last."""
    waiting: Iterator[Line] = iter(lines)
    for line in waiting:
        name, arguments = _find(engine, line.words)
        command = engine.email_commands.get(name)
        if line.quoted and name != _IN_QUOTES:
            continue
        if command is None:
            if results.may_quote:
                results.print(_("There is no command $command.", command=name[:100]))
            else:
                results.print(_("There is a line that is not a command."))
            continue
        log.info("%s: %s from %s", mlist.list_id, name, msg.sender or "n/a")
        done = command.process(mlist, msg, msgdata, arguments, results)
        if done is ContinueProcessing.no:
            break
    results.unprocessed = [line.text for line in waiting if not line.quoted]


def _find(engine: Any, words: list[str]) -> tuple[str, list[str]]:
    """(name, arguments) of the command in a line: its first word, or else its second."""
    for index, word in enumerate(words[:2]):
        if word in engine.email_commands:
            return word, words[index + 1 :]
    return words[:2][-1], []


def _answer(engine: Any, mlist: Any, msg: Any, language: str, results: Results) -> None:
    """Mail the results, unless nobody would read them, or too many were mailed today."""
    if not may_answer(engine, mlist, msg):
        return
    quota = take_quota(engine, mlist, msg.sender, Response.results)
    if quota is Quota.left:
        results.send(engine, mlist, msg, language)
    elif quota is Quota.reached:
        tell_no_more(engine, mlist, msg, language)
