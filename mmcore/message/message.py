"""A message: bytes as received, headers parsed, the body only when asked for.

`Message` is the standard library's class with three promises on top.  What
nobody changed leaves byte for byte as it came (RFC 5322 and 2045 leave too
much room for a round trip through a parser to be harmless: signatures break).
A body is not looked at before somebody wants it.  And nothing that can arrive
makes reading or writing a message raise.
"""

from __future__ import annotations

import copy
import email.message
from collections.abc import Iterator, Sequence
from email.policy import Policy
from typing import TYPE_CHECKING, Any

from mmcore.message import writing
from mmcore.message.addresses import is_valid, parse_addresses
from mmcore.message.fields import POLICY
from mmcore.message.headers import decode
from mmcore.message.structure import MAX_DEPTH, read_header, split_blocks, split_multipart

if TYPE_CHECKING:
    _Base = email.message.Message[str, str]
else:
    _Base = email.message.Message

#: What the standard library can raise over parameters and charsets that make no sense.
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)


class _Unread:
    """Stands for a payload that has not been looked at (the class itself does)."""


class Message(_Base):
    """An `email.message.Message` that keeps its bytes; see `parse`."""

    #: Where authors are looked for; 'from_' is the envelope sender.
    sender_headers: Sequence[str] = ("from", "from_", "reply-to", "sender")
    #: Where the bytes that were parsed are stored, if they are.
    content_ref: str | None = None
    #: Size of the message when it was received.
    original_size: int = 0

    _source: bytes | None = None  # the bytes that the body lies in
    _body_at: int = 0
    _body_end: int = 0
    _head: bytes = b""  # the header section as received, with the blank line
    _lead: bytes = b""  # what stands before the first field
    _separator: bytes = b""
    _received: tuple[tuple[str, str], ...] = ()
    _depth: int = 0
    _content: Any = None
    # What the body was read as; all None as long as it was not.
    _text: str | None = None
    _parts: tuple[Message, ...] | None = None
    _delimiters: list[bytes] | None = None
    _frame: tuple[str | None, str | None] = (None, None)  # preamble and epilogue

    def __init__(self, policy: Policy | None = None) -> None:
        """Make an empty message, to be filled by the usual methods."""
        self._preamble: str | None = None
        self._epilogue: str | None = None
        super().__init__(POLICY if policy is None else policy)  # type: ignore[arg-type]

    # ------------------------------------------------------------- reading

    @classmethod
    def parse(cls, data: bytes, header: bytes | None = None) -> Message:
        """Read a message from bytes; never raises.

        With `header`, that header section replaces the one in `data`.
        """
        msg = cls._parse_span(data, 0, len(data), 0)
        if header is not None:
            body_at = msg._body_at
            msg = cls._parse_span(header, 0, len(header), 0)
            rest = header[msg._body_at :]
            msg._source = rest + data[body_at:] if rest else data
            msg._body_at = 0 if rest else body_at
            msg._body_end = len(msg._source)
            msg.original_size = len(msg._head) + msg._body_end - msg._body_at
        return msg

    @classmethod
    def _parse_span(cls, data: bytes, start: int, end: int, depth: int) -> Message:
        """Read the message that lies between `start` and `end`."""
        msg = cls()
        section = read_header(data, start, end)
        msg._headers = section.fields
        msg._received = tuple(section.fields)
        msg._lead = section.lead
        msg._unixfrom = section.unix_from
        msg._separator = section.separator
        msg._head = data[start : section.end]
        msg._source = data
        msg._body_at = section.end
        msg._body_end = end
        msg._content = _Unread
        msg._depth = depth
        msg.defects = section.defects
        msg.original_size = end - start
        return msg

    def _read(self) -> None:
        """Look at the body: text, or a list of messages."""
        assert self._source is not None
        kind = self._as_received() if self.header_changed else self
        content_type = kind.get_content_type()
        spans: list[tuple[int, int]] = []
        if content_type.startswith("multipart/"):
            boundary = (kind.get_boundary() or "").encode("utf-8", "surrogateescape")
            found = boundary and split_multipart(
                self._source, self._body_at, self._body_end, boundary
            )
            if found:
                spans = found.spans
                self._delimiters = found.delimiters
                self._preamble = writing.text_of_payload(found.preamble) or None
                self._epilogue = writing.text_of_payload(found.epilogue) or None
                self._frame = (self._preamble, self._epilogue)
        elif content_type == "message/delivery-status":
            spans = split_blocks(self._source, self._body_at, self._body_end)
        elif content_type.startswith("message/"):
            spans = [(self._body_at, self._body_end)]
        if not spans:
            data = self._source[self._body_at : self._body_end]
            self._content = self._text = writing.text_of_payload(data)
            return
        self._content = []
        for start, end in spans:
            part = Message._parse_span(self._source, start, end, self._depth + 1)
            if content_type == "multipart/digest":
                part.set_default_type("message/rfc822")
            self._content.append(part)
        self._parts = tuple(self._content)

    def _as_received(self) -> Message:
        """A message without a body, with the header fields as they came."""
        msg = Message()
        msg._headers = list(self._received)
        msg._depth = self._depth
        msg._default_type = self._default_type
        return msg

    @property
    def _payload(self) -> Any:
        if self._content is _Unread:
            self._read()
        return self._content

    @_payload.setter
    def _payload(self, value: Any) -> None:
        self._content = value

    @property
    def preamble(self) -> str | None:  # type: ignore[override]
        """Text before the first part of a multipart."""
        if self._content is _Unread:
            self._read()
        return self._preamble

    @preamble.setter
    def preamble(self, value: str | None) -> None:
        self._preamble = value

    @property
    def epilogue(self) -> str | None:  # type: ignore[override]
        """Text after the last part of a multipart."""
        if self._content is _Unread:
            self._read()
        return self._epilogue

    @epilogue.setter
    def epilogue(self, value: str | None) -> None:
        self._epilogue = value

    # ------------------------------------------------------------- changes

    @property
    def header_changed(self) -> bool:
        """Whether a field was set, removed or moved since the message was parsed."""
        received = self._received
        return (
            self._source is None
            or len(received) != len(self._headers)
            or any(old[1] is not new[1] for old, new in zip(received, self._headers, strict=True))
            or not self._head.startswith(self._lead)
        )

    @property
    def body_changed(self) -> bool:
        """Whether the body has to be written anew, because it or a part of it was changed."""
        if self._source is None:
            return True
        content = self._content
        if content is not _Unread and isinstance(content, list):
            return (
                self._parts is None
                or len(content) != len(self._parts)
                or any(new is not old for new, old in zip(content, self._parts, strict=True))
                or self._frame != (self._preamble, self._epilogue)
                or self._boundary_moved()
                or any(part.header_changed or part.body_changed for part in self._parts)
            )
        if content is _Unread or content is self._text:
            return self._boundary_moved() and isinstance(self._payload, list)
        return bool(content != self._text)

    def _boundary_moved(self) -> bool:
        """Whether the header now names another boundary than the body has."""
        if not self.header_changed or self.get_content_maintype() != "multipart":
            return False
        received = self._as_received()
        return (
            received.get_content_maintype() == "multipart"
            and received.get_boundary() != self.get_boundary()
        )

    # ------------------------------------------------------------- writing

    def header_bytes(self) -> bytes:
        """The header section with the blank line that ends it."""
        if self.body_changed and isinstance(self._payload, list):
            self.body_bytes()  # may choose a boundary, which is a change of the header
        return self._written_header()

    def body_bytes(self) -> bytes:
        """The body; as received if nothing in it was changed."""
        if self._source is not None and not self.body_changed:
            return self._source[self._body_at : self._body_end]
        content = self._payload
        if isinstance(content, list):
            return writing.parts_bytes(self, content, self._received_delimiters())
        return writing.leaf_bytes(content, str(self.get("content-transfer-encoding", "")))

    def _received_delimiters(self) -> list[bytes] | None:
        """The bytes around the parts, if they can go around them again."""
        if (
            self._delimiters is None
            or self._parts is None
            or self._frame != (self._preamble, self._epilogue)
            or self._boundary_moved()
        ):
            return None
        same = len(self._parts) == len(self._content) and all(
            new is old for new, old in zip(self._content, self._parts, strict=True)
        )
        return self._delimiters if same else None

    def _written_header(self) -> bytes:
        if not self.header_changed and (self._separator or not self.body_changed):
            return self._head
        fold = self.policy.fold_binary
        fields = [fold(name, value) for name, value in self._headers]
        return b"".join([self._lead, *fields, self._separator or b"\r\n"])

    def as_bytes(self, unixfrom: bool = False, policy: Policy | None = None) -> bytes:
        """The whole message: bytes as received wherever nothing was changed.

        What is written anew ends its lines with CRLF.  `policy` only chooses
        other line ends, for the whole message.  Never raises.
        """
        body = self.body_bytes()  # first, because it may choose a boundary
        data = self._written_header() + body
        if unixfrom:
            data = writing.unix_from_line(self._unixfrom) + data
        if policy is not None:
            data = writing.with_line_ends(data, policy.linesep.encode("ascii", "replace"))
        return data

    def as_string(
        self, unixfrom: bool = False, maxheaderlen: int = 0, policy: Policy | None = None
    ) -> str:
        r"""The message as text with `\n` line ends, for people and tests.

        Fields are folded as `as_bytes` does it.  Bytes that are not UTF-8 are
        replaced.  Never raises, and the result never holds surrogates.
        """
        data = writing.with_line_ends(self.as_bytes(unixfrom, policy), b"\n")
        return data.decode("utf-8", "replace")

    def set_unixfrom(self, unixfrom: str) -> None:
        """Set the envelope sender; an mbox From_ line that was parsed is forgotten."""
        self._lead = b""
        super().set_unixfrom(unixfrom)

    def __deepcopy__(self, memo: dict[int, Any]) -> Message:
        """Copy what can be changed; bytes and fields are shared."""
        new: Message = self.__class__.__new__(self.__class__)
        memo[id(self)] = new
        new.__dict__.update(self.__dict__)
        new._headers = list(self._headers)
        new.defects = list(self.defects)
        if isinstance(self._content, list):
            new._content = [copy.deepcopy(part, memo) for part in self._content]
            if self._parts is not None:
                new._parts = tuple(copy.deepcopy(part, memo) for part in self._parts)
        return new

    # ---------------------------------------- the standard methods, made safe

    def get_content_type(self) -> str:
        """The type; 'text/plain' for what is nested too deep to be looked into."""
        content_type = super().get_content_type()
        if self._depth >= MAX_DEPTH and content_type.startswith(("multipart/", "message/")):
            return "text/plain"
        return content_type

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:  # type: ignore[override]
        """The payload; one whose charset makes no sense is shown as UTF-8 or Latin."""
        try:
            return super().get_payload(i, decode)
        except _MALFORMED:
            if i is not None or not isinstance(self._payload, str):
                raise
            data = writing.leaf_bytes(self._payload, "binary")
            return data if decode else data.decode("utf-8", "replace")

    def walk(self) -> Iterator[Message]:  # type: ignore[override]
        """This message and all its parts, in order; any depth."""
        waiting: list[Any] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if part.is_multipart():
                waiting.extend(reversed(part.get_payload()))

    def _get_params_preserve(self, failobj: Any, header: str) -> Any:
        try:
            return super()._get_params_preserve(failobj, header)  # type: ignore[misc]
        except _MALFORMED:
            return [(str(self.get(header, "")).partition(";")[0].strip(), "")]

    def get_boundary(self, failobj: Any = None) -> Any:
        """See `email.message.Message`; an impossible value counts as missing."""
        try:
            return super().get_boundary(failobj)
        except _MALFORMED:
            return failobj

    def get_filename(self, failobj: Any = None) -> Any:
        """See `email.message.Message`; an impossible value counts as missing."""
        try:
            return super().get_filename(failobj)
        except _MALFORMED:
            return failobj

    def get_content_charset(self, failobj: Any = None) -> Any:
        """See `email.message.Message`; an impossible value counts as missing."""
        try:
            return super().get_content_charset(failobj)
        except _MALFORMED:
            return failobj

    # ------------------------------------------------------------ questions

    @property
    def senders(self) -> list[str]:
        """Valid author addresses in lower case, in the order of `sender_headers`."""
        found: dict[str, None] = {}
        for name in self.sender_headers:
            values = self._envelope_sender() if name == "from_" else self.get_all(name, [])
            for value in values:
                for _name, address in _authors(str(value)):
                    found[address.lower()] = None
        return list(found)

    def _envelope_sender(self) -> list[str]:
        if self._unixfrom:
            # Either an address, or the From_ line of an mbox file.
            words = self._unixfrom.split()
            return words[1:2] if words[:1] == ["From"] else [self._unixfrom]
        # The LMTP runner writes it down here, so that it survives the queues.
        return list(self.get_all("x-mailfrom", []))[-1:]

    @property
    def sender(self) -> str:
        """The first of `senders`, or ''."""
        senders = self.senders
        return senders[0] if senders else ""

    def decoded(self, name: str) -> str:
        """The first field of that name, RFC 2047 words decoded, on one line; or ''."""
        return decode(self.get(name, ""))

    @property
    def subject_text(self) -> str:
        """The decoded Subject, or ''."""
        return self.decoded("subject")

    def text_lines(self, limit: int | None = None) -> list[str]:
        """Lines of the first text/plain part, decoded, without their ends; at most `limit`."""
        for part in self.walk():
            if part.get_content_type() == "text/plain" and not part.is_multipart():
                return writing.text_lines(part, limit)
        return []


def _authors(value: str) -> list[tuple[str, str]]:
    """The valid addresses in a field.

    Some programs encode the whole field, address and all.  Only if nothing can
    be found otherwise it is decoded first: an encoded display name must not be
    able to pass for an address.
    """
    found = [pair for pair in parse_addresses([value]) if is_valid(pair[1])]
    if not found and "=?" in value:
        found = [pair for pair in parse_addresses([decode(value)]) if is_valid(pair[1])]
    return found
