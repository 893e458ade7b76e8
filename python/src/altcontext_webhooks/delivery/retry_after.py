"""``Retry-After`` (RFC 9110 section 10.2.3)."""

import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Optional


def parse_retry_after(header: Optional[str], now_s: float) -> Optional[float]:
    """Whole seconds, or an HTTP date, as seconds from ``now_s``. A date that has passed is 0. None when there is no header or
    it is neither.
    """
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,10}", text, re.ASCII):
        return float(text)
    if re.match(r"[A-Z][a-z]+,? .*\d{2}:\d{2}:\d{2}", text) is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    # A date without a zone is Greenwich's, as every HTTP date.
    date = date.replace(tzinfo=timezone.utc) if date.tzinfo is None else date
    return max(0.0, date.timestamp() - now_s)
