"""``Retry-After`` (RFC 9110 section 10.2.3)."""

import re
from typing import Optional

from ..transport.http_date import parse_http_date


def parse_retry_after(header: Optional[str], now_s: float) -> Optional[float]:
    """Whole seconds, or an HTTP date, as seconds from ``now_s``. A date that has passed is 0. None if there is no header, or
    it is neither of the two.
    """
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,10}", text, re.ASCII):
        return float(text)
    if re.match(r"[A-Z][a-z]+,? .*\d{2}:\d{2}:\d{2}", text) is None:
        return None
    date_s = parse_http_date(text)
    return None if date_s is None else max(0.0, date_s - now_s)
