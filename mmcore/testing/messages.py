"""Messages as they come from the internet, by what is odd about them."""

from __future__ import annotations

STRANGE_MESSAGES: dict[str, bytes] = {
    "nothing": b"",
    "only a body": b"\r\nhello\r\n",
    "no end of the header": b"From: a@example.com\r\nSubject: x",
    "eight bits": b"From: \xe4 <a@example.com>\r\nSubject: \xe9\xff\r\nMessage-ID: <\xff@x>\r\n"
    b"Content-Type: text/plain; charset=\xff\r\n\r\n\xff\xfe\x00\x80\r\n",
    "nul": b"From: a\x00@example.com\r\nSubject: a\x00b\r\nMessage-ID: <\x00>\r\n\r\na\x00b\r\n",
    "unknown charset": b"Subject: =?x-none?q?=ff?= =?utf-8?b?!!!?=\r\n"
    b"Content-Type: text/plain; charset=x-none\r\n\r\nhelp\r\n",
    "from lines": b"From someone Thu Jan  1 00:00:00 1970\r\nFrom: a@example.com\r\n\r\n"
    b"From here on\r\n>From there\r\n",
    "broken base64": b"Content-Transfer-Encoding: base64\r\n\r\n=a=\r\n",
    "broken multipart": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello",
    "bare carriage returns": b"From: a@example.com\rTo: b\r\nSubject: a\rb\r\n\r\na\rb\r\n",
    "bare line feeds": b"From: a@example.com\nSubject: x\nMessage-ID: <lf>\n\na\nb\n",
    "odd date": b"From: a@example.com\r\nDate: yesterday\r\n\r\nx\r\n",
    "far date": b"From: a@example.com\r\nDate: Fri, 31 Dec 9999 23:59:59 -2359\r\n\r\nx\r\n",
    "fields twice": b"From: a@example.com\r\nFrom: b@example.com\r\nDate: x\r\nDate: y\r\n"
    b"Message-ID: <x>\r\nMessage-ID: <y>\r\n\r\nx\r\n",
    "odd ids": b"Message-ID: <a b\r\n c>  \r\nMessage-ID-Hash: ../../x?y#z\r\n\r\nx\r\n",
}
