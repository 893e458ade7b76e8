"""Instants as the contract writes them: ISO 8601 in UTC milliseconds, ``2026-02-13T12:00:00.000Z``."""

import re
from datetime import datetime, timedelta, timezone
from typing import Optional, Union

from ..errors import EmitterError

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)


def read_instant(text: str) -> Optional[datetime]:
    """Reads an ISO 8601 date and time with ``Z`` or an offset, any number of fractional digits; what is finer than a
    millisecond is cut off. None when the text is not one, when no calendar has that day, or when its year is not 1 to 9999 in UTC.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    milliseconds = int((fraction or "0")[:3].ljust(3, "0"))
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), milliseconds * 1000, timezone.utc
        )
        return local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        return None


def to_utc(moment: datetime) -> Optional[datetime]:
    """A ``datetime`` in UTC. One without a time zone is read as UTC, as ``datetime.utcnow()`` and ``TIMESTAMP`` columns
    give it; never as the machine's local time. None when that leaves the years 1 to 9999.
    """
    try:
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def read_moment(value: Union[str, datetime], what: str, name: str) -> datetime:
    """A caller's moment in UTC. ``what`` and ``name`` are the words of the message. Raises ``EmitterError`` ``invalid_options``."""
    moment = to_utc(value) if isinstance(value, datetime) else read_instant(value)
    if moment is None:
        raise EmitterError(
            "invalid_options", f"Failed to {what}: {name} is neither a datetime nor an ISO 8601 time. Correct the caller."
        )
    return moment


def format_instant(utc: datetime) -> str:
    """``2026-02-13T12:00:00.000Z``; what is finer than a millisecond is cut off."""
    return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
