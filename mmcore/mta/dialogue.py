"""The dialogue up to the content: commands sent in groups, replies sorted by recipient.

With PIPELINING (RFC 2920) MAIL, all RCPT and DATA travel in one write; without
it the same code goes in lock-step.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmcore.mta.envelope import Envelope
from mmcore.mta.journal import Reply
from mmcore.mta.link import Link, LostError


def negotiate(envelope: Envelope, link: Link) -> tuple[list[Reply], Sequence[int]]:
    """Carry the envelope to the answer to DATA; raises LostError.

    Returns a reply for each recipient, and the positions of those for whom the
    server now waits for content: none if it does not wait.
    """
    if not envelope.groups:
        return [envelope.refused[position] for position in sorted(envelope.refused)], ()
    link.open_transaction = True
    asked = envelope.asked
    mail, told, answer = _ask(envelope, link)
    if mail.code >= 300:
        told = [mail] * len(asked)
    accepted = [position for position, reply in zip(asked, told, strict=True) if reply.code < 300]
    replies = told
    if envelope.refused:
        verdicts = envelope.refused | dict(zip(asked, told, strict=True))
        replies = [verdicts[position] for position in sorted(verdicts)]
    if accepted and answer is not None:
        if answer.code == 354:
            link.open_transaction = False
            return replies, accepted
        if answer.code < 400:
            raise LostError(f"connection lost: unexpected reply to DATA: {answer}")
        fill(replies, accepted, answer)
    elif answer is not None and answer.code == 354:
        # RFC 2920, 3.1: the server waits for content although nobody is to get it.
        link.write(b".\r\n")
        link.command_reply()
    return replies, ()


def _ask(envelope: Envelope, link: Link) -> tuple[Reply, list[Reply], Reply | None]:
    """Send what is not sent yet of an envelope; raises LostError.

    Returns the replies to MAIL, to each RCPT, and to DATA if it was sent.
    """
    answers: list[Reply] = []
    mail_at = 1 if envelope.reset else 0
    data_at = mail_at + 1 + len(envelope.asked)
    for number, (commands, count) in enumerate(envelope.groups):
        if number >= envelope.written:
            refused = len(answers) > mail_at and answers[mail_at].code >= 300
            # DATA alone, as in lock-step: there is no use in it without recipients.
            futile = len(answers) == data_at and all(r.code >= 300 for r in answers[mail_at + 1 :])
            if refused or futile:
                break
            link.write(commands)
        answers += [link.command_reply() for _ in range(count)]
    answer = answers[data_at] if len(answers) > data_at else None
    return answers[mail_at], answers[mail_at + 1 : data_at], answer


def fill(replies: list[Reply], positions: Sequence[int], reply: Reply) -> None:
    """Give those at `positions` this reply."""
    if len(positions) == len(replies):
        replies[:] = [reply] * len(replies)
    else:
        for position in positions:
            replies[position] = reply
