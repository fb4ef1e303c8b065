"""Which recipients share an SMTP transaction when all get the same content.

Recipients are put in buckets by top-level domain, so that those of a busy
part of the world do not wait behind those of a slow one, and every bucket is
cut into transactions of at most `max_recipients` (RFC 5321, 4.5.3.1.8 allows
a server to refuse more than 100).
"""

from __future__ import annotations

from collections.abc import Sequence

_OTHER = 0
_BUCKETS = {"com": 1, "net": 2, "org": 2, "edu": 3, "us": 3, "ca": 3}
_BUCKET_COUNT = 4


def chunks(recipients: Sequence[str], max_recipients: int) -> list[tuple[int, ...]]:
    """Divide the indices of `recipients` into transactions.

    Every index is in exactly one tuple.  The largest bucket comes first, equal
    ones in the order of their numbers; a tuple never mixes buckets, and its
    indices stand in the order of their addresses.  `max_recipients` of zero or
    less means a single tuple.  The same arguments give the same result.
    """
    address = recipients.__getitem__
    if max_recipients <= 0:
        return [tuple(sorted(range(len(recipients)), key=address))] if recipients else []
    buckets: list[list[int]] = [[] for _ in range(_BUCKET_COUNT)]
    bucket_of = _BUCKETS.get
    for index, recipient in enumerate(recipients):
        buckets[bucket_of(recipient.rpartition(".")[2].lower(), _OTHER)].append(index)
    # A reversed sort is stable too: equal buckets keep their order.
    buckets.sort(key=len, reverse=True)
    return [
        tuple(sorted(bucket[start : start + max_recipients], key=address))
        for bucket in buckets
        for start in range(0, len(bucket), max_recipients)
    ]
