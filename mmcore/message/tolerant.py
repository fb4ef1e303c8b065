"""The standard library's message class, without its ways to fail.

Its answers about parameters, charsets and payloads raise half a dozen kinds
of exceptions over malformed mail; here such a thing counts as missing.  The
questions that the engine asks of every message are answered here too.
"""

from __future__ import annotations

import email.message
from collections.abc import Generator, Sequence
from email.policy import Policy
from typing import TYPE_CHECKING, Any

from mmcore.message import writing
from mmcore.message.addresses import is_valid, parse_addresses
from mmcore.message.charsets import is_other_codec
from mmcore.message.headers import decode

if TYPE_CHECKING:
    _Base = email.message.Message[str, str]
else:
    _Base = email.message.Message

#: What the standard library can raise over parameters and charsets that make no sense.
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)
#: A longer field counts as one without parameters: the time it takes to read them grows with the
#: square.
_LONGEST_PARAMETERS = 20_000


class TolerantMessage(_Base):
    """An `email.message.Message` that nothing malformed makes raise."""

    #: Where authors are looked for; 'from_' is the envelope sender.
    sender_headers: Sequence[str] = ("from", "from_", "reply-to", "sender")

    #: Field values that `_authors_found` was read from.
    _authors_of: tuple[str, ...] | None = None
    _authors_found: Sequence[str] = ()

    # Of the standard class, which does not declare them.
    policy: Policy
    _headers: list[tuple[str, Any]]
    _unixfrom: str | None
    _default_type: str
    _payload: Any

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:
        """The payload; one whose charset makes no sense is shown as UTF-8 or Latin."""
        try:
            return super().get_payload(i, decode)  # type: ignore[call-overload]
        except _MALFORMED:
            if i is not None or not isinstance(self._payload, str):
                raise
            data = writing.leaf_bytes(self._payload, "binary")
            return data if decode else data.decode("utf-8", "replace")

    def walk(self) -> Generator[TolerantMessage, None, None]:
        """This message and all its parts, in order; any depth."""
        waiting: list[Any] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if part.is_multipart():
                waiting.extend(reversed(part.get_payload()))

    def _get_params_preserve(self, failobj: Any, header: str) -> Any:
        value = str(self.get(header, ""))
        try:
            if len(value) <= _LONGEST_PARAMETERS:
                return super()._get_params_preserve(failobj, header)  # type: ignore[misc]
        except _MALFORMED:
            pass
        return [(value.partition(";")[0].strip(), "")]

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
            found = super().get_content_charset(failobj)
        except _MALFORMED:
            return failobj
        return failobj if isinstance(found, str) and is_other_codec(found) else found

    def set_param(
        self,
        param: str,
        value: str,
        header: str = "Content-Type",
        requote: bool = True,
        charset: str | None = None,
        language: str = "",
        replace: bool = False,
    ) -> None:
        """See `email.message.Message`; parameters that cannot be written again are dropped."""
        try:
            super().set_param(param, value, header, requote, charset, language, replace)
        except _MALFORMED:
            self._drop_params(header)
            super().set_param(param, value, header, requote, charset, language, replace)

    def del_param(self, param: str, header: str = "content-type", requote: bool = True) -> None:
        """See `email.message.Message`; parameters that cannot be written again are dropped."""
        try:
            super().del_param(param, header, requote)
        except _MALFORMED:
            self._drop_params(header)

    def _drop_params(self, header: str) -> None:
        if header in self:
            self.replace_header(header, str(self[header]).partition(";")[0].strip())

    # ------------------------------------------------------------ questions

    @property
    def senders(self) -> list[str]:
        """Valid author addresses in lower case, in the order of `sender_headers`."""
        values = tuple(
            str(value)
            for name in self.sender_headers
            for value in (self._envelope_sender() if name == "from_" else self.get_all(name, []))
        )
        # Half a dozen rules and handlers ask, and reading addresses is not cheap.
        if values != self._authors_of:
            found = {address.lower(): None for value in values for _, address in _authors(value)}
            self._authors_of, self._authors_found = values, list(found)
        return list(self._authors_found)

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

    def beginning(self, size: int) -> TolerantMessage:
        """The message itself, or one with the first `size` bytes of its body if it has more."""
        return self

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
