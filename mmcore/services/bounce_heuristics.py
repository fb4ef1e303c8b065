"""What the library flufl.bounce recognises in failure reports that follow no standard.

It knows dozens of forms, by patterns that people have collected for twenty years.  It is given
the beginning of a message in short lines, since some of its patterns take a time that grows with
the square of a line, and is not trusted to survive everything that is sent.
"""

from __future__ import annotations

import email
import logging
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from flufl.bounce import all_failures

from mmcore.message.writing import with_line_ends
from mmcore.services.tolerance import CANNOT_COPE

log = logging.getLogger("mmcore.bounce")

#: It writes a line for each of its detectors, and a traceback for what we write down ourselves.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)

#: What failed stands at the beginning; then comes the message that did not arrive.
LONGEST = 50_000
LONGEST_LINE = 500


@dataclass(frozen=True)
class Guess:
    """Addresses that failed for good, and others that may take mail later."""

    permanent: frozenset[str] = frozenset()
    temporary: frozenset[str] = frozenset()


def guess(msg: Any) -> Guess:
    """The addresses that a report is about, as far as anybody recognises it; never raises."""
    data = shortened(msg.beginning(LONGEST).as_bytes())
    try:
        report = email.message_from_bytes(data)
        if not getaddresses([report.get("from", "")]):
            # One detector fails over reports of nobody, and then those behind it are not asked.
            del report["from"]
            report["From"] = "MAILER-DAEMON@invalid"
        temporary, permanent = all_failures(report)
    except CANNOT_COPE as error:
        log.warning("%s: what failed cannot be made out: %r", msg.get("message-id"), error)
        return Guess()
    return Guess(_texts(permanent), _texts(temporary) - _texts(permanent))


def shortened(data: bytes) -> bytes:
    """The beginning of some data in lines as Unix has them, with the ends of long lines cut off.

    The library's patterns know no other line ends.
    """
    lines = with_line_ends(data[:LONGEST], b"\n").split(b"\n")
    return b"\n".join(line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] for line in lines)


def _texts(addresses: frozenset[bytes]) -> frozenset[str]:
    """Addresses as text; those that are no UTF-8 are left out."""
    found = set()
    for address in addresses:
        try:
            found.add(address.decode("utf-8"))
        except UnicodeDecodeError:
            log.info("an address that is not UTF-8 is left out: %r", address)
    return frozenset(found)
