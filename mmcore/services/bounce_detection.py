"""What mail to LIST-bounces says, and what is noted of it.

Whom a report is about is read from the address that it was sent to, if the copy had a sender of
its own (VERP, probes), else from the report.  Nothing here answers a mail: whoever answers
failures gets failures of answers.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from mmcore.interfaces.bounce import BounceContext
from mmcore.message.delivery_status import Action, RecipientStatus
from mmcore.message.feedback import NOT_SPAM, Feedback, read_feedback
from mmcore.message.message import Message
from mmcore.message.originals import original_of
from mmcore.services.bounce_complaints import complainants
from mmcore.services.bounce_events import Failure, register
from mmcore.services.bounce_forwarding import forward
from mmcore.services.bounce_probes import PROBE
from mmcore.services.bounce_reading import Reading, failure_of, read_report
from mmcore.services.verp import probe_tokens, verp_recipients

log = logging.getLogger("mmcore.bounce")

#: So much of a report is kept with its events.
LONGEST_KEPT = 100_000

_MESSAGE_ID = re.compile(r"\s*(<[^<>\s]+>)\s*")
_UNKNOWN = RecipientStatus((), Action.failed, 0, "", "")


def process(engine: Any, mlist: Any, msg: Any) -> None:
    """Note what a mail to the address for bounces of a list says, in this transaction."""
    if not mlist.process_bounces:
        log.info("%s: %s is dropped: bounces are not processed", mlist.list_id, _name(msg))
        return
    report = Report(engine, mlist, msg)
    feedback = read_feedback(msg)
    if feedback is not None:
        _process_feedback(report, feedback)
    else:
        _process_failure(report)


class Report:
    """A mail to a list's address for bounces, from which events are made."""

    def __init__(self, engine: Any, mlist: Any, msg: Any) -> None:
        self.engine = engine
        self.mlist = mlist
        self.msg = msg
        self._content: str | None = None

    def note(
        self, failure: Failure, context: BounceContext, source: str, message_id: str | None = None
    ) -> None:
        """Note a failure that the mail reports, by default of the message that it encloses."""
        register(
            self.engine,
            self.mlist.site,
            self.mlist.list_id,
            failure,
            context,
            message_id=self._enclosed_id() if message_id is None else message_id,
            source=source,
            content=self._kept(),
        )

    def _enclosed_id(self) -> str:
        original = original_of(self.msg)
        found = _MESSAGE_ID.match("" if original is None else str(original.get("message-id", "")))
        return found[1] if found else ""

    def _kept(self) -> str:
        """Reference to a copy of the mail, which stays as long as its events.

        It stands among what this process writes, which is reports for the most part.
        """
        if self._content is None:
            copy = Message.parse(self.msg.beginning(LONGEST_KEPT).as_bytes())
            self._content = self.engine.mailroom(self.mlist).store(copy)[0]
        return self._content

    def ignored(self, why: str) -> None:
        """Write down why nothing is done about the mail."""
        log.info("%s: %s is ignored: %s", self.mlist.list_id, _name(self.msg), why)

    def not_understood(self, why: str) -> None:
        """Have people look at the mail."""
        log.info("%s: %s: %s", self.mlist.list_id, _name(self.msg), why)
        forward(self.engine, self.mlist, self.msg)


def _process_failure(report: Report) -> None:
    """What is no complaint: a report of a failure, in whatever form, or something else."""
    settings, mlist, msg = report.engine.settings, report.mlist, report.msg
    reading = read_report(msg)
    members = verp_recipients(settings, mlist, msg)
    if members:
        _process_verp(report, members, reading)
    elif not _process_probes(report, probe_tokens(settings, mlist, msg), reading):
        _process_reading(report, reading)


def _process_verp(report: Report, recipients: set[str], reading: Reading) -> None:
    """The copy had a sender of its own: the address that the report was sent to says whose."""
    if reading.temporary:
        report.ignored("it is a failure for now")
    elif not reading.permanent:
        _process_no_failure(report, reading, "VERPed but not a DSN")
    else:
        for recipient in sorted(recipients):
            report.note(_of(recipient, reading), BounceContext.normal, "verp")


def _process_probes(report: Report, tokens: list[str], reading: Reading) -> bool:
    """A probe has come back; False if it is not about a probe that we know of."""
    pendings = report.mlist.site.pendings
    known = [token for token in tokens if _probed(report.mlist, token) is not None]
    if not known:
        return False
    if reading.temporary or (reading.passed and not reading.permanent):
        report.ignored("the probe may still arrive, or has")
    elif not reading.permanent and _is_answer(report.msg):
        report.not_understood("an automatic answer to a probe")
    else:
        for token in known:
            member, data = _probed(report.mlist, token), pendings.confirm(token)
            # The probe itself is of no interest, but why it was sent.
            message_id = data.get("message_id") or ""
            report.note(_of(member.email, reading), BounceContext.probe, "probe", message_id)
    return True


def _probed(mlist: Any, token: str) -> Any:
    """The member of the list that a token of a probe stands for, or None."""
    data = mlist.site.pendings.get(token)
    if data is None or data.get("type") != PROBE:
        return None
    member = mlist.site.members.get(str(data.get("member_id", "")))
    return member if member is not None and member.list_id == mlist.list_id else None


def _process_reading(report: Report, reading: Reading) -> None:
    """Whom it is about is only said in the report."""
    found: dict[str, Failure] = {}
    for status in reading.permanent:
        failure = failure_of(report.mlist, status)
        if failure is not None:
            found.setdefault(failure.email.lower(), failure)
    for failure in found.values():
        report.note(failure, BounceContext.normal, "report")
    if found:
        return
    if reading.temporary:
        report.ignored("it is a failure for now")
    else:
        _process_no_failure(report, reading, "not understood")


def _process_no_failure(report: Report, reading: Reading, why: str) -> None:
    """Nobody has failed, or nobody can tell who."""
    if reading.passed and not reading.permanent:
        report.ignored("it says that the message has arrived")
    else:
        report.not_understood(why)


def _process_feedback(report: Report, feedback: Feedback) -> None:
    """A report of a mailbox provider about a message that it has taken."""
    if feedback.kind == NOT_SPAM:
        report.ignored("it says that the message is no spam")
        return
    emails = complainants(report.engine.settings, report.mlist, report.msg, feedback)
    if not feedback.is_complaint or not emails:
        report.not_understood(f"a report of {feedback.kind or 'nothing'}, proven for nobody")
    else:
        for email in emails:
            text = " ".join([feedback.kind, *feedback.get_all("user-agent")])
            report.note(Failure(email, text=text), BounceContext.complaint, "complaint")


def _of(email: str, reading: Reading) -> Failure:
    """The failure of an address that is known, with what the report says of it or of another."""
    statuses = reading.permanent
    wanted = email.lower()
    own = (status for status in statuses if wanted in map(str.lower, status.addresses))
    status = next(own, statuses[0] if statuses else _UNKNOWN)
    return Failure(email, status.code, status.enhanced, status.text)


def _is_answer(msg: Any) -> bool:
    """Whether a mail says of itself that it is an automatic answer (RFC 3834)."""
    said = str(msg.get("auto-submitted", "")).strip().lower()
    return said.startswith("auto-replied") or any(
        name in msg for name in ("x-autoreply", "x-autorespond", "x-autoresponder")
    )


def _name(msg: Any) -> str:
    return " ".join(str(msg.get("message-id", "n/a")).split())
