"""Events as they travel together."""

from typing import Sequence

from ..outbox.outbox import NewEvent


def to_batch_body(events: Sequence[NewEvent]) -> str:
    """The envelopes were serialised when they were emitted; only the id is put in front of each."""
    elements = ",".join(f'{{"id":"{event.id}",{event.body[1:]}' for event in events)
    return f'{{"events":[{elements}]}}'


def fits_one_batch(events: Sequence[NewEvent], max_bytes: int) -> bool:
    """Whether a batch keeps to the receiver's limit. A single event always does: ``emit`` sees to it."""
    # No character takes more than four bytes of UTF-8, so most batches need no counting.
    characters = sum(len(event.body) + 64 for event in events) + 16
    if characters * 4 <= max_bytes:
        return True
    return characters <= max_bytes and len(to_batch_body(events).encode("utf-8", "replace")) <= max_bytes
