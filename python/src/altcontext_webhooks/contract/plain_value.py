"""Python values as JSON has them."""

import math
import numbers
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from .instant import format_instant, to_utc


def to_plain_value(value: Any) -> Any:
    """A value as JSON would write it, so that it can be checked against the contract.

    - ``Enum``: its value
    - ``UUID``: lower case with hyphens
    - ``datetime``: ISO 8601 in UTC milliseconds; one without a time zone is UTC
    - ``Decimal``, ``numpy`` numbers and floats without a fraction: ``int``, else ``float``

    Other values are returned as they are, for the contract to refuse. So is a number that JSON cannot write.
    """
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return to_plain_value(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        utc = to_utc(value)
        return value if utc is None else format_instant(utc)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, (Decimal, numbers.Real)):
        return _to_number(value)
    return value


_PLAIN = frozenset({str, int, bool})


def _to_number(value: Any) -> Any:
    if not math.isfinite(value):
        return value
    whole = int(value)
    return whole if whole == value else float(value)
