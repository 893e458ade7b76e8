"""A date as HTTP writes it."""

from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Optional


def parse_http_date(text: Optional[str]) -> Optional[float]:
    """Seconds since 1970. None when there is none, or it cannot be read."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError):
        return None
    # A date without a zone is GMT, like every HTTP date.
    date = date.replace(tzinfo=timezone.utc) if date.tzinfo is None else date
    return date.timestamp()
