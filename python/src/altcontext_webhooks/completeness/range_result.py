"""What the receiver says about one range."""

import json
import re
from dataclasses import dataclass
from typing import Any, List, Literal, Optional, Sequence, Tuple

from ..contract.id_bucket import IdRange

_BOUND = re.compile(r"[0-9a-f-]{1,36}", re.ASCII)
_DIGITS = re.compile(r"[0-9a-f]+", re.ASCII)


@dataclass(frozen=True)
class RangeResult:
    """Fields that a status does not have are empty."""

    status: Literal["equal", "differs", "ids", "sealed", "before_floor"]
    count: Optional[int] = None
    """``differs``: how many ids the receiver has; ``sealed``: likewise, of one bucket that differs."""
    bounds: Tuple[str, ...] = ()
    """``differs``: they cut the range into pieces, one more than there are bounds."""
    sums: Tuple[str, ...] = ()
    """``differs``: the first 8 digits of each piece's sum."""
    hashes: Tuple[str, ...] = ()
    """``ids``: the short hashes of all that the receiver has."""
    ids: Tuple[str, ...] = ()
    """``ids``, when they were asked for."""
    floor: str = ""
    """``before_floor``: the receiver knows nothing about ids below it."""


def read_range_results(body: Optional[bytes], ranges: Sequence[IdRange]) -> Optional[List[RangeResult]]:
    """None when the response does not follow this protocol, or cuts a range in such a way that the requests would never end."""
    try:
        response: Any = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    given = response.get("results") if isinstance(response, dict) and response.get("ok") is True else None
    if not isinstance(given, list) or len(given) != len(ranges):
        return None
    results = [_read(value, range) for value, range in zip(given, ranges)]
    found = [result for result in results if result is not None]
    return found if len(found) == len(results) else None


def _read(value: Any, range: IdRange) -> Optional[RangeResult]:
    if not isinstance(value, dict):
        return None
    status, count = value.get("status"), value.get("count")
    has_count = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    if status == "equal":
        return RangeResult("equal")
    if status == "sealed":
        return RangeResult("sealed", count if has_count else None) if has_count or count is None else None
    if status == "before_floor":
        floor = value.get("floor")
        is_bound = isinstance(floor, str) and _BOUND.fullmatch(floor) is not None and floor > range.start
        return RangeResult("before_floor", floor=str(floor)) if is_bound else None
    if status == "ids":
        hashes, ids = _texts(value.get("hashes", []), _DIGITS), _texts(value.get("ids", []), _BOUND)
        return None if hashes is None or ids is None else RangeResult("ids", hashes=hashes, ids=ids)
    if status == "differs" and has_count:
        bounds, sums = _texts(value.get("bounds"), _BOUND), _texts(value.get("sums"), _DIGITS)
        if bounds and sums is not None and len(sums) == len(bounds) + 1 and _are_inside(bounds, range):
            return RangeResult("differs", count, bounds=bounds, sums=sums)
    return None


def _texts(value: Any, pattern: "re.Pattern[str]") -> Optional[Tuple[str, ...]]:
    if not isinstance(value, list) or not all(isinstance(text, str) and pattern.fullmatch(text) for text in value):
        return None
    return tuple(value)


def _are_inside(bounds: Sequence[str], range: IdRange) -> bool:
    is_ascending = all(before < after for before, after in zip((range.start, *bounds), bounds))
    return is_ascending and (range.end is None or bounds[-1] < range.end)
