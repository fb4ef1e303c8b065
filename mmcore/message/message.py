"""A message: bytes as received, headers parsed, the body only when asked for.

`Message` is the standard library's class with three promises on top.  What
nobody changed leaves byte for byte as it came (RFC 5322 and 2045 leave too
much room for a round trip through a parser to be harmless: signatures break).
A body is not looked at before somebody wants it.  And nothing that can arrive
makes reading or writing a message raise.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from email.policy import Policy
from typing import Any

from mmcore.message import writing
from mmcore.message.fields import POLICY
from mmcore.message.span import Span
from mmcore.message.structure import (
    MAX_DEPTH,
    MAX_FIELDS,
    read_header,
    split_blocks,
    split_multipart,
)
from mmcore.message.tolerant import TolerantMessage


class _Unread:
    """Stands for a payload that has not been looked at (the class itself does)."""


class Message(TolerantMessage):
    """An `email.message.Message` that keeps its bytes; see `parse`."""

    #: Where the bytes that were parsed are stored, if they are.
    content_ref: str | None = None
    #: Header section that stands in for the stored one there, if one does.
    stored_header: bytes | None = None
    #: Size of the message when it was received.
    original_size: int = 0

    _source: bytes | None = None  # the bytes that the body lies in
    _is_all: bool = False  # whether these are all the bytes of the message, and no others
    _body_at: int = 0
    _body_end: int = 0
    _head: bytes = b""  # the header section as received, with the blank line
    _lead: bytes = b""  # what stands before the first field
    _received_lead: bytes = _lead
    _separator: bytes = b""
    _received: tuple[tuple[str, str], ...] = ()
    _depth: int = 0
    _content: Any = None
    # A body that stands in for the received one, and the fields that describe it.
    _replaced: tuple[bytes | memoryview, ...] | None = None
    _described_by: tuple[tuple[str, str], ...] | None = None
    # What the body was read as; all None as long as it was not.
    _text: str | None = None
    _received_parts: tuple[Message, ...] | None = None
    _delimiters: list[bytes] | None = None
    _frame: tuple[str | None, str | None] = (None, None)  # preamble and epilogue

    def __init__(self, policy: Policy | None = None) -> None:
        """Make an empty message, to be filled by the usual methods."""
        self._preamble: str | None = None
        self._epilogue: str | None = None
        super().__init__(POLICY if policy is None else policy)

    # ------------------------------------------------------------- reading

    @classmethod
    def parse(
        cls, data: bytes, header: bytes | None = None, most_fields: int = MAX_FIELDS
    ) -> Message:
        """Read a message from bytes; never raises.

        With `header`, that header section replaces the one in `data`.  What follows on
        `most_fields` fields is the body.
        """
        msg = cls._parse_span(data, 0, len(data), 0, most_fields)
        if header is not None:
            body_at = msg._body_at
            msg = cls._parse_span(header, 0, len(header), 0)
            rest = header[msg._body_at :]
            msg._is_all = False
            msg._source = rest + data[body_at:] if rest else data
            msg._body_at = 0 if rest else body_at
            msg._body_end = len(msg._source)
            msg.original_size = len(msg._head) + msg._body_end - msg._body_at
        return msg

    @classmethod
    def _parse_span(
        cls, data: bytes, start: int, end: int, depth: int, most_fields: int = MAX_FIELDS
    ) -> Message:
        """Read the message that lies between `start` and `end`."""
        msg = cls()
        section = read_header(data, start, end, most_fields)
        msg._headers = section.fields
        msg._received = tuple(section.fields)
        msg._lead = msg._received_lead = section.lead
        msg._unixfrom = section.unix_from
        msg._separator = section.separator
        msg._head = data[start : section.end]
        msg._source = data
        msg._is_all = start == 0 and end == len(data)
        msg._body_at = section.end
        msg._body_end = end
        msg._content = _Unread
        msg._depth = depth
        msg.defects = section.defects
        msg.original_size = end - start
        return msg

    def _read(self) -> None:
        """Look at the body: text, or a list of messages."""
        if self._replaced is not None:
            self._source = b"".join(self._replaced)
            self._body_at, self._body_end = 0, len(self._source)
            self._replaced, self._is_all = (self._source,), False
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
        self._received_parts = tuple(self._content)

    def _as_received(self) -> Message:
        """A message without a body, with the header fields as they came with it."""
        msg = Message()
        fields = self._received if self._described_by is None else self._described_by
        msg._headers = list(fields)
        msg._depth = self._depth
        msg._default_type = self._default_type
        return msg

    def is_multipart(self) -> bool:
        """See `email.message.Message`; a body that cannot have parts is not read for this."""
        if self._content is _Unread:
            kind = self._as_received() if self.header_changed else self
            if kind.get_content_maintype() not in ("multipart", "message"):
                return False
        return super().is_multipart()

    @property
    def _payload(self) -> Any:
        if self._content is _Unread:
            self._read()
        return self._content

    @_payload.setter
    def _payload(self, value: Any) -> None:
        self._content = value

    @property
    def preamble(self) -> str | None:
        """Text before the first part of a multipart."""
        if self._content is _Unread:
            self._read()
        return self._preamble

    @preamble.setter
    def preamble(self, value: str | None) -> None:
        if self._content is _Unread:
            self._read()
        self._preamble = value

    @property
    def epilogue(self) -> str | None:
        """Text after the last part of a multipart."""
        if self._content is _Unread:
            self._read()
        return self._epilogue

    @epilogue.setter
    def epilogue(self, value: str | None) -> None:
        if self._content is _Unread:
            self._read()
        self._epilogue = value

    def get_content_type(self) -> str:
        """The type; 'text/plain' for what is nested too deep to be looked into."""
        content_type = super().get_content_type()
        if self._depth >= MAX_DEPTH and content_type.startswith(("multipart/", "message/")):
            return "text/plain"
        return content_type

    # ------------------------------------------------------------- changes

    @property
    def header_changed(self) -> bool:
        """Whether a field was set, removed or moved since the message was parsed."""
        received = self._received
        return (
            self._source is None
            or len(received) != len(self._headers)
            or any(old[1] is not new[1] for old, new in zip(received, self._headers, strict=True))
            or self._lead is not self._received_lead
        )

    @property
    def body_changed(self) -> bool:
        """Whether the body is not the one that was received."""
        return self._replaced is not None or self._to_be_written

    @property
    def _to_be_written(self) -> bool:
        """Whether the body has to be written anew, because it or a part of it was changed."""
        if self._source is None:
            return True
        content = self._content
        if content is not _Unread and isinstance(content, list):
            return (
                self._received_parts is None
                or not _same_objects(content, self._received_parts)
                or self._frame != (self._preamble, self._epilogue)
                or self._boundary_moved()
                or any(part.header_changed or part.body_changed for part in self._received_parts)
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

    def replace_body(self, *pieces: bytes | memoryview) -> None:
        """Give the message another body, which leaves byte for byte as it is given here.

        The fields that describe it (Content-Type and others) are to be set before.  The
        pieces are not put together before somebody looks at the body.
        """
        if self._source is None:
            # Made here, not received: it gets what a received one has.
            self._head, self._received = b"", ()
            self._source = b""
        self._replaced = pieces
        self._described_by = tuple(self._headers)
        self._content = _Unread
        self._text = self._received_parts = self._delimiters = None
        self._preamble = self._epilogue = None
        self._frame = (None, None)

    # ------------------------------------------------------------- writing

    def header_bytes(self) -> bytes:
        """The header section with the blank line that ends it."""
        if self._to_be_written and isinstance(self._payload, list):
            self.body_bytes()  # may choose a boundary, which is a change of the header
        return self._written_header()

    def body_bytes(self) -> bytes:
        """The body; as received if nothing in it was changed."""
        if not self._to_be_written:
            return b"".join(self._body_pieces())
        content = self._payload
        if isinstance(content, list):
            return writing.parts_bytes(self, content, self._received_delimiters())
        return writing.leaf_bytes(content, str(self.get("content-transfer-encoding", "")))

    def body_span(self) -> Span:
        """The body, not copied if it is as it was received."""
        if self._replaced is None and not self._to_be_written:
            return Span(self._source or b"", self._body_at, self._body_end)
        body = self.body_bytes()
        return Span(body, 0, len(body))

    def beginning(self, size: int) -> TolerantMessage:
        """See `TolerantMessage`."""
        if self._to_be_written or self.body_span().size <= size:
            return self
        start = Message._parse_span(self._written_header(), 0, len(self._written_header()), 0)
        start.replace_body(self.body_span().view[:size])
        start.set_default_type(self.get_default_type())
        return start

    def _received_delimiters(self) -> list[bytes] | None:
        """The bytes around the parts, if they can go around them again."""
        if (
            self._delimiters is None
            or self._received_parts is None
            or self._frame != (self._preamble, self._epilogue)
            or self._boundary_moved()
        ):
            return None
        return self._delimiters if _same_objects(self._content, self._received_parts) else None

    def _written_header(self) -> bytes:
        if not self.header_changed and (self._separator or not self.body_changed):
            return self._head
        fold = self.policy.fold_binary
        fields = [fold(name, value) for name, value in self._headers]
        lead = self._lead
        if lead and not lead.endswith(b"\n"):
            lead += b"\r\n"
        return b"".join([lead, *fields, self._separator or b"\r\n"])

    def as_bytes(self, unixfrom: bool = False, policy: Policy | None = None) -> bytes:
        """The whole message: bytes as received wherever nothing was changed.

        What is written anew ends its lines with CRLF.  `policy` only chooses
        other line ends, for the whole message.  Never raises.
        """
        pieces = self.as_pieces()
        # Bytes alone are joined without being copied.
        data = b"".join(pieces)
        if unixfrom:
            data = writing.unix_from_line(self._unixfrom) + data
        if policy is not None:
            data = writing.with_line_ends(data, policy.linesep.encode("ascii", "replace"))
        return data

    def as_pieces(self) -> list[bytes | memoryview]:
        """What `as_bytes` gives, in pieces: a body as received is not copied for it."""
        if self._to_be_written:
            body = self.body_bytes()  # first, because it may choose a boundary
            return [self._written_header(), body]
        if self._is_all and not self.body_changed and not self.header_changed:
            return [self._source or b""]
        return [self._written_header(), *self._body_pieces()]

    def _body_pieces(self) -> Sequence[bytes | memoryview]:
        """The body as it was received or given."""
        if self._replaced is not None:
            return self._replaced
        return (memoryview(self._source or b"")[self._body_at : self._body_end],)

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
        if self._lead.startswith(b"From "):
            self._lead = self._lead.partition(b"\n")[2]
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
            # The received parts that are still there are the same copies.
            new._received_parts = copy.deepcopy(self._received_parts, memo)
        return new


def _same_objects(left: Sequence[object], right: Sequence[object]) -> bool:
    return len(left) == len(right) and all(a is b for a, b in zip(left, right, strict=True))
