"""Reports of failures and complaints, as mail servers send them."""

from __future__ import annotations

from mmcore.message.message import Message

BOUNCES = "test-bounces@example.com"


def report(
    *recipients: str,
    to: str = BOUNCES,
    text: str = "Your message could not be delivered.",
    status: str = "message/delivery-status",
    enclosed: str = "From: test-bounces@example.com\nMessage-ID: <post@example.com>\n\nHello.\n",
    fields: str = "",
) -> Message:
    """A delivery status notification; each recipient is a block of fields."""
    blocks = "\n".join(("Reporting-MTA: dns; mx.example.org\n", *recipients))
    return parsed(f"""\
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered Mail
Message-ID: <dsn@mx.example.org>
Auto-Submitted: auto-replied
{fields}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_"

--=_
Content-Type: text/plain

{text}

--=_
Content-Type: {status}

{blocks}
--=_
Content-Type: message/rfc822

{enclosed}
--=_--
""")


def failed(
    email: str = "aperson@example.com",
    status: str = "5.1.1",
    said: str = "550 5.1.1 User unknown",
    action: str = "failed",
) -> str:
    """The block of a recipient."""
    return (
        f"Final-Recipient: rfc822; {email}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}\n"
    )


def complaint(
    enclosed: str,
    kind: str = "abuse",
    to: str = BOUNCES,
    fields: str = "",
    enclosed_type: str = "message/rfc822",
) -> Message:
    """A feedback report (RFC 5965) about what is enclosed."""
    return parsed(f"""\
From: fbl@provider.example
To: {to}
Subject: FW: Hello
Message-ID: <arf@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_"

--=_
Content-Type: text/plain

This is an email abuse report.

--=_
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeProvider/1.0
Version: 1
{fields}
--=_
Content-Type: {enclosed_type}

{enclosed}
--=_--
""")


def parsed(text: str) -> Message:
    """The message of a text, as it came by mail."""
    return Message.parse(text.replace("\n", "\r\n").encode("utf-8", "surrogateescape"))
