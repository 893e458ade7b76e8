"""Ranges in which events have been pruned, on either side."""

from typing import List, Optional, Sequence

from ..contract.id_bucket import IdRange, bucket_of, bucket_span, pad_bound


def sealed_zones(buckets: Sequence[str]) -> List[IdRange]:
    """Where events have been pruned from the outbox: all hours from the first to the last of them are one zone, and each bucket of
    ids that hold no time is a zone by itself. Everything outside the zones is compared by ids. ``buckets`` are first ids, in order.
    """
    zones: List[IdRange] = []
    hours: Optional[IdRange] = None
    for name in buckets:
        bucket = bucket_of(name)
        if bucket_span(name) is None:
            zones.append(bucket)
        else:
            hours = IdRange(bucket.start if hours is None else hours.start, bucket.end)
    return sorted(zones if hours is None else [*zones, hours], key=lambda zone: zone.start)


def without_zones(ranges: Sequence[IdRange], zones: Sequence[IdRange]) -> List[IdRange]:
    """What remains of ranges without some zones, which must be in order."""
    left: List[IdRange] = []
    for range in ranges:
        start: Optional[str] = range.start
        for zone in zones:
            if start is None or (zone.end is not None and zone.end <= start):
                continue
            if range.end is not None and zone.start >= range.end:
                continue
            if zone.start > start:
                left.append(IdRange(start, zone.start))
            start = zone.end
        if start is not None and (range.end is None or start < range.end):
            left.append(IdRange(start, range.end))
    return left


def whole_buckets(ranges: Sequence[IdRange]) -> List[IdRange]:
    """The whole buckets that ranges lie in, in as few ranges as possible."""
    whole: List[IdRange] = []
    for start, end in sorted(map(_widen, ranges), key=lambda range: range.start):
        last = whole[-1] if whole else None
        if last is None or (last.end is not None and last.end < start):
            whole.append(IdRange(start, end))
        elif last.end is not None and (end is None or end > last.end):
            whole[-1] = IdRange(last.start, end)
    return whole


def _widen(range: IdRange) -> IdRange:
    first = bucket_of(pad_bound(range.start)).start
    if range.end is None:
        return IdRange(first, None)
    last = bucket_of(pad_bound(range.end))
    return IdRange(first, last.start if last.start == pad_bound(range.end) else last.end)
