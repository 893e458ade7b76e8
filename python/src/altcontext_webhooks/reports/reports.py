"""What an emitter reports. Nothing here holds a payload, the key or an address, except ``LostEvent.body``."""

from typing import Literal, NamedTuple, Optional

AttemptOutcome = Literal["stored", "duplicate", "retry", "paused", "dead"]
"""``paused``: the receiver refused the sender, not the event, which waits; the attempt is not counted."""


class AttemptReport(NamedTuple):
    """One event in one attempt."""

    event_id: str
    event_type: str
    attempt: int
    """Counts requests with this event, from 1. After a restart it goes on from the attempts that the outbox kept."""
    batch_size: int
    """How many events travelled in the same request."""
    outcome: AttemptOutcome
    status: Optional[int]
    """The HTTP status, if there was a response."""
    error: Optional[str]
    """What went wrong: ``http_503``, ``timeout``, ``ECONNRESET``, ``malformed_response``."""
    duration_s: float
    next_delay_s: Optional[float]
    """When ``outcome`` is ``retry`` or ``paused``: the wait before the next attempt."""


class LostEvent(NamedTuple):
    """An event that will not be delivered: the last chance to keep it."""

    event_id: str
    event_type: str
    reason: str
    """A ``DeadReason`` or ``DropReason``."""
    detail: str
    """For people: ``HTTP 400 invalid_request (payload.mediaCount)``."""
    body: str
    """The envelope as JSON, private fields included: mind where it goes."""
