"""The dialogue before the content: commands sent in groups, replies sorted by recipient.

With PIPELINING (RFC 2920) MAIL, all RCPT and DATA travel in one write; without
it the same code goes in lock-step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmcore.mta.content import Content
from mmcore.mta.envelope import Envelope
from mmcore.mta.journal import Reply
from mmcore.mta.link import Link, LostError, UnreachableError

_GO_ON = 354
_OUT_OF_STEP = 503
# Wants a login or encryption first (RFC 4954, 6; RFC 3207, 4).
_WANTS_MORE = 530


@dataclass(slots=True)
class Terms:
    """What the server says to an envelope: on which terms the content may follow."""

    #: For each recipient.
    replies: list[Reply]
    #: Positions of those for whom it waits for content now: none if it does not wait.
    accepted: Sequence[int] = ()
    #: Whether it refused the sender, and so all recipients with the same words.
    sender_refused: bool = False


def negotiate(envelope: Envelope, link: Link) -> Terms:
    """Carry the envelope to where the content begins; raises LostError."""
    if not envelope.groups:
        return Terms([envelope.refused[position] for position in sorted(envelope.refused)])
    link.open_transaction = True
    mail, told, answer = _ask(envelope, link)
    asked = envelope.asked
    if mail.code >= 300:
        return _refused_sender(envelope, link, [mail, *told], answer)
    accepted = [position for position, reply in zip(asked, told, strict=True) if reply.code < 300]
    replies = _with_ours(envelope, told)
    if not accepted:
        if answer is not None and answer.code == _GO_ON:
            _decline(link)
        return Terms(replies)
    if envelope.data:
        # Without any recipients it need not have been sent.
        assert answer is not None
        if answer.code >= 400:
            fill(replies, accepted, answer)
            return Terms(replies)
        if answer.code != _GO_ON:
            raise LostError(f"connection lost: unexpected reply to DATA: {answer}")
    link.open_transaction = False
    return Terms(replies, accepted)


def _refused_sender(
    envelope: Envelope, link: Link, answers: Sequence[Reply], answer: Reply | None
) -> Terms:
    """All recipients share the fate of the sender; `answers` are to MAIL and RCPT."""
    mail, *told = answers
    if answer is not None and answer.code < 400:
        if answer.code != _GO_ON or any(reply.code < 300 for reply in told):
            raise LostError(f"connection lost: {mail} to the sender, and yet {answer}")
        _decline(link)
    return Terms(_with_ours(envelope, [mail] * len(envelope.asked)), (), True)


def _decline(link: Link) -> None:
    """RFC 2920, 3.1: the server waits for content although nobody is to get it."""
    link.write(b".\r\n")
    link.command_replies(1)


def _with_ours(envelope: Envelope, told: list[Reply]) -> list[Reply]:
    """The server's replies, with our own for those whom it was not asked about."""
    if not envelope.refused:
        return told
    verdicts = envelope.refused | dict(zip(envelope.asked, told, strict=True))
    return [verdicts[position] for position in sorted(verdicts)]


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
        answers += link.command_replies(count)
    answer = answers.pop() if len(answers) > data_at else None
    if envelope.reset and (reset := answers.pop(0)).code >= 300:
        raise LostError(f"connection lost: unexpected reply to RSET: {reset}")
    mail, *told = answers
    if mail.code == _OUT_OF_STEP and link.begun > 1:
        # It thinks that the transaction before is not over.  On a new connection it is.
        raise LostError(f"connection lost: {mail}")
    if mail.code in (_OUT_OF_STEP, _WANTS_MORE):
        # Our settings are to blame, and no message or recipient.
        raise UnreachableError(f"the server wants no mail over this connection: {mail}")
    for reply in answers:
        if 300 <= reply.code < 400:
            raise LostError(f"connection lost: asked for content too early: {reply}")
    return mail, told, answer


def prove_chunking(content: Content, link: Link) -> Reply | None:
    """Send the first byte of the content as a chunk; raises LostError.

    A server, or something on the way to it, that does not know BDAT although it
    was offered would carry out the text of the message as commands.  So the first
    time we wait for an answer before more than a byte is sent.  Returns None if
    it works, else what the server says instead.
    """
    link.write(content.first_chunk())
    (reply,) = link.command_replies(1)
    if reply.code < 300:
        link.chunking_works = True
        link.chunk_begun = 1
        return None
    if reply.code < 400:
        raise LostError(f"connection lost: unexpected reply to BDAT: {reply}")
    link.open_transaction = True
    return reply


def fill(replies: list[Reply], positions: Sequence[int], reply: Reply) -> None:
    """Give those at `positions` this reply."""
    if len(positions) == len(replies):
        replies[:] = [reply] * len(replies)
    else:
        for position in positions:
            replies[position] = reply
