"""What a durable outbox can say of the events that it has delivered, so that it can be proven that the receiver has them:
docs/completeness.md. It may be read while another process delivers.
"""

from typing import List, NamedTuple, Optional, Protocol, Sequence

from ..contract.id_bucket import IdRange
from .outbox import NewEvent


class SealedBucket(NamedTuple):
    """What is left of delivered events that were pruned."""

    bucket: str
    """Its first id."""
    size: int
    """How many events."""
    total: int
    """The sum of its ids' hashes, modulo 2^128."""


class AcceptedEvent(NamedTuple):
    id: str
    body: Optional[str]
    """None when it is gone."""


class OutboxProgress(NamedTuple):
    """How far everything is delivered."""

    now_ms: float
    """By the outbox's clock, in milliseconds since 1970."""
    oldest_pending_ms: Optional[float]
    """When the oldest of the waiting events was accepted."""


class OutboxCompleteness(Protocol):
    """SQLite and PostgreSQL alike. Any thread may call it."""

    def producer(self) -> str:
        """The outbox's own id, a UUID: made once and kept with the events."""

    def speaks_for_outbox(self) -> bool:
        """Whether this process sends heartbeats and compares by itself: of those that share a file only the one that delivers."""

    def delivered_ids(self, range: IdRange, most: int) -> List[str]:
        """The first delivered ids of a range, in order. Not those that an older version sent, without the outbox's id."""

    def other_ids(self, range: IdRange) -> List[str]:
        """Every other id of a range that the outbox knows: waiting, dead, dropped, or not compared."""

    def sealed_buckets(self) -> List[SealedBucket]:
        """What is left of delivered events that were pruned, for each bucket, in order."""

    def delivered_events(self, ids: Sequence[str]) -> List[NewEvent]:
        """What can be sent again of these, without private fields."""

    def stop_comparing(self, ids: Sequence[str]) -> None:
        """The receiver has these under another producer: they are left out from now on."""

    def accepted_events(self, since_ms: float, after: str, most: int) -> List[AcceptedEvent]:
        """What was accepted since a moment, whatever became of it, in the order of ids, behind ``after``."""

    def take_turn(self, interval_s: float) -> bool:
        """Whether the last comparison by itself was begun so long ago, by whatever process; if it was, one begins now. Of several
        processes on one outbox one gets the turn.
        """

    def progress(self) -> OutboxProgress:
        """How far everything is delivered."""
