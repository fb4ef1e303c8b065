"""Mail as nobody should write it, made up by hypothesis: header soup and MIME trees that lie."""

from __future__ import annotations

from hypothesis import strategies as st

AUTHOR = b"aperson@example.com"
LIST = b"test@example.com"

NAMES = (
    b"From To Cc Reply-To Sender Subject Message-ID Date In-Reply-To References Received "
    b"Resent-From List-Id List-Post List-Unsubscribe Precedence Auto-Submitted X-No-Archive "
    b"Return-Path Mail-Followup-To Newsgroups Keywords X-Spam-Flag MIME-Version Content-Type "
    b"Content-Transfer-Encoding Content-Disposition DKIM-Signature Archived-At Content-Language"
).split()

#: Pieces that fields are made of.
PIECES = (
    AUTHOR, LIST, b"<", b">", b",", b";", b":", b"@", b"(", b")", b'"', b"\\", b"=", b"*", b"%",
    b" ", b"\r\n ", b"\n\t", b"\r\n \r\n ", b"\r", b"\x00", b"\x0b", b"\x1b", b"\x7f", b"\x85",
    b"\xfc", b"\xff\xfe", "ü".encode(), "日本".encode(), "\u2028\u202e".encode(),
    b"\xed\xa0\x80",
    b"=?utf-8?q?=C3=BC=0A?=", b"=?utf-8?b?w7w=?=", b"=?utf-8?b?w?=", b"=?utf-16?b?/w==?=",
    b"=?x?q?a?=", b"=?hex?q?zz?=", b"Re:", b"[Test]", b"Anne Person", b"undisclosed-recipients:;",
    b"<id@example.com>", b"@[127.0.0.1]", "ü@bücher.example".encode(), b"bperson@example.org",
    b"a" * 300, b"Mon, 20 Nov 2023 10:00:00 +0100", b"99999999999999999999", b"no", b"bulk",
)  # fmt: skip

TYPES = (
    b"text/plain", b"text/html", b"TEXT/Plain", b"text", b"text/enriched", b"image/png", b"/", b"",
    b"application/octet-stream", b"application/ms-tnef", b"application/pkcs7-mime",
    b"message/rfc822", b"message/delivery-status", b"message/global", b"message/partial",
    b"multipart/mixed", b"multipart/digest", b"\xff/\xff", b"text/calendar; method=REQUEST",
)  # fmt: skip
KINDS = (
    b"mixed", b"alternative", b"related", b"digest", b"signed", b"encrypted", b"report",
    b"appledouble", b"", b"x-\xff",
)  # fmt: skip
CHARSETS = (
    b"us-ascii", b"utf-8", b"iso-8859-1", b"utf-16", b"utf-7", b"iso-2022-jp", b"x-none", b"hex",
    b"idna", b"punycode", b"\xff", b'"utf-8', b"", b"unicode_escape", b"undefined",
)  # fmt: skip
ENCODINGS = (
    b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable", b"x-uuencode", b"BASE64 ", b"",
    b"gzip", b"\xff",
)  # fmt: skip
TEXTS = (
    b"Hello.", b"> quoted", b"", b".", b"..x", b"From here", b"--b", b"--b--", b"--", b"-- ",
    b"Gr\xfc\xdfe", "Grüße".encode(), b"=C3=BC=", b"R3LDvMOfZQ==", b"\x00\xff\x80", b"\x1b$B$3",
    b"<p>One <b>two</p> &auml; &#0; <script>", b"begin 644 x\n#86)C\nend", b"x" * 1200, b"a\rb",
    b"trailing  \t", b"http://example.com/", b"-----BEGIN PGP MESSAGE-----",
)  # fmt: skip


@st.composite
def _values(draw: st.DrawFn) -> bytes:
    return b"".join(draw(st.lists(st.sampled_from(PIECES), max_size=6)))


_fields = st.tuples(st.sampled_from(NAMES), _values()).map(b": ".join)
_lines = st.one_of(
    _fields, _fields, _fields,
    st.sampled_from((b"no field", b" folded", b"X-\xfc: x", b"Bad Name: x", b":", b"From x y")),
)  # fmt: skip
_line_ends = st.sampled_from((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"))


@st.composite
def _leaves(draw: st.DrawFn) -> bytes:
    end = draw(_line_ends)
    head = b"Content-Type: " + draw(st.sampled_from(TYPES))
    if draw(st.booleans()):
        head += b"; charset=" + draw(st.sampled_from(CHARSETS))
    if draw(st.booleans()):
        head += b"; name=" + draw(_values()).replace(b"\r\n \r\n ", b"")
    lines = [head] if draw(st.integers(0, 4)) else []
    if draw(st.booleans()):
        lines.append(b"Content-Transfer-Encoding: " + draw(st.sampled_from(ENCODINGS)))
    if draw(st.integers(0, 3)) == 0:
        lines.append(b"Content-Disposition: attachment; filename=" + draw(_values()))
    text = draw(
        st.one_of(
            st.lists(st.sampled_from(TEXTS), max_size=4).map(end.join), st.binary(max_size=40)
        )
    )
    return end.join([*lines, b"", text])


@st.composite
def _branches(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    end = draw(_line_ends)
    if draw(st.integers(0, 4)) == 0:
        return end.join([b"Content-Type: message/rfc822", b"", draw(children)])
    boundary = draw(st.sampled_from((b"b", b"c", b"bb", b"b b", b"\xfc", b"")))
    said = draw(st.sampled_from((boundary, boundary, boundary, b"b", b'"' + boundary + b'"')))
    lines = [b"Content-Type: multipart/" + draw(st.sampled_from(KINDS)) + b"; boundary=" + said]
    if draw(st.integers(0, 5)) == 0:
        lines.append(b"Content-Transfer-Encoding: " + draw(st.sampled_from(ENCODINGS)))
    lines += [b"", draw(st.sampled_from((b"", b"preamble")))]
    for child in draw(st.lists(children, max_size=3)):
        lines += [b"--" + boundary, child]
    if draw(st.booleans()):
        lines.append(b"--" + boundary + b"--")
    return end.join(lines) + draw(st.sampled_from((b"", end, b"epilogue" + end)))


trees = st.recursive(_leaves(), _branches, max_leaves=6)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A message, mostly with an author and the list in it."""
    end = draw(_line_ends)
    lines = draw(st.lists(_lines, max_size=8))
    if draw(st.integers(0, 4)):
        lines.insert(0, b"From: Anne <" + AUTHOR + b">")
    if draw(st.booleans()):
        lines.append(b"Message-ID: <wild@example.com>")
    return b"".join(line + end for line in lines) + draw(trees)


#: Messages, and now and then just bytes.
wild_mail = st.one_of(mails(), mails(), mails(), mails(), st.binary(max_size=200))
