"""Events as they travel together."""

from typing import Optional, Sequence

from ..outbox.outbox import NewEvent

_MAX_NAMED_PRODUCER_BYTES = 50


def to_batch_body(events: Sequence[NewEvent], producer: Optional[str] = None) -> str:
    """The envelopes were serialised when they were emitted; only the id is put in front of each. ``producer`` is the id of an outbox
    that has one.
    """
    elements = ",".join(f'{{"id":"{event.id}",{event.body[1:]}' for event in events)
    return f'{{{_named(producer)}"events":[{elements}]}}'


def to_single_body(event: NewEvent, producer: Optional[str], max_bytes: int) -> str:
    """An event that travels alone. If naming the producer would make it too large, it travels without it, and is not compared."""
    room = max_bytes - _MAX_NAMED_PRODUCER_BYTES
    if len(event.body) * 4 > room and len(event.body.encode("utf-8", "replace")) > room:
        return event.body
    return f"{{{_named(producer)}{event.body[1:]}"


def _named(producer: Optional[str]) -> str:
    return "" if producer is None else f'"producer":"{producer}",'


def fits_one_batch(events: Sequence[NewEvent], max_bytes: int) -> bool:
    """Whether a batch keeps to the receiver's limit. A single event always does: ``emit`` has checked it."""
    # No character takes more than four bytes in UTF-8, so most batches need no counting.
    characters = sum(len(event.body) + 64 for event in events) + 16 + _MAX_NAMED_PRODUCER_BYTES
    if characters * 4 <= max_bytes:
        return True
    room = max_bytes - _MAX_NAMED_PRODUCER_BYTES
    return characters <= max_bytes and len(to_batch_body(events).encode("utf-8", "replace")) <= room
