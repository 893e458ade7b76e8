"""Ids are sealed in buckets, by value alone: an hour for ids whose first 48 bits are a moment of the years 2020 to 2099, in
milliseconds since 1970, as those of a UUIDv7 are; their first byte for all others. A bucket is named by its first id.
"""

from datetime import datetime, timezone
from typing import NamedTuple, Optional

from .instant import format_instant

HOUR_MS = 3_600_000
# 2020-01-01 and 2100-01-01: both are multiples of an hour.
FIRST_HOUR_MS = 1_577_836_800_000
END_OF_HOURS_MS = 4_102_444_800_000
_BYTE_OF_MS = 2**40
_END_OF_IDS_MS = 2**48
_LOWEST_ID = "00000000-0000-0000-0000-000000000000"


class IdRange(NamedTuple):
    """Ids from ``start`` (inclusive; "" is below every id) to ``end`` (exclusive; None is above every id). A bound is an id or the
    beginning of one.
    """

    start: str
    end: Optional[str]

    def contains(self, id: str) -> bool:
        return id >= self.start and (self.end is None or id < self.end)


def bucket_of(id: str) -> IdRange:
    """The bucket that an id belongs to."""
    ms = _milliseconds_of(id)
    if FIRST_HOUR_MS <= ms < END_OF_HOURS_MS:
        hour = ms - ms % HOUR_MS
        return IdRange(first_id_of(hour), first_id_of(hour + HOUR_MS))
    byte = ms // _BYTE_OF_MS * _BYTE_OF_MS
    start = max(byte, END_OF_HOURS_MS if ms >= END_OF_HOURS_MS else 0)
    end = min(byte + _BYTE_OF_MS, FIRST_HOUR_MS) if ms < FIRST_HOUR_MS else byte + _BYTE_OF_MS
    return IdRange(first_id_of(start), None if end >= _END_OF_IDS_MS else first_id_of(end))


def first_id_of(ms: float) -> str:
    """The lowest id of a moment in milliseconds since 1970: no UUIDv7 that was made then or later is below it."""
    digits = f"{int(ms):012x}"
    return f"{digits[:8]}-{digits[8:]}{_LOWEST_ID[13:]}"


def pad_bound(bound: str) -> str:
    """A bound written out: the lowest id that begins with it."""
    return bound + _LOWEST_ID[len(bound) :]


class TimeSpan(NamedTuple):
    """ISO 8601."""

    start: str
    end: str


def bucket_span(id: str) -> Optional[TimeSpan]:
    """The hour of an id's bucket; None when the id holds no time."""
    ms = _milliseconds_of(id)
    if not FIRST_HOUR_MS <= ms < END_OF_HOURS_MS:
        return None
    hour = ms - ms % HOUR_MS
    return TimeSpan(instant_of(hour), instant_of(hour + HOUR_MS))


def instant_of(ms: float) -> str:
    """ISO 8601 in UTC of milliseconds since 1970."""
    return format_instant(datetime.fromtimestamp(int(ms) / 1000, timezone.utc))


def _milliseconds_of(id: str) -> int:
    return int(id[:8] + id[9:13], 16)
