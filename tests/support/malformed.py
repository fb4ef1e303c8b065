"""Messages that no program should have sent, by name."""

from __future__ import annotations

from mmcore.message.message import Message

_NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)
)

MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "nothing but a body": b"\r\nhello\r\n",
    "no end of the header": b"From: a@example.com\r\nSubject: x",
    "eight bit everywhere": b"From: \xe4\xf6 <a@example.com>\r\nTo: \xff\r\nSubject: \xe9\xff\r\n"
    b"Content-Type: text/plain; charset=\xff\r\n\r\n\xff\xfe\x00\x80\r\n",
    "nul": b"From: a\x00@example.com\r\nSubject: a\x00b\r\n\r\na\x00b\r\n",
    "unknown charset": b"Subject: =?x-none?q?=ff?= =?utf-8?b?!!!?=\r\n"
    b"Content-Type: text/plain; charset=x-none\r\n\r\nhelp\r\n",
    "charset that is no text": b"Subject: =?hex?q?=ff?= =?base64?b?AAA?= =?idna?q?xn--a-?=\r\n"
    b"Content-Type: text/plain; charset=hex\r\n\r\nzz\r\n",
    "charset with nul": b"Content-Type: text/plain; charset=\"u\x00\"\r\n\r\nhello\r\n",
    "broken encoded words": b"From: =?utf-8?q?=?= <a@example.com>\r\nSubject: =?utf-8?b?w?=\r\n"
    b"To: =?utf-8?q?a@b?= <, >, (((, \"\r\n\r\nx\r\n",
    "broken base64": b"Content-Transfer-Encoding: base64\r\n\r\n=a=\r\n",
    "broken quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n=",
    "unknown transfer encoding": b"Content-Transfer-Encoding: x-what\r\n\r\nx\r\n",
    "uuencode that is none": b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin\r\nzz\r\n",
    "broken parameters": b"Content-Type: text/plain; charset*0*=x''%; format*=;;==\r\n\r\nx\r\n",
    "multipart without a boundary": b"Content-Type: multipart/mixed\r\n\r\n"
    b"--x\r\n\r\nx\r\n--x--\r\n",
    "multipart without parts": b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts\r\n",
    "multipart without an end": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nhello",
    "multipart in base64": b"Content-Type: multipart/mixed; boundary=x\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nLS14DQoNCmhpDQotLXgtLQ0K\r\n",
    "boundary of strange signs": b"Content-Type: multipart/mixed; boundary=\"\xff \"\r\n\r\n"
    b"--\xff\r\n\r\nx\r\n--\xff--\r\n",
    "message without a message": b"Content-Type: message/rfc822\r\n\r\n",
    "nested too deep": _NESTED,
    "fields twice": b"From: a@example.com\r\nFrom: b@example.com\r\nSubject: x\r\nSubject: y\r\n"
    b"To: c@example.com\r\nTo: d@example.com\r\nMessage-ID: <x>\r\nMessage-ID: <y>\r\n\r\nx\r\n",
    "carriage returns": b"From: a@example.com\rTo: b\r\nSubject: a\rb\r\n\r\na\rb\r\n",
    "odd date": b"From: a@example.com\r\nDate: yesterday\r\n\r\nx\r\n",
    "surrogates in utf-8": b"Subject: \xed\xa0\x80\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xed\xa0\x80\r\n",
    "utf-16": b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + "hällo\r\n".encode("utf-16"),
    "utf-7": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AOk- +\r\n",
}  # fmt: skip


def malformed(name: str) -> Message:
    """One of the messages, parsed."""
    return Message.parse(MALFORMED[name])
