"""Which recipients share an SMTP transaction when all get the same content.

Recipients are put in buckets by top-level domain, so that those of a busy
part of the world do not wait behind those of a slow one, and every bucket is
cut into transactions of at most `max_recipients` (RFC 5321, 4.5.3.1.8 allows
a server to refuse more than 100).
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence

_OTHER = 0
_BUCKETS = {"com": 1, "net": 2, "org": 2, "edu": 3, "us": 3, "ca": 3}
_BUCKET_COUNT = 4


def arrange(
    recipients: Sequence[str], max_recipients: int, without: Collection[int] = ()
) -> tuple[Sequence[int], list[int]]:
    """The order in which recipients are tried, and where it must be cut.

    Returns the indices of all recipients but those in `without`, and the ends of the buckets:
    a transaction takes at most `max_recipients` of one bucket, in order.  The largest bucket
    comes first, equal ones in the order of their numbers; within a transaction indices stand in
    the order of their addresses.  `max_recipients` of zero or less makes a single bucket, and so
    does one, for which it makes no difference.  The same arguments give the same result.
    """
    if max_recipients == 1 and not without:
        return range(len(recipients)), [len(recipients)]
    buckets = [array("I") for _ in range(_BUCKET_COUNT)]
    bucket_of = _BUCKETS.get
    single = max_recipients <= 1
    for index, recipient in enumerate(recipients):
        if index in without:
            continue
        top = "" if single else recipient.rpartition(".")[2].lower()
        buckets[bucket_of(top, _OTHER)].append(index)
    # A reversed sort is stable too: equal buckets keep their order.
    buckets.sort(key=len, reverse=True)
    order, ends = array("I"), []
    for bucket in filter(None, buckets):
        order.extend(_sorted(bucket, recipients, max_recipients))
        ends.append(len(order))
    return order, ends


def _sorted(bucket: array[int], recipients: Sequence[str], size: int) -> array[int]:
    """The bucket with each transaction in the order of its addresses.

    Rosters give addresses in order, so there is nothing to do as a rule.
    """
    address, last = recipients.__getitem__, ""
    for index in bucket:
        if (current := address(index)) < last:
            break
        last = current
    else:
        return bucket
    size = size if size > 0 else len(bucket)
    parts = (bucket[start : start + size] for start in range(0, len(bucket), size))
    return array("I", [index for part in parts for index in sorted(part, key=address)])
