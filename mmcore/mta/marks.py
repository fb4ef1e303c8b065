"""The records of a journal: how marks become bytes and bytes become marks.

A record is a CRC-32 of the rest, the length of the payload, a kind and the payload,
little-endian:

    BEGIN     run number, key             gives a delivery a number
    STARTED   run, transaction, indices   four bytes an index
    FINISHED  run, transaction, replies   those that differ, then who got which
    FORGET    run                         folded into the database

The first record that is not whole ends a file.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

BEGIN, STARTED, FINISHED, FORGET = range(1, 5)

_HEAD = struct.Struct("<IIB")
_REST_OF_HEAD = struct.Struct("<IB")
RUN = struct.Struct("<I")
MARK = struct.Struct("<II")
_REPLY = struct.Struct("<HBH")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said of a recipient (RFC 5321, 4.2; RFC 3463)."""

    code: int
    enhanced: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), self.enhanced, self.text)))


@dataclass(slots=True)
class Marks:
    """What the journal knows of a delivery, by index of its recipients."""

    done: dict[int, Reply] = field(default_factory=dict)
    #: Started at least once and not finished, unless another attempt settled it.
    in_doubt: set[int] = field(default_factory=set)


def record(kind: int, payload: bytes) -> bytes:
    """The bytes of a record."""
    rest = _REST_OF_HEAD.pack(len(payload), kind) + payload
    return crc32(rest).to_bytes(4, "little") + rest


@functools.lru_cache(maxsize=256)
def numbers(count: int) -> struct.Struct:
    """So many four-byte numbers."""
    return struct.Struct(f"<{count}I")


def records(data: bytes) -> Iterator[tuple[int, int, memoryview]]:
    """(kind, end of the record, payload) of each whole record."""
    view, at = memoryview(data), 0
    while at + _HEAD.size <= len(data):
        checksum, length, kind = _HEAD.unpack_from(data, at)
        begin = at + _HEAD.size
        at = begin + length
        if at > len(data) or crc32(view[begin - _REST_OF_HEAD.size : at]) != checksum:
            return
        yield kind, at, view[begin:at]


def scan_runs(data: bytes) -> tuple[int, dict[str, list[int]], int]:
    """Length of what is whole, runs of each key not forgotten, next run number."""
    kept, last, keys = 0, 0, dict[int, str]()
    for kind, end, payload in records(data):
        kept = end
        if kind == BEGIN:
            (last,) = RUN.unpack_from(payload)
            keys[last] = str(payload[RUN.size :], "ascii")
        elif kind == FORGET:
            keys.pop(RUN.unpack_from(payload)[0], None)
    runs: dict[str, list[int]] = {}
    for run, key in keys.items():
        runs.setdefault(key, []).append(run)
    return kept, runs, last + 1


def marks_of(data: bytes, owners: dict[int, str]) -> dict[str, Marks]:
    """The marks of these runs, by the key that owns them."""
    found = {key: Marks() for key in owners.values()}
    pending: dict[tuple[int, int], tuple[int, ...]] = {}
    for kind, _, payload in records(data):
        if kind not in (STARTED, FINISHED):
            continue
        run, transaction = MARK.unpack_from(payload)
        if run not in owners:
            continue
        if kind == STARTED:
            pending[run, transaction] = numbers(len(payload) // 4).unpack(payload)[2:]
        elif (indices := pending.pop((run, transaction), None)) is not None:
            replies = _unpack_replies(payload[MARK.size :].tobytes(), len(indices))
            found[owners[run]].done.update(zip(indices, replies, strict=True))
    for (run, _), indices in pending.items():
        marks = found[owners[run]]
        # Refused for now, then begun again: that is in doubt as if it were the first time.
        marks.in_doubt.update(
            index
            for index in indices
            if index not in marks.done
            or 300 <= marks.done[index].code < 500
            # A full mailbox (engine specification 7.5).
            or marks.done[index].code == 552
        )
    return found


def pack_replies(replies: Sequence[Reply]) -> bytes:
    """Number of different replies, these, and who got which if there are several."""
    first = replies[0]
    if replies.count(first) == len(replies):
        return b"\x01\0\0\0" + _pack_reply(first)
    table = {reply: number for number, reply in enumerate(dict.fromkeys(replies))}
    places = numbers(len(replies)).pack(*[table[reply] for reply in replies])
    return RUN.pack(len(table)) + b"".join(map(_pack_reply, table)) + places


def _pack_reply(reply: Reply) -> bytes:
    enhanced = reply.enhanced.encode("ascii", "replace")[:255]
    text = reply.text.encode("utf-8", "replace")[:1000]
    return _REPLY.pack(reply.code, len(enhanced), len(text)) + enhanced + text


def _unpack_replies(data: bytes, count: int) -> Sequence[Reply]:
    """The reverse of `_pack_replies`; one reply per index."""
    (different,) = RUN.unpack_from(data)
    table, at = [], RUN.size
    for _ in range(different):
        code, enhanced, text = _REPLY.unpack_from(data, at)
        middle = at + _REPLY.size + enhanced
        at = middle + text
        table.append(
            Reply(
                code,
                data[middle - enhanced : middle].decode("ascii"),
                data[middle:at].decode("utf-8", "replace"),
            )
        )
    if different == 1:
        return [table[0]] * count
    return [table[number] for number in numbers(count).unpack_from(data, at)]


def only(data: bytes, runs: Collection[int]) -> bytes:
    """The records of these runs, of all that are whole."""
    kept = bytearray()
    # Neighbours are taken together.
    begin = end_of_kept = at = 0
    for kind, end, payload in records(data):
        if kind != FORGET and RUN.unpack_from(payload)[0] in runs:
            if end_of_kept != at:
                kept += data[begin:end_of_kept]
                begin = at
            end_of_kept = end
        at = end
    kept += data[begin:end_of_kept]
    return bytes(kept)
